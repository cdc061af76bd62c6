#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsrun --files=view: a tool beside a container finds its files in the view, where links are followed and
# stay inside.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"
# Leaks can't be looked for in a process that has made itself undumpable.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

secret=$TEST_TMP/secret
echo "SECRET of the host" >"$secret"
container_start --net --hostname "vr$$" --setup "mkdir /srv /vol; echo text >/srv/file; ln -s /srv/file /link; ln -s $secret /evil; ln -s .. /srv/up
mount -t tmpfs none /vol; echo vol >/vol/file"
nsrun() { quick "$NSVIEW_BIN/nsrun" --files=view "$@"; }

says 125 "no view that shows its files is mounted" "$NSVIEW_BIN/nsrun" --files=view "$CT_PID" true
view_start -o links=raw
check_eq "control: in a view of raw links one leads out" "$(quick cat "$VIEW/vr$$/evil")" "SECRET of the host"
says 125 "no view that shows its files is mounted" "$NSVIEW_BIN/nsrun" --files=view "$CT_PID" true
view_stop
view_start
check_eq "a file" "$(nsrun "$CT_PID" cat /run/nsview/root/srv/file)" text
check_eq "a volume's" "$(nsrun "$CT_PID" cat /run/nsview/root/vol/file)" vol
check_eq "a link is followed inside" "$(nsrun "$CT_PID" cat /run/nsview/root/link)" text
check_not "none leads out" nsrun "$CT_PID" cat /run/nsview/root/evil
check_eq "control: in /proc/PID/root it does" "$(cat "/proc/$CT_PID/root/evil")" "SECRET of the host"
check_not ".. of its root is not the view" grep -q "vr$$" <(nsrun -w root: "$CT_PID" ls ..)
check_eq "-w root:PATH" "$(nsrun -w root:srv/up/srv "$CT_PID" cat file)" text
check_not "read-only" nsrun -w root:srv "$CT_PID" touch file
check_eq "its network and DNS as ever" "$(nsrun "$CT_PID" readlink /proc/self/ns/net)" "$(readlink "/proc/$CT_PID/ns/net")"
check_eq "the view is as it was" "$(quick cat "$VIEW/vr$$/srv/file")" text
view_stop
check_eq "and ends" $? 0
test_done
