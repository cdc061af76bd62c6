#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Podman as root: reading and copying, by both routes; also with a user namespace (--uidmap).
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/podman.sh"
. "$NSVIEW_SOURCE/tests/engines/checks.sh"

busybox_tar
podman_root_start
podman_import "$BUSYBOX_TAR" busybox
podman_run web1 -v vol:/vol --tmpfs /tt busybox /bin/busybox sleep 100000
seed_container web1
HOST_APP_ID=1000
check_container "" web1

podman_run mapped --uidmap 0:500000:65536 --gidmap 0:500000:65536 -v vol2:/vol --tmpfs /tt \
	busybox /bin/busybox sleep 100000
seed_container mapped
HOST_APP_ID=501000
check_container "" mapped

# A container that has exited, and is in the engine's list: of a storage that --root named.
engine stop -t 0 web1 mapped >/dev/null
check_eq "an exited container" "$("$PROGRAMS/nscat" podman:web1 /etc/passwd 2>&1)" \
	"nscat: podman:web1: not running: podman has it, without a process"
test_done
