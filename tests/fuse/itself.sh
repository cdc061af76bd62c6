#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A view that is mounted in a container never shows itself, by its own daemon or another: a daemon that
# walks into its own view waits for itself (bindfs(1) does).
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

# The first container exists before the view, so that its own root is shown in it.
container_start --hostname "plain$$" --setup 'mkdir /d; echo hello >/d/f'
view_start
first=$VIEW
check_eq "the view" "$(quick cat "$first/plain$$/d/f")" hello
container_start --hostname "holder$$" --volume "$first:/view"
holder=$CT_PID
check "the control: the container has the view" quick test -e "/proc/$holder/root/view/plain$$/d/f"
view_start -o remote
second=$VIEW

for view in "$first" "$second"; do
	ct=$view/holder$$
	check "the container is shown" quick test -e "$ct/etc/passwd"
	check_eq "the view in it is an empty folder" "$(quick ls -A "$ct/view")" ''
	check_not "nothing is found in it" quick test -e "$ct/view/plain$$"
	check "a walk of it ends" eval '[ "$(quick find "$ct" -type f | wc -l)" -gt 5 ]'
done

# A process that lives in the view: its root is a container's, so it is none.
python3 - "$first/plain$$" <<'END' >"$TEST_TMP/pid" &
import ctypes, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
assert libc.unshare(0x00020000) == 0
assert libc.mount(b'none', b'/', None, (1 << 14) | (1 << 18), None) == 0
os.chroot(sys.argv[1])
os.chdir('/')
print(os.getpid(), flush=True)
signal.pause()
END
lodger=$!
on_exit eval "kill $lodger 2>/dev/null || :"
check "it starts" wait_for "its PID" test -s "$TEST_TMP/pid"
for view in "$first" "$second"; do
	check "the top is listed" eval 'quick ls "$view" | grep -qx "plain$$"'
	check_not "the lodger is not in it" quick test -e "$view/.by-pid/$(cat "$TEST_TMP/pid")"
	check_eq "all is as before" "$(quick cat "$view/plain$$/d/f")" hello
done
kill "$lodger"
wait "$lodger" 2>/dev/null

# Both end though the container holds the first.
kill "$VIEW_PID"
wait "$VIEW_PID"
check_eq "the second ends" $? 0
check_eq "the first is read" "$(quick cat "$first/plain$$/d/f")" hello
test_done
