#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A container's FUSE server with an endless folder, and with a file that says 10 bytes and answers every
# read: memory and disk space of the host stay bounded. Controls: readers like ls and cp pass the bound.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
[ -w /dev/fuse ] || test_skip "no /dev/fuse"
command -v python3 >/dev/null || test_skip "no python3"

container_start --setup 'mkdir /e; echo plain >/plain'
pid=$CT_PID
exec {fs_out}< <(exec "$NSVIEW_BUILD/tests/endlessfs" "$pid" /e)
fs=$!
on_exit eval "kill -9 $fs 2>/dev/null || :"
read -r -t 30 said <&"$fs_out"
check_eq "the file system is mounted" "$said" mounted
cd "$TEST_TMP" || exit 1

# measured COMMAND...: its stderr in "said", its exit code and its greatest memory in kB in "used".
measured() {
	python3 - "$@" <<'END'
import resource, subprocess, sys
with open('said', 'wb') as said, open('out', 'wb') as out:
    code = subprocess.call(sys.argv[1:], stdout=out, stderr=said)
with open('used', 'w') as used:
    print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=used)
END
	read -r code memory <used
}

# ---- a folder ----
# All names, read and not kept; their number is far beyond what nsls may keep.
names_there() {
	python3 - "/proc/$pid/root/e/d" <<'END'
import os, sys
n = 0
for entry in os.scandir(sys.argv[1]):
    n += 1
    if n > 3000000:
        break
print(n)
END
}
check_eq "control: the folder goes on past three million names" "$(names_there)" 3000001
measured "$NSVIEW_BIN/nsls" "$pid" /e/d
check_eq "nsls of it fails in part" "$code" 1
check "and says so" grep -qxE "nsls: $pid:/e/d: too many names: no more than [0-9]+ are listed" said
listed=$(wc -l <out)
check_eq "of as many as it lists" "$(grep -oE '[0-9]+ are' said)" "$listed are"
check "which are many" test "$listed" -gt 1000000
[ -n "${NSVIEW_SANITIZE-}" ] || check "in bounded memory ($memory kB)" test "$memory" -lt 1000000
rm -f out

# ---- a file ----
check_eq "control: it has more than it says" "$(head -c 30000000 "/proc/$pid/root/e/f" | wc -c)" 30000000
mkdir whole
# 100 MB: a copy without a bound is ended by the limit, with another message.
bounded() {
	(
		ulimit -f 100000
		"$NSVIEW_BIN/nscp" "$@"
	)
}
said=$(bounded "$pid:/e/f" whole 2>&1)
check_eq "a file without end" "$? $said" "1 nscp: $pid:/e/f: changed while it was read"
said=$(bounded "$pid:/e/f" - 2>&1 >archive.tar)
check_eq "the same into an archive" "$? $said" "1 nscp: $pid:/e/f: changed while it was read"
check_eq "ten bytes of it" "$(cat whole/f)" xxxxxxxxxx
check_eq "in the archive as well" "$(tar -xOf archive.tar f)" xxxxxxxxxx
check_eq "and to a pipe" "$("$NSVIEW_BIN/nscp" "$pid:/e/f" /dev/fd/3 3> >(cat) 2>said | head -c 100)$(cat said)" \
	"xxxxxxxxxxnscp: $pid:/e/f: changed while it was read"
# One whose size runs ahead of whoever reads it: a bound all the same.
said=$(bounded "$pid:/e/grows" whole 2>&1)
check_eq "a file that grows at each look" "$? $said" \
	"0 nscp: note: $pid:/e/grows: grew while it was read: what came last is missing"
size=$(stat -c %s whole/grows)
check "some mebibytes of it ($size)" test "$size" -gt 1000000 -a "$size" -lt 50000000
check "what has an end is copied whole" "$NSVIEW_BIN/nscp" "$pid:/plain" "$pid:/proc/self/status" whole
check_eq "as it is" "$(cat whole/plain) $(grep -c '^Name:' whole/status)" "plain 1"
test_done
