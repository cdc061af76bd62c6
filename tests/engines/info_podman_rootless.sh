#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nsinfo with rootless Podman, as its owner and as root.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/podman.sh"
. "$NSVIEW_SOURCE/tests/engines/info_checks.sh"

busybox_tar
podman_user_start
podman_import "$BUSYBOX_TAR" busybox
podman_run "info-$$" -v vol:/vol busybox /bin/busybox sh -c '/bin/busybox sleep 100000 & wait; :'
info_addresses
# shellcheck disable=SC2034
ENGINE=podman ENGINE_IMAGE='{{.ImageName}}' ENGINE_PID_COLUMN=1 ENGINE_TOP=hpid
check_info as_user "info-$$"
check_info "" "info-$$"
check_monitor conmon
check_eq "the owner's ID inside" "$(info_json as_user "$CT_PID" '[.uid, .uid_map[0].inside, .uid_map[0].outside]')" "[$TEST_UID,0,$TEST_UID]"
test_done
