#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nsinfo with Docker, compared with docker inspect, docker top, and ip inside.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/docker.sh"
. "$NSVIEW_SOURCE/tests/engines/info_checks.sh"

busybox_tar
docker_start
docker_import "$BUSYBOX_TAR" busybox
docker_run "info-$$" -v vol:/vol busybox /bin/busybox sh -c '/bin/busybox sleep 100000 & wait; :'
info_addresses
ENGINE=docker ENGINE_IMAGE='{{.Config.Image}}' ENGINE_PID_COLUMN=2 ENGINE_TOP=
check_info "" "info-$$"
check_monitor containerd-shim
check_eq "role of the daemon" "$("$PROGRAMS/nsinfo" -J "$DOCKERD" 2>/dev/null | jq -c '.[0].role.kind')" '"engine"'

# --uts=host: the host's name is no name of the container's.
docker_run "uts-$$" --uts host busybox /bin/busybox sleep 100000
check_eq "with the host's UTS namespace" "$("$PROGRAMS/nsinfo" -J "$CT_PID" | jq -c '.[0] | [.container.name, .hostname, .namespaces.uts.host]')" \
	"[\"uts-$$\",\"$(uname -n)\",true]"
test_done
