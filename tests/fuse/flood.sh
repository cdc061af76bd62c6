#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A container renames files without end in a folder that a reader looked into. The folder's watch pauses,
# answers are true all the same, and changes in other containers are still notified. When the flood has
# ended, the folder is watched again.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
command -v python3 >/dev/null || test_skip "python3 is not installed"
container_start --hostname "quiet$$"
quiet=/proc/$CT_PID/root/tmp
container_start --hostname "flood$$"
flood=/proc/$CT_PID/root/tmp
mkdir "$flood/hot" "$flood/calm"
echo one >"$flood/hot/a"
# As long as is allowed: the short times have to go before what the options say.
view_start -o entry_timeout=3600,attr_timeout=3600
seen=$VIEW/flood$$/tmp

is_watched() { # FOLDER
	local inode

	printf -v inode 'ino:%x ' "$(stat -c %i "$1")"
	grep -qs "^inotify .* $inode" "/proc/$VIEW_PID/fdinfo"/*
}
is_not_watched() {
	! is_watched "$1"
}
# Who looks has it watched again.
look_and_is_watched() {
	quick ls "$seen/hot" >/dev/null
	is_watched "$flood/hot"
}
holds() { # FILE TEXT
	[ "$(quick cat "$1" 2>/dev/null)" = "$2" ]
}
ticks() {
	awk '{ print $14 + $15 }' "/proc/$VIEW_PID/stat"
}

quick ls -l "$seen/hot" "$seen/calm" "$VIEW/quiet$$/tmp" >/dev/null
check "what was looked into is watched" is_watched "$flood/hot"

python3 - "$flood/hot" <<'END' &
import os, sys
folder = os.open(sys.argv[1], os.O_PATH)
while os.getppid() != 1:
    os.rename("a", "b", src_dir_fd=folder, dst_dir_fd=folder)
    os.rename("b", "a", src_dir_fd=folder, dst_dir_fd=folder)
END
flooder=$!
on_exit eval "kill $flooder 2>/dev/null && kill -CONT $flooder || :"
check "a flooded folder is watched no more" wait_for "the watch goes" is_not_watched "$flood/hot"
check "the others of the container are" is_watched "$flood/calm"
check "and the others' are" is_watched "$quiet"
for i in 1 2 3 4 5; do
	echo "$i" >"$flood/hot/file"
	check "a change among them is seen" wait_for "file holds $i" holds "$seen/hot/file" "$i"
	echo "$i" >"$flood/calm/file"
	check "one beside them too" wait_for "file holds $i" holds "$seen/calm/file" "$i"
	mkdir "$quiet/folder$i"
	check "and another container's" wait_for "folder$i" quick test -d "$VIEW/quiet$$/tmp/folder$i"
	touch "$flood/new$i"
	quick ls -l "$seen" >/dev/null
	touch "$flood/hot/new$i"
	check "in a listing" wait_for "new$i" eval "quick ls '$seen/hot' | grep -qx 'new$i'"
	rm "$flood/hot/file"
	check "what has gone" wait_for "no file" eval "! quick test -e $seen/hot/file"
done
before=$(ticks)
SECONDS=0
# The flood holds still for the look: 2,000 events later, some milliseconds, the watch is gone again.
kill -STOP "$flooder"
check "after the pause a look brings the watch back" wait_for "the watch comes" look_and_is_watched
kill -CONT "$flooder"
check "the flood goes on, and the watch goes again" wait_for "the watch goes" is_not_watched "$flood/hot"
echo "ticks of the processor for $SECONDS s of a flood: $(($(ticks) - before))"

kill "$flooder"
wait "$flooder" 2>/dev/null
check "a calm folder is watched again" wait_for "the watch comes" look_and_is_watched
stays() {
	look_and_is_watched && holds "$seen/hot/last" last
}
echo last >"$flood/hot/last"
check "and what it holds is true" wait_for "last" stays
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
