#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A container mounts an overlay over its own FUSE server, which makes up as many names as it likes.
# The overlay is shown, but its folders have the bounds of a server's: readers who open one many times
# don't fill the daemon's memory. The control is the same folder read natively, whole.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
view_for_users # the container opens /dev/fuse itself
command -v python3 >/dev/null || test_skip "python3 is not installed"
count=100000 opens=10

container_start --hostname "layers$$" --userns --setup 'mkdir /names /other /merged; echo yes >/other/file'
exec {fd}< <(exec "$NSVIEW_BUILD/tests/namesfs" "$CT_PID" "$count" /names /other /merged)
names=$!
on_exit eval "kill -9 $names 2>/dev/null || :"
read -r -t 30 said <&"$fd"
[ "$said" = mounted ] || test_skip "a user namespace can't mount an overlay over FUSE here"

view_start
ct=$VIEW/layers$$
check_eq "the server's own mount is hidden" "$(quick ls -A "$ct/names")" ''
check_eq "the overlay is shown" "$(quick cat "$ct/merged/file")" yes
native=/proc/$CT_PID/root/merged
check_eq "control: natively it has as many names" "$(python3 -c '
import os, sys
print(sum(1 for _ in os.scandir(sys.argv[1])))' "$native")" "$((count + 1))"
# Each holds its folder open until all have.
timeout -k 5 200 python3 - "$ct/merged" "$opens" <<'END' >"$TEST_TMP/opened" 2>&1
import os, sys
held = []
for n in range(int(sys.argv[2])):
    folder = os.scandir(sys.argv[1])
    try:
        next(folder)
    except OSError as error:
        print(error.strerror)
    held.append(folder)
END
check_eq "each is refused" "$(grep -c 'File too large' "$TEST_TMP/opened")" "$opens"
taken=$(awk '/^VmHWM/ { print $2 }' "/proc/$VIEW_PID/status")
[ -n "${NSVIEW_SANITIZE-}" ] || check "$opens readers: the daemon takes less than 256 MiB: $taken KiB" test "$taken" -lt 262144
check_eq "and other folders are listed" "$(quick ls "$ct/other")" file
view_stop
test_done
