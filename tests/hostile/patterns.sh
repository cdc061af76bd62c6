#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Patterns in containers that have too much: a FUSE server's endless folder, very many names, links in
# circles. Memory stays bounded, and a message says that a pattern was given up.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
[ -w /dev/fuse ] || test_skip "no /dev/fuse"
command -v python3 >/dev/null || test_skip "no python3"

container_start --setup '
	mkdir /e /circle /many
	cd /circle && for i in 1 2 3 4 5 6 7 8 9; do ln -s . "l$i"; done; echo >f.c'
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

# nsls alone lists two million names of this folder before it gives up; it has ten.
measured "$NSVIEW_BIN/nscat" -g "$pid" '/e/**/nothing*'
check_eq "an endless folder" "$code $(cat said)" "1 nscat: $pid:/e/**/nothing*: the pattern leads to too many names"
[ -n "${NSVIEW_SANITIZE-}" ] || check "in little memory ($memory kB)" test "$memory" -lt 300000
measured "$NSVIEW_BIN/nsls" -g "$pid" '/e/d/*'
check_eq "endless matches" "$code $(cat said)" "1 nsls: $pid:/e/d/*: the pattern matches too many files"
check_eq "nothing is listed" "$(wc -c <out)" 0
[ -n "${NSVIEW_SANITIZE-}" ] || check "in bounded memory ($memory kB)" test "$memory" -lt 600000
measured "$NSVIEW_BIN/nscp" -g "$pid:/e/d/n*" "$TEST_TMP/copy"
check_eq "nor copied" "$code $(cat said)" "1 nscp: $pid:/e/d/n*: the pattern matches too many files"
check "nothing is copied" test ! -e copy

# Nine links to their own folder: a walk that follows them meets 9^64 folders.
check_eq "links in circles" "$(timeout 20 "$NSVIEW_BIN/nsls" -g "$pid" '/circle/**/*.c')" /circle/f.c
check_eq "control: a walk that follows goes on" "$(timeout 20 find -L "/proc/$pid/root/circle" -name f.c 2>&1 | grep -c 'File system loop')" 9
# As many as the pattern asks for, and no more.
check_eq "links that are named" "$(timeout 20 "$NSVIEW_BIN/nsls" -g "$pid" '/circle/l?/l?/*.c' | wc -l)" 81

# Very many names are no problem.
python3 - "/proc/$pid/root/many" <<'END'
import os, sys
for i in range(100000):
    os.close(os.open("%s/n%06d" % (sys.argv[1], i), os.O_CREAT | os.O_WRONLY))
END
check_eq "a hundred thousand" "$("$NSVIEW_BIN/nsls" -g "$pid" '/many/n*' | sort -c && "$NSVIEW_BIN/nsls" -g "$pid" '/many/n*' | wc -l)" 100000
check_eq "the last of them" "$("$NSVIEW_BIN/nsls" -g "$pid" '/ma*/n?99999')" /many/n099999
test_done
