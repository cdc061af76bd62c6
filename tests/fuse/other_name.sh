#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A container gives a file a hard link in an unwatched folder, and changes the file by that name. No watch
# reports it, and the kernel may cache the file's attributes and pages for an hour; the view is right soon
# all the same. Control: while the daemon is stopped, the kernel keeps the old ones.
#
# other_name.sh CACHE
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

cache=$1
host=on$$
work=$TEST_TMP/work
mkdir -p "$work/seen" "$work/hidden"
for ((i = 0; i < 500; i++)); do
	echo "as it was" >"$work/seen/$i"
done
container_start --hostname "$host" --volume "$work:/w"
view_start -o "cache=$cache"
ct=$VIEW/$host/w/seen
wait_for "the container is there" test -d "$ct"

ls -l "$ct" >/dev/null
cat "$ct"/* >/dev/null

attributes() {
	stat -c '%s %h' "$ct/$1"
}
is_new() {
	[ "$(attributes "$1")" = "4 2" ] && [ "$(cat "$ct/$1")" = new ]
}
change() {
	ln "$work/seen/$1" "$work/hidden/$1"
	echo new >"$work/hidden/$1"
}

# From a folder that is the current one: the way to it is believed for a second only.
believed() {
	cd "$ct" || return
	kill -STOP "$VIEW_PID"
	change 100
	timeout 10 stat -c '%s %h' 100
	kill -CONT "$VIEW_PID"
}
check_eq "control: what the kernel believes" "$(believed)" "10 1"
check "a file changed by another name is seen to have" wait_for "new attributes, new bytes" is_new 100
change 499
check "another one too" wait_for "new attributes, new bytes" is_new 499
check_eq "others are as they were" "$(attributes 7) $(cat "$ct/7")" "10 1 as it was"
test_done
