#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nsrun beside containers of systemd-nspawn, bubblewrap and of none.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/others.sh"
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
nsrun=$NSVIEW_BIN/nsrun

others_root
echo tag >"$OTHERS_ROOT/etc/tag"
for start in "nspawn_start box$$" bwrap_start unshare_start; do
	$start
	before=$(cat "/proc/$CT_PID/mountinfo")
	check_eq "${start%%_*}: its files" "$("$nsrun" -w root:etc "$CT_PID" cat tag)" tag
	check_eq "${start%%_*}: its network" "$("$nsrun" "$CT_PID" readlink /proc/self/ns/net)" "$(readlink "/proc/$CT_PID/ns/net")"
	check_eq "${start%%_*}: its mounts are what they were" "$(cat "/proc/$CT_PID/mountinfo")" "$before"
done
service_start
check_eq "a service's files" "$("$nsrun" "$CT_PID" cat /run/nsview/root/etc/hostname)" "$(cat /etc/hostname)"
test_done
