#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An ordinary user's container on fuse-overlayfs, which admits only members of its user namespace: not
# even root may ask for attributes of an open file from outside.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/podman.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

view_for_users
command -v fuse-overlayfs >/dev/null || test_skip "fuse-overlayfs is not installed"
PODMAN_OPTIONS+=(--storage-opt "overlay.mount_program=$(command -v fuse-overlayfs)")
busybox_tar
podman_user_start
podman_import "$BUSYBOX_TAR" busybox
host=ofuse$$
podman_run "fuse-$$" --hostname "$host" busybox /bin/busybox sleep 100000
check "its root is FUSE" grep -q ' / / .* - fuse.fuse-overlayfs ' "/proc/$CT_PID/mountinfo"
check "files in it" engine exec "fuse-$$" /bin/busybox sh -euc '
	b=/bin/busybox
	$b mkdir -p /srv/p/deep; echo secret >/srv/p/secret; echo deep >/srv/p/deep/file; echo root >/srv/root
	$b ln -s deep/../secret /srv/p/link; $b ln /srv/p/secret /srv/p/deep/hard
	$b chmod 600 /srv/root /srv/p/secret; $b chmod 700 /srv/p /srv/p/deep
	$b chown -R 1000:1000 /srv/p; $b chown 33:33 /srv/p/deep/file'

view_user_copy
VIEW=$TEST_TMP/view
install -d -o "$TEST_USER" "$VIEW"
on_exit eval "umount -l $VIEW 2>/dev/null || :"
check "the user mounts it" as_user_quick "$TEST_TMP/bin/nsviewd" "$VIEW"
ct=$VIEW/$host
check_not "control: from outside nobody may look" stat "/proc/$CT_PID/root/srv/root"
check_eq "a file of the container's root" "$(as_user_quick cat "$ct/srv/root")" root
check_eq "of another" "$(as_user_quick cat "$ct/srv/p/secret")" secret
check_eq "by a link" "$(as_user_quick cat "$ct/srv/p/link")" secret
check_eq "all names" "$(as_user_quick find "$ct/srv" -printf '%P|%y|%m|%n|%s\n' | sed '/|[dl]|/s/[^|]*$//' | sort)" \
	"$(engine exec "fuse-$$" /bin/busybox find /srv -exec /bin/busybox stat -c '%n|%F|%a|%h|%s' {} + |
		sed 's,^/srv/\{0\,1\},,; s/|regular file|/|f|/; s/|directory|/|d|/; s/|symbolic link|/|l|/; /|[dl]|/s/[^|]*$//' | sort)"
first=$(awk -F: -v user="$TEST_USER" '$1 == user { print $2; exit }' /etc/subuid)
check_eq "owners are the host's" "$(as_user_quick stat -c %u "$ct/srv/root" "$ct/srv/p/secret" "$ct/srv/p/deep/file" | tr '\n' ' ')" \
	"$TEST_UID $((first + 999)) $((first + 32)) "
check "a change" engine exec "fuse-$$" /bin/busybox sh -c "echo more >>/srv/p/secret"
check "is seen" wait_for "new bytes" as_user_quick grep -q more "$ct/srv/p/secret"
SECONDS=0
check "the container is removed" engine rm -f -t 0 "fuse-$$"
check "at once, not in $SECONDS s" test $SECONDS -lt 15
check_not "it is gone" as_user_quick test -e "$ct"
check "the user unmounts it" as_user_quick "$TEST_TMP/bin/nsviewd" --unmount "$VIEW"
test_done
