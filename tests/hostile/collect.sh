#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nscollect on a container that would rather not be collected: a file system that never answers, very
# many names, depth, enormous files, links to the host. It ends, in 64 MiB, and the package is whole.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
[ -w /dev/fuse ] || test_skip "no /dev/fuse"
hungfs=$NSVIEW_BUILD/tests/hungfs
[ -x "$hungfs" ] || test_skip "$hungfs is not built"
mkdir "$TEST_TMP/root"
"$NSVIEW_BUILD/tests/nsv-container" --fill "$TEST_TMP/root"
mkdir -p "$TEST_TMP/root/many" "$TEST_TMP/root/hung" "$TEST_TMP/root/big" "$TEST_TMP/root/z"
(cd "$TEST_TMP/root/many" && seq -f 'a-name-that-is-not-very-short-%g' 100000 | xargs touch)
truncate -s 1T "$TEST_TMP/root/big/sparse"
truncate -s 8T "$TEST_TMP/root/big/larger"
printf end >>"$TEST_TMP/root/big/larger"
python3 - "$TEST_TMP/root" <<'END'
import os, sys
os.chdir(sys.argv[1])
for i in range(2000):
    os.mkdir("d" * 50)
    os.chdir("d" * 50)
open("deepest", "w").write("deep")
END
echo "of-the-host-$$" >"$TEST_TMP/secret"
ln -s "$TEST_TMP/secret" "$TEST_TMP/root/z/link"
ln -s /proc/1/root"$TEST_TMP/secret" "$TEST_TMP/root/z/link2"
ln -s ../../../../../../../../../.."$TEST_TMP/secret" "$TEST_TMP/root/z/link3"
container_start --rootdir "$TEST_TMP/root" --hostname hostile /bin/busybox sleep 100000
# Removed from inside: rm(1) on the host would take long names one by one.
exec {fd}< <(exec "$hungfs" "$CT_PID" /hung)
server=$!
on_exit kill "$server"
read -r -t 30 _ <&"$fd" || test_skip "no file system that hangs can be mounted here"
{ timeout -s KILL 2 cat "/proc/$CT_PID/root/hung/f"; } >/dev/null 2>&1
check_eq "control: a read there hangs" $? 137

# AddressSanitizer keeps for a while what was freed.
most_kib=$((64 << 10))
[ -z "${NSVIEW_SANITIZE-}" ] || most_kib=$((2 << 20))

measure() { # its exit code, and whether it took no more memory than that
	python3 - "$most_kib" "$@" <<'END'
import resource, subprocess, sys
r = subprocess.run(["timeout", "-s", "KILL", "200"] + sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(r.returncode, "within" if peak < int(sys.argv[1]) else f"{peak} KiB")
END
}
check_eq "it ends, in little memory" "$(measure "$nscollect" --full "$CT_PID" -o "$TEST_TMP/x.tar.gz")" "0 within"
check_eq "verify, in little memory" "$(measure "$nscollect" verify "$TEST_TMP/x.tar.gz")" "0 within"
tar -xOf "$TEST_TMP/x.tar.gz" collection.json >"$TEST_TMP/collection.json"
check_eq "what hangs is left out, with the reason" "$(jq -r '[.outcomes[] | select(.name == "/hung")][0] | "\(.outcome) \(.reason)"' "$TEST_TMP/collection.json")" \
	"skipped a server answers for it, and may never do"
tar -xOf "$TEST_TMP/x.tar.gz" files.jsonl >"$TEST_TMP/files"
check_eq "all names" "$(grep -c '"path":"\[root\]/many/' "$TEST_TMP/files")" 100000
check_eq "depth: as far as paths have 64 KiB, and it is said" \
	"$(jq -r '[.outcomes[] | select(.reason == "what is below has a path of more than 64 KiB")] | length' "$TEST_TMP/collection.json") $(grep -c '/dddd[d/]*","type":"dir"' "$TEST_TMP/files")" \
	"1 $(((65535 - 6) / 51))"
check_eq "a hole that is too long to be hashed" "$(jq -r 'select(.path == "[root]/big/larger") | "\(.size) \(.sha256) \(.sha256_of_data)"' "$TEST_TMP/files")" \
	"8796093022211 null $(printf end | sha256sum | cut -c1-64)"
check_not "the host's secret" grep -q "of-the-host-$$" <(zcat "$TEST_TMP/x.tar.gz")
check_eq "links are links" "$(grep -c '"path":"\[root\]/z/link[23]*","type":"link"' "$TEST_TMP/files")" 3
test_done
