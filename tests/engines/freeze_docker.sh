#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nscollect --freeze beside Docker's own pause, exec and stop.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/docker.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
. "$NSVIEW_SOURCE/tests/fixtures/freezer.sh"
. "$NSVIEW_SOURCE/tests/engines/freeze_checks.sh"

busybox_tar
docker_start
docker_import "$BUSYBOX_TAR" busybox
# shellcheck disable=SC2016
docker_run "evi-$$" busybox /bin/busybox sh -c 'i=0; while :; do i=$((i + 1)); echo $i 1<>/count; done'
ready() { [ -s "/proc/$CT_PID/root/count" ]; }
wait_for "the container" ready
freeze_checks "evi-$$"
test_done
