#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nsrun --inside with Podman, as root or rootless (by its owner and by root): the same as podman exec.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/podman.sh"
. "$NSVIEW_SOURCE/tests/inside/common.sh"

inside_tar
ways=('')
if [ "$1" = rootless ]; then
	podman_user_start
	ways=('' as_user)
else
	podman_root_start
fi
podman_import "$INSIDE_TAR" busybox
# Other engines may have containers of these names at the same time.
plain=plain-$$ bound=bound-$$
podman_run "$plain" busybox /bin/busybox sleep 100000
podman_run "$bound" --cap-drop ALL --cap-add NET_RAW --security-opt no-new-privileges --read-only --user 1000:2000 \
	--group-add 3000 -w /tmp -e X=y busybox /bin/busybox sleep 100000

for AS in "${ways[@]}"; do
	for options in "" "-u app" "-u 1000:2000" "-u 4242" "-w /tmp -e A=b" "-t"; do
		# shellcheck disable=SC2086 # words
		same "$plain" $options
	done
	same_calls "$plain"
	for options in "" "-u 0" "-u nobody"; do
		# shellcheck disable=SC2086
		same "$bound" $options
	done
	inside "$plain" sh -c 'exit 7'
	check_eq "the exit code, by ${AS:-root}" $? 7
done

if [ "$1" = rootless ]; then
	# Somebody else gets nothing.
	said=$(cd / && setpriv --reuid 65534 --regid 65534 --clear-groups "$NSVIEW_BIN/nsrun" --inside "$CT_PID" id 2>&1)
	check_eq "another user gets exit code 125" $? 125
	check "and a reason: $said" grep -q "needs root or CAP_SYS_PTRACE" <<<"$said"
fi
test_done
