#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A process keeps the lock of its address space for ever, as any user can do with a FUSE server: a reader
# of its command line hangs. No command may hang, neither on that process nor on the container that it
# seems to keep. Control: cat of its command line (ps and pgrep -f do the same).
. "$(dirname "$0")/../fixtures/base.sh"

nsps=$NSVIEW_BIN/nsps nsinfo=$NSVIEW_BIN/nsinfo nscat=$NSVIEW_BIN/nscat
[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
[ -w /dev/fuse ] || test_skip "no /dev/fuse"
mkdir "$TEST_TMP/root" "$TEST_TMP/below"
exec {fd}< <(exec "$NSVIEW_BUILD/tests/lockmem" "$TEST_TMP/root" "$TEST_TMP/below")
server=$!
on_exit kill "$server"
read -r -t 60 keeper container <&"$fd" || test_skip "no process with a locked memory can be made here"

{ timeout -s KILL 2 cat "/proc/$keeper/cmdline"; } >/dev/null 2>&1
check_eq "control: who reads the command line hangs" $? 137

# Within 15 s each: what is told needs no answer of that process.
quick() {
	timeout -s KILL 15 "$@" 2>&1
}
check_eq "nsps knows both" "$(quick "$nsps" -n -r -o PID,KIND | grep -cxE "($keeper|$container) container")" 2
check_eq "nsps by PID" "$(quick "$nsps" -p "$keeper")" "$keeper"
check_eq "and no command line" "$(quick "$nsps" -n -r -o PID,COMMAND "$keeper" "$container" | grep -x "$keeper -")" "$keeper -"
check "but those of others" grep -qE "^$container .*lockmem" <(quick "$nsps" -n -r -o PID,COMMAND)
check "a name that is looked for among them" grep -q "no such container" <(quick "$nscat" "nobody-$$" /x)
quick "$nsinfo" "$keeper" >"$TEST_TMP/text"
check_eq "nsinfo ends well" $? 0
check "it has the name instead" grep -qx 'Command  *\[conmon\]' "$TEST_TMP/text"
check "and says why" grep -q '^  commands: a process keeps its memory locked' "$TEST_TMP/text"
check "nsinfo of the container below" grep -qE 'Command .*lockmem' <(quick "$nsinfo" "$container")
kill "$server"
test_done
