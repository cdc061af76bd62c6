#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Docker: reading and copying, by both routes.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/docker.sh"
. "$NSVIEW_SOURCE/tests/engines/checks.sh"

busybox_tar
docker_start
docker_import "$BUSYBOX_TAR" busybox
docker_run web1 -v vol:/vol --tmpfs /tt busybox /bin/busybox sleep 100000
seed_container web1
HOST_APP_ID=1000
check_container "" web1

# From container to container.
first=$CT_PID
docker_run web2 busybox /bin/busybox sleep 100000
check "nscp from container to container" \
	"$PROGRAMS/nscp" -a "$first:/srv" "$CT_PID:/srv"
check_eq "it is there" "$(engine exec web2 /bin/busybox cat /srv/deep/er/file)" deep
check_eq "its owner too" "$(inside web2 %u /srv/of-app)" 1000

# What docker cp does with the same source. (It refuses one with a link whose .. climb over the root.)
check "docker cp" engine cp -a web1:/etc "$TEST_TMP/docker-cp"
check "nscp -a" "$PROGRAMS/nscp" -a "$first:/etc" "$TEST_TMP/nscp"
check "the same bytes" diff -r --no-dereference "$TEST_TMP/docker-cp" "$TEST_TMP/nscp"

# A container that has exited, and is in the engine's list.
engine stop -t 0 web1 >/dev/null
check_eq "an exited container" "$("$PROGRAMS/nscat" docker:web1 /etc/passwd 2>&1)" \
	"nscat: docker:web1: not running: docker has it, without a process"

# A container that was removed is gone.
engine rm -f web2 >/dev/null
check_not "a stopped container" "$PROGRAMS/nscat" "$CT_PID" /etc/alpine-release
test_done
