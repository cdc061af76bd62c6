#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nsps and all that is neither Docker nor Podman: systemd-nspawn, LXC, containerd, bubblewrap, a plain
# unshare(1), containers in containers; services with mounts of their own and a plain chroot are none.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/others.sh"
. "$NSVIEW_SOURCE/tests/fixtures/ps.sh"

others_root

# By an engine whose ID is the name.
engine_is() {
	ps_is "$CT_PID" pid "$CT_PID"
	ps_is "$CT_PID" kind container
	ps_is "$CT_PID" engine "$1"
	ps_is "$CT_PID" id "$2"
	ps_is "$CT_PID" name "$3"
	check_eq "$1: nscat" "$("$NSVIEW_BIN/nscat" "$CT_PID" /etc/alpine-release)" 3.13.0
}

nspawn_start "nsv-m-$$"
engine_is systemd-nspawn "nsv-m-$$" "nsv-m-$$"
check_eq "by name" "$("$NSVIEW_BIN/nscat" "nsv-m-$$" /etc/alpine-release)" 3.13.0

lxc_start "nsv-l-$$"
engine_is lxc "nsv-l-$$" "nsv-l-$$"
check_eq "by engine and name" "$("$NSVIEW_BIN/nscat" "lxc:nsv-l-$$" /etc/alpine-release)" 3.13.0

ctr_start "nsv-c-$$"
engine_is containerd "nsv-c-$$" "nsv-c-$$"
ctr_pid=$CT_PID

# Its daemon is killed; the container runs on.
ctr_kill "nsv-c-$$"
ps_is "$ctr_pid" name "nsv-c-$$"

bwrap_start
ps_is "$CT_PID" kind container
ps_is "$CT_PID" engine null
ps_is "$CT_PID" id null

unshare_start
ps_is "$CT_PID" kind container
ps_is "$CT_PID" engine null
ps_is "$CT_PID" pid "$CT_PID"

# No containers: the kind is told where they are asked for.
service_start
service_pid=$CT_PID
chroot_start
chroot_pid=$CT_PID
seen=$("$NSVIEW_BIN/nsps" -p 2>/dev/null)
check_not "a service with mounts of its own is no container" grep -qx "$service_pid" <<<"$seen"
check_not "nor is a chroot" grep -qx "$chroot_pid" <<<"$seen"
check_eq "--all shows the service" "$("$NSVIEW_BIN/nsps" -A -J -o PID,KIND 2>/dev/null |
	jq -r ".[] | select(.pid == $service_pid) | .kind")" service
test_done
