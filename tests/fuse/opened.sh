#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An open file stays readable, and its size and times can be asked for, after it lost its name (as a
# rotated log does) and after its container has ended.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

# Another name, or none.
inside() {
	nsenter -t "$CT_PID" -m -r /bin/busybox sh -euc "$1"
}

for options in cache=auto cache=never passthrough=0 passthrough=never; do
	container_start --hostname "open$$" --setup 'echo one >/log; echo two >/lost; echo three >/kept; seq 50000 >/many'
	view_start -o "$options"
	ct=$VIEW/open$$
	exec {log}<"$ct/log" {lost}<"$ct/lost" {kept}<"$ct/kept" {many}<"$ct/many"
	inside 'mv /log /log.1; echo new >/log; rm /lost; echo more >>/log.1'
	check "$options: the new log is seen" wait_for "the new log" eval '[ "$(quick cat "$ct/log")" = new ]'
	check_eq "$options: the rotated one is read on" "$(quick cat <&"$log")" $'one\nmore'
	check_eq "$options: its size" "$(quick stat -c %s - <&"$log")" 9
	check_eq "$options: the removed one is read on" "$(quick cat <&"$lost")" two
	check_eq "$options: it has no name" "$(quick stat -c '%h %s' - <&"$lost")" "0 4"
	check_eq "$options: what is read in part" "$(quick head -n 1 <&"$many")" 1
	container_stop
	check "$options: the container ended" wait_for "its end" eval '! quick test -e "$ct"'
	check_eq "$options: what is open is read on" "$(quick cat <&"$kept")" three
	check_eq "$options: its size" "$(quick stat -c '%s %h' - <&"$kept")" "6 1"
	check_eq "$options: to its end" "$(quick python3 -c 'import os
os.lseek(0, 0, 0)
print(os.fstat(0).st_size, len(open(0, "rb").read()))' <&"$many")" "288894 288894"
	exec {log}<&- {lost}<&-
	# A sanitizer tells if something of these is left.
	exec {folder}<"$VIEW/.by-id"
	quick ls "/proc/self/fd/$folder/" >/dev/null
	view_stop
	check_eq "$options: SIGTERM ends it well with files open" $? 0
	exec {kept}<&- {many}<&- {folder}<&-
done
test_done
