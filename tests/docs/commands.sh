#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# commands.sh FILE.md - the commands of a document do what it shows, on a machine that has only its containers.
#
# The test gets a PID and a mount namespace of its own, so that no other container is in sight, and the view and all
# processes end with the test. The image "alpine" is a busybox system. Root's commands run without sudo, which need
# not be installed. With NSVIEW_DOCS_UPDATE=1 the document gets the output that it should show.
if [ "${2-}" != alone ]; then
	# The fixture in there cleans up and has to hear of the end, so the signal goes on to it.
	exec unshare --mount --pid --fork --kill-child=TERM --mount-proc --propagation private bash "$0" "$1" alone
fi
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/docker.sh"

[ -c /dev/fuse ] || test_skip "there is no /dev/fuse"
for program in curl fuser gdb ip jq rclone rsync ss yara zstd; do
	command -v "$program" >/dev/null || test_skip "$program is not installed"
done

# The fixture's system has few links to busybox.
image() {
	local name system=$TEST_TMP/system

	busybox_tar
	mkdir "$system"
	tar -C "$system" -xf "$BUSYBOX_TAR"
	mkdir -p "$system/srv" "$system/var/log"
	for name in $(busybox --list); do
		[ -e "$system/bin/$name" ] || [ -L "$system/bin/$name" ] || ln -s /bin/busybox "$system/bin/$name"
	done
	tar --numeric-owner -C "$system" -cf "$TEST_TMP/alpine.tar" .
}

# If a command failed, the document's last one may not have unmounted the view.
end_view() {
	mountpoint -q /mnt/nsview && umount -l /mnt/nsview
	umount -l /mnt
}

programs() {
	local bin=$TEST_TMP/bin

	mkdir "$bin"
	printf '#!/bin/sh\nexec "$@"\n' >"$bin/sudo"
	chmod +x "$bin/sudo"
	export PATH=$bin:$NSVIEW_BIN:$PATH
}

# The namespace's own: nothing of it is seen outside.
mount -t tmpfs none /mnt && mkdir /mnt/nsview || exit 1
on_exit end_view
image
programs
docker_start
docker_import "$TEST_TMP/alpine.tar" alpine:latest
mkdir "$TEST_TMP/home"
cd "$TEST_TMP/home" || exit 1
export DOCKER_HOST=unix://$DOCKER_DIR/sock HOME=$TEST_TMP/home
update=()
[ -z "${NSVIEW_DOCS_UPDATE-}" ] || update=(--update)
checks_run=1
python3 "$NSVIEW_SOURCE/tests/docs/blocks.py" "${update[@]}" "$NSVIEW_SOURCE/$1" || checks_failed=1
test_done
