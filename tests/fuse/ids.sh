#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# With ids=container owners have the container's numbers: users by its map of users, groups by its map of
# groups, which differ here, and unmapped ones are 65534. Compared with stat(1) in the container. Control:
# with ids=host none of the numbers is the container's.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
work=$TEST_TMP/work
mkdir "$work"
# The first and the last of each range, those before and after them, the host's root, and what is nobody's.
for owner in 300000:700000 300001:700001 300007:700099 365535:765535 299999:699999 365536:765536 0:0 300000:300000 700000:700000 65534:65534; do
	touch "$work/$owner"
	chown "$owner" "$work/$owner"
done
container_start --hostname "id$$" --userns --gid-base 700000 --volume "$work:/w" --setup 'mkdir /own; cd /own
	for owner in 0:0 0:1 1:0 33:44 1000:1001 65534:65535 65535:65534 65535:0; do touch "$owner"; chown "$owner" "$owner"; done'
check_eq "the maps are not the same" "$(awk '{ print $2 }' "/proc/$CT_PID/uid_map" "/proc/$CT_PID/gid_map" | tr '\n' ' ')" \
	"300000 300001 700000 700001 "
names='/own /w /own/* /w/*'
inside=$(nsenter -t "$CT_PID" -U -m -r /bin/busybox sh -c "cd /; /bin/busybox stat -c '%n %u:%g' $names")
check_eq "the container's own are as they were given" "$(awk '/own\// { sub("/own/", ""); if ($1 != $2) print }' <<<"$inside")" ""
check_eq "and others' are nobody's" "$(awk '$1 == "/w/0:0" || $1 == "/w/365536:765536" { print $2 }' <<<"$inside")" "65534:65534
65534:65534"

as_listed() { # a listing that has the attributes with it; in the form of stat
	local folder

	for folder in own w; do
		(cd "$1/$folder" && quick ls -nU | awk -v d="/$folder" 'NF > 8 { print d "/" $9, $3 ":" $4 }')
	done | sort
}
as_asked() {
	(cd "$1" && quick stat -c '/%n %u:%g' own w own/* w/*)
}
for cache in auto never; do
	view_start -o "ids=container,cache=$cache"
	ct=$VIEW/id$$
	check_eq "$cache: listed" "$(as_listed "$ct")" "$(grep '/.*/' <<<"$inside" | sort)"
	check_eq "$cache: looked up" "$(as_asked "$ct" | sort)" "$(sort <<<"$inside")"
	exec {file}<"$ct/own/33:44"
	check_eq "$cache: of an open file" "$(quick stat -c %u:%g - <&"$file")" 33:44
	exec {file}<&-
	view_stop
	check_eq "SIGTERM ends it well" $? 0
done
view_start
ct=$VIEW/id$$
check_eq "control: as the host numbers them" "$(as_asked "$ct")" "$(as_asked "/proc/$CT_PID/root")"
check_eq "which is not as the container does" "$(comm -12 <(as_asked "$ct" | sort) <(sort <<<"$inside"))" "/w/65534:65534 65534:65534"
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
