#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A container of which a part never answers, below an overlay, so that no mount says so: each item
# costs a time-out and is "failed: timed out", all the rest is in the package, which is closed.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
[ -w /dev/fuse ] || test_skip "no /dev/fuse"
stallfs=$NSVIEW_BUILD/tests/stallfs

container_start --overlay --hostname stalled --setup '
	mkdir -p /stall /over /zzz /mnt; mount -t tmpfs layers /mnt; mkdir /mnt/u /mnt/w
	echo after >/zzz/after; echo before >/before; ln -s before /link
	printf "by a hard link" >/zzz/h1; ln /zzz/h1 /zzz/h2' /bin/busybox sleep 100000
exec {fd}< <(exec "$stallfs" "$CT_PID" /stall)
server=$!
on_exit kill "$server"
read -r -t 30 _ <&"$fd" || test_skip "no such file system can be mounted here"
inside() { nsenter -t "$CT_PID" -m -p "$@"; }
inside /bin/busybox mount -t overlay over -o lowerdir=/stall,upperdir=/mnt/u,workdir=/mnt/w /over ||
	test_skip "no overlay over FUSE here"
# A file that was deleted and is open still.
exec {open}< <(exec nsenter -t "$CT_PID" -m -p /bin/busybox sh -c \
	'exec 5</over/half2; rm /over/half2; echo; exec /bin/busybox sleep 100000')
holder=$!
on_exit kill "$holder"
read -r -t 30 _ <&"$open"
most_kib=$((64 << 10))
[ -z "${NSVIEW_SANITIZE-}" ] || most_kib=$((2 << 20))
measure() {
	python3 - "$most_kib" "$@" <<'END'
import resource, subprocess, sys
r = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=200)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(r.returncode, "within" if peak < int(sys.argv[1]) else f"{peak} KiB")
END
}
check_eq "its exit code, in little memory" \
	"$(measure "$nscollect" --full --timeout 2 "$CT_PID" -o "$TEST_TMP/x.tar")" "1 within"
unpack x.tar
check_schemas
r="$UNPACKED/[root]"
said=$("$nscollect" verify "$TEST_TMP/x.tar" 2>&1)
check_eq "verify" "$(grep -vE '^  root|: [0-9]+ members' <<<"$said")" \
	"incomplete: collection.json (the collection did not get all)"
outcomes() { jsons collection.json ".outcomes[] | select($1) | \"\(.name) \(.outcome)\""; }
check_eq "what timed out" "$(outcomes '.kind == "file" and .reason == "timed out"' | grep -v /many)" "[root]/over/half failed
[root]/over/open failed
[root]/over/read failed
[root]/over/g-open failed
[root]/over/h-list failed
[root]/over/k/look failed
[root]/over/k failed"
check_eq "and was open" "$(outcomes '.kind == "open" and .outcome != "taken"')" "$(cd "$UNPACKED" && echo open/*/fd-5) failed"
check_eq "what came of it before" "$(head -c 262144 "$UNPACKED"/open/*/fd-5 | tr -d x | wc -c)" 0
check_eq "its size" "$(stat -c %s "$UNPACKED"/open/*/fd-5)" 1048576
check_eq "half of a file" "$(head -c 262144 "$r/over/half" | tr -d x | wc -c) $(stat -c %s "$r/over/half")" "0 1048576"
check_eq "what is well" "$(cat "$r/over/a" "$r/over/z" "$r/over/f/y")" xxxxxxxxxxxxxxx
check_eq "the rest" "$(cat "$r/before" "$r/zzz/after" "$r/zzz/h2")" "$(printf 'before\nafter\nby a hard link')"
check_eq "once each" "$(tar -tf "$TEST_TMP/x.tar" | sort | uniq -d)" ''
check_eq "links" "$(readlink "$r/link") $(jq -r 'select(.path == "[root]/zzz/h2") | .same_as' "$UNPACKED/files.jsonl")" \
	"before [root]/zzz/h1"
check_eq "a file system of which too much hung" \
	"$(outcomes '.reason == "too much of its file system timed out: the rest of it is missing"')" "[root]/over failed"
# It waits beyond signals until the server has gone.
{ timeout -s KILL 3 tar -C "/proc/$CT_PID/root" -cf /dev/zero over; } >/dev/null 2>&1
check_eq "control: tar hangs" $? 137
test_done
