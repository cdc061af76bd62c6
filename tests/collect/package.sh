#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A package of a container with names, kinds and times of every sort: what GNU tar, bsdtar, Python,
# sha256sum, mtree and mactime make of it is the container's tree.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
for tool in bsdtar mtree mactime getfattr setcap; do
	command -v "$tool" >/dev/null || test_skip "$tool is missing"
done

# shellcheck disable=SC2016
container_start --overlay --hostname evidence --setup '
	mkdir -p /home/u /opt /t/deep "/t/[x]"
	echo "secret command" >/home/u/.bash_history
	ln -s /home/u/.bash_history /t/link
	ln /home/u/.bash_history /t/hard
	dd if=/dev/zero of=/t/sparse bs=1 count=1 seek=5000000 2>/dev/null
	printf x >"/t/a
b|c%"
	printf y >"$(printf "/t/\\377bad")"
	printf z >"/t/*"
	printf zz >"/t/deep/*.[ch]"
	printf abc >"/t/[x]/plain"
	printf \\134 >"/t/back\\slash"
	printf u >"/t/ünï"
	mknod /t/null c 1 3; mkfifo /t/fifo
	printf s >/t/setuid; chmod 4755 /t/setuid
	printf o >/t/old; touch -d "1999-12-31 23:59:59" /t/old
	: >/t/empty
	n=$(printf "%0200d" 0); mkdir -p "/t/$n/$n"; printf l >"/t/$n/$n/long"
	' /bin/busybox sleep 100000
root=/proc/$CT_PID/root
setcap cap_net_raw+ep "$root/t/setuid"
setfattr -n user.note -v "a note" "$root/t/empty"
setfacl -m u:1000:r "$root/t/old" 2>/dev/null
# Access times that any reading would move (relatime), of all there is. stat(1) opens nothing.
mapfile -d '' -t files < <(find "$root/" -xdev -print0)
touch -h -a -d '2001-01-01' "${files[@]}"
times() { stat -c '%x %y %z %n' "${files[@]}"; }
before=$(times)

take x.tar --full "$CT_PID"
check_eq "nothing was said" "$(cat "$TEST_TMP/x.tar.notes")" ''
check_eq "its mode" "$(stat -c %a "$TEST_TMP/x.tar")" 600
check_not "no partial file is left" test -e "$TEST_TMP/x.tar.partial"
unpack x.tar
check_eq "tar says nothing" "$(tar -tf "$TEST_TMP/x.tar" 2>&1 >/dev/null)" ''
check_eq "bsdtar says nothing" "$(LC_ALL=C.UTF-8 bsdtar -tf "$TEST_TMP/x.tar" 2>&1 >/dev/null)" ''
check "Python reads it" python3 -c 'import sys, tarfile; t = tarfile.open(sys.argv[1]); [m for m in t]; print(len(t.getmembers()))' "$TEST_TMP/x.tar"

# Nothing moved, links and folders included.
check_eq "all times" "$(times)" "$before"
check "they are all old" test "$(stat -c %X "${files[@]}" | sort -u)" = "$(date -d 2001-01-01 +%s)"

check_schemas
in_package() { (cd "$UNPACKED" && "$@"); }
check_eq "sha256sum -c" "$(in_package sha256sum -c SHA256SUMS 2>&1 | grep -v ': OK$')" ''
check_eq "the root hash" "$(sha256sum <"$UNPACKED/SHA256SUMS" | cut -c1-64)" "$ROOT_HASH"
check_eq "all files but SHA256SUMS are listed" "$(wc -l <"$UNPACKED/SHA256SUMS")" \
	"$(find "$UNPACKED" -type f ! -path "$UNPACKED/SHA256SUMS" -printf . | wc -c)"
check_eq "mtree" "$(in_package mtree -f manifest.mtree -p '[root]' 2>&1)" ''
# It can fail.
printf x >>"$UNPACKED/[root]/t/hard"
check "mtree tells of a change" grep -q sha256 <(in_package mtree -f manifest.mtree -p '[root]' 2>&1)
check "sha256sum tells of a change" grep -q FAILED <(in_package sha256sum -c SHA256SUMS 2>&1)
printf 'secret command\n' >"$UNPACKED/[root]/t/hard"

# mactime takes every line: as many as there are.
lines=$(wc -l <"$UNPACKED/bodyfile.txt")
check_eq "mactime shows each file" "$(mactime -d -y -b "$UNPACKED/bodyfile.txt" 2>/dev/null |
	tail -n +2 | cut -d, -f7 | sort -u | wc -l)" "$(cut -d'|' -f3 "$UNPACKED/bodyfile.txt" | sort -u | wc -l)"
