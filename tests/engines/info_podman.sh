#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nsinfo with Podman as root, compared with podman inspect, podman top, and ip inside.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/podman.sh"
. "$NSVIEW_SOURCE/tests/engines/info_checks.sh"

busybox_tar
podman_root_start
podman_import "$BUSYBOX_TAR" busybox
podman_run "info-$$" -v vol:/vol busybox /bin/busybox sh -c '/bin/busybox sleep 100000 & wait; :'
info_addresses
# shellcheck disable=SC2034
ENGINE=podman ENGINE_IMAGE='{{.ImageName}}' ENGINE_PID_COLUMN=1 ENGINE_TOP=hpid
check_info "" "info-$$"
check_monitor conmon
test_done
