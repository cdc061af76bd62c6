#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A hung container affects only itself: while its FUSE server does not answer, other containers' files are
# read as before, with one reader stuck in it, and with as many as max_inflight allows.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

container_start --hostname "well$$" --setup 'mkdir /d; echo hello >/d/f'
container_start --hostname "hung$$" --setup 'mkdir /hung /d; echo hello >/d/f; ln -s /hung/never/../x /d/through
	ln -s /d/../d/f /d/past'
hung_pid=$CT_PID

exec {hungfs_out}< <(exec "$NSVIEW_BUILD/tests/hungfs" "$hung_pid" /hung)
hungfs=$!
on_exit eval "kill -9 $hungfs 2>/dev/null || :"
read -r -t 30 said <&"$hungfs_out"
check_eq "the container has its hung mount" "$said" mounted

readers=()
reader() { # one that gets stuck
	cat "$1" >/dev/null 2>&1 &
	readers+=($!)
}

# Not shown by default: a walk of the whole container ends.
view_start
ct=$VIEW/hung$$
check_eq "the mount is an empty folder" "$(quick ls -A "$ct/hung")" ''
check_eq "and not looked into" "$(quick cat "$ct/hung/f" 2>&1)" "cat: $ct/hung/f: No such file or directory"
check_eq "a link through it is not followed" "$(quick readlink "$ct/d/through")" ../hung/x
check_eq "but any other" "$(quick cat "$ct/d/past")" hello
check "a walk ends" eval 'quick find "$VIEW/hung$$" "$VIEW/well$$" -type f -exec cat {} + | cmp -s - /dev/null; [ $? = 1 ]'
view_stop
check_eq "SIGTERM ends it well" $? 0

view_start -o remote,max_inflight=8,cache=never
ct=$VIEW/hung$$
well=$VIEW/well$$
check_eq "the mount is shown" "$(quick stat -c %s "$ct/hung/f")" 100
reader "$ct/d/through"
follower=$!
for wave in 1 30; do
	for ((i = 0; i < wave; i++)); do
		reader "$ct/hung/f"
		reader "$ct/hung/never-$wave-$i"
	done
	for ((i = 0; i < 50; i++)); do
		check_eq "another container is read, round $i with $wave" "$(quick cat "$well/d/f")" hello || break
	done
	check "the top is listed" eval 'quick ls "$VIEW" | grep -qx "well$$"'
	check "another container is walked" eval '[ "$(quick find "$well" -type f | wc -l)" -gt 5 ]'
done
check "the control: who follows the link waits too" kill -0 "$follower"
# Past the limit the container answers at once. Readers of before may have been refused while others
# passed by, so one more each time.
fails() {
	reader "$ct/hung/never-more-${#readers[@]}"
	[ "$(quick cat "$ct/d/f" 2>&1)" = "cat: $ct/d/f: Input/output error" ]
}
check "the hung one fails at once" wait_for "EIO" fails
check "with few threads" test "$(ls "/proc/$VIEW_PID/task" | wc -l)" -lt 40

# Its server comes to its end: so do they who waited, and the container works again.
kill -9 "$hungfs"
for pid in "${readers[@]}"; do
	wait_for "reader $pid ends" eval "! kill -0 $pid" || break
done
check_eq "it is read again" "$(quick cat "$ct/d/f")" hello
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
