#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An ordinary user's view of a rootless container of the same user, mounted by fusermount3. owner.sh tests
# files of other mapped IDs.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/podman.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

view_for_users
busybox_tar
podman_user_start
podman_import "$BUSYBOX_TAR" busybox
host=fuser$$
podman_run "web-$$" --hostname "$host" -v vol:/vol busybox /bin/busybox sleep 100000
check "files in it" engine exec "web-$$" /bin/busybox sh -euc '/bin/busybox mkdir -p /srv
	echo root >/srv/of-root; /bin/busybox chmod 600 /srv/of-root; echo volume >/vol/file
	echo all >/srv/of-all; /bin/busybox chown 1000:1000 /srv/of-all; /bin/busybox ln -s /srv/of-root /srv/absolute'

view_user_copy
VIEW=$PODMAN_DIR/home/view
as_user mkdir "$VIEW"
on_exit eval "umount -l $VIEW 2>/dev/null || :"
check "the user mounts it" as_user_quick "$TEST_TMP/bin/nsviewd" "$VIEW"
ct=$VIEW/$host
check_eq "by the engine's name" "$(as_user_quick readlink "$VIEW/.by-name/web-$$")" "../$host"
check_eq "a file of the container's root, who the user is" "$(as_user_quick cat "$ct/srv/of-root")" root
check_eq "through an absolute link" "$(as_user_quick cat "$ct/srv/absolute")" root
check_eq "a file for all" "$(as_user_quick cat "$ct/srv/of-all")" all
check_eq "in a volume" "$(as_user_quick cat "$ct/vol/file")" volume
check "a large one" as_user_quick cmp "$ct/bin/busybox" /bin/busybox
check_not "another user may not look, nor root" quick ls "$VIEW"
SECONDS=0
check "the container is removed" engine rm -f -t 0 "web-$$"
check "at once, not in $SECONDS s" test $SECONDS -lt 15
check_not "it is gone" as_user_quick test -e "$ct"
check "the user unmounts it" as_user_quick "$TEST_TMP/bin/nsviewd" --unmount "$VIEW"
check_not "it is unmounted" view_is_there
test_done