check "the body file has all" test "$lines" -ge 50
check "and has the old one" grep -q '^0|/t/old|[0-9]*|r/rrw-r-*r--|0|0|1|[0-9]*|946684799|' "$UNPACKED/bodyfile.txt"
check "each line of the timeline is JSON with what Timesketch wants" python3 -c '
import json, sys, datetime
for line in open(sys.argv[1]):
    o = json.loads(line)
    assert o["message"] and o["timestamp_desc"]
    datetime.datetime.fromisoformat(o["datetime"])' "$UNPACKED/timeline.jsonl"

# Other forms hold the same.
sums() { sed -nE 's/(.*\[root\].*)/\1/p' "$1" | sort; }
for form in gz zst; do
	take "y.tar.$form" --full "$CT_PID"
	unpack "y.tar.$form"
	check_eq "$form: sha256sum -c" "$(in_package sha256sum -c SHA256SUMS 2>&1 | grep -v ': OK$')" ''
	check_eq "$form: the same files" "$(sums "$UNPACKED/SHA256SUMS")" "$(sums "$TEST_TMP/x.tar.d/SHA256SUMS")"
done
take folder --full "$CT_PID"
check_eq "folder: sha256sum -c" "$(cd "$TEST_TMP/folder" && sha256sum -c SHA256SUMS 2>&1 | grep -v ': OK$')" ''
check_eq "folder: the same files" "$(sums "$TEST_TMP/folder/SHA256SUMS")" "$(sums "$TEST_TMP/x.tar.d/SHA256SUMS")"
"$nscollect" --full "$CT_PID" -o - 2>"$TEST_TMP/said" >"$TEST_TMP/stdout.tar"
check "a stream is a tar" tar -tf "$TEST_TMP/stdout.tar"
check_eq "into a device" "$("$nscollect" --full "$CT_PID" -o /dev/null >/dev/null; stat -c %a /dev/null)" 666
says 1 'is there already' "$nscollect" "$CT_PID" -o "$TEST_TMP/x.tar"

# The tree is the container's, by find(1).
shown() { (cd "$1" && find . -path ./proc/\* -prune -o -printf '%P %y %m %U %G %s %n %T@ %l\n' | sed -E 's/^(.* d [0-9]+ [0-9]+ [0-9]+) [0-9]+ [0-9]+/\1/' | sort); }
touch -r "$root/t/hard" "$TEST_TMP/x.tar.d/[root]/t/hard"
check_eq "the tree" "$(shown "$TEST_TMP/x.tar.d/[root]")" "$(shown "$root/")"
unpacked_as_root() {
	mkdir "$TEST_TMP/as-root"
	tar -xpf "$TEST_TMP/x.tar" --xattrs --xattrs-include='*' --acls -C "$TEST_TMP/as-root"
	getfattr -d -m - --absolute-names -h "$TEST_TMP/as-root/[root]/t/"{empty,setuid,old} | sed "s|^# file: .*/t/|# |"
}
check_eq "extended attributes" "$(unpacked_as_root)" \
	"$(getfattr -d -m - --absolute-names -h "$root/t/"{empty,setuid,old} | sed "s|^# file: .*/t/|# |")"

# It could have moved: tar by itself does that.
tar -C "$root" -cf - . 2>/dev/null | cat >/dev/null
check_not "reading as tar does moves times" test "$(times)" = "$before"

# Two collections of the same differ in times, counters (some are in container.json) and log only.
differ() { (cd "$TEST_TMP/y.tar.gz.d" && find . -type f ! -path './\[root\]/*' ! -name files.jsonl ! -name container.json | while read -r f; do cmp -s "$f" "$TEST_TMP/y.tar.zst.d/$f" || echo "$f"; done | sort); }
check_eq "what is not the same again" "$(differ)" "./SHA256SUMS
./collection.json
./log.jsonl
./uac.log"
# /proc has as many links as there are processes.
listed() { jq -c 'if .path == "[root]/proc" then del(.nlink) else . end' "$TEST_TMP/y.tar.$1.d/files.jsonl"; }
check_eq "files.jsonl" "$(listed gz)" "$(listed zst)"
sums_of() { grep -vE ' (collection.json|container.json|files.jsonl|log.jsonl|uac.log)$' "$TEST_TMP/y.tar.$1.d/SHA256SUMS"; }
check_eq "sums" "$(sums_of gz)" "$(sums_of zst)"
without() { jq -S 'del(.id, .started, .ended, .host.clock, .tool.command_line)' "$TEST_TMP/y.tar.$1.d/collection.json"; }
check_eq "what was done" "$(without gz)" "$(without zst)"
check_eq "the order" "$(tar -tf "$TEST_TMP/y.tar.gz")" "$(tar -tf "$TEST_TMP/y.tar.zst")"
test_done
