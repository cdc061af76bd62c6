#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nscollect with rootless Podman: by its owner, who has no root, and by root.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/podman.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"

busybox_tar
podman_user_start
podman_import "$BUSYBOX_TAR" busybox
podman_run "evi-$$" -v vol:/vol busybox /bin/busybox sh -c \
	'echo on the volume >/vol/f; : >/of-app; chown 1000:1000 /of-app; echo deleted >/d; exec 5</d; rm /d; /bin/busybox sleep 100000 & wait; :'
ready() { find "/proc/$CT_PID/fd" -lname '*d (deleted)' | grep -q .; }
wait_for "the container" ready

check_package() {
	unpack "$1"
	check_schemas
	check "$1: verify" "$nscollect" verify "$TEST_TMP/$1"
	check_eq "$1: a volume's file" "$(cat "$UNPACKED/[root]/vol/f")" 'on the volume'
	check_eq "$1: an owner as the container has it" \
		"$(jq -r 'select(.path == "[root]/of-app") | .uid' "$UNPACKED/files.jsonl")" 1000
	check_eq "$1: and as the host does" "$(jq -r 'select(.path == "[root]/of-app") | .host_uid' "$UNPACKED/files.jsonl")" \
		"$(stat -c %u "/proc/$CT_PID/root/of-app")"
	check_eq "$1: a deleted file" "$(cat "$UNPACKED"/open/*/fd-5)" deleted
	check_eq "$1: a report finds an innocent container" \
		"$("$nscollect" report --json "$TEST_TMP/$1" | jq -c '[.findings[] | [.rule, .subject]]')" '[]'
	check_eq "$1: the engine's files" "$(jq -r .ociVersion "$UNPACKED/engine/config.json" | grep -c .)" 1
	check_eq "$1: the image's digest" "$(jq -r .digest "$UNPACKED/engine/storage-image.json")" "$digest"
	check_eq "$1: the image's layers" "$(jq -r '.rootfs.diff_ids[]' "$UNPACKED/engine/image.json")" "$layers"
	check_eq "$1: as the store has them" "$(jq -r '[.[]["diff-digest"]] | reverse | .[]' "$UNPACKED/engine/storage-layers.json")" "$layers"
	check_eq "$1: no layer of another image" "$(jq -r 'length' "$UNPACKED/engine/storage-layers.json")" "$(wc -l <<<"$layers")"
	check_eq "$1: the container in the store" "$(jq -r '.names[0]' "$UNPACKED/engine/storage-container.json")" "evi-$$"
}
digest=$(engine image inspect --format '{{.Digest}}' busybox)
layers=$(engine image inspect --format '{{range .RootFS.Layers}}{{println .}}{{end}}' busybox | grep .)

take root.tar --full "podman:evi-$$"
check_package root.tar
mkdir "$TEST_TMP/own"
chmod 777 "$TEST_TMP/own"
as_user "$nscollect" --full "evi-$$" -o "$TEST_TMP/own/own.tar" >"$TEST_TMP/said" 2>&1
check_eq "the owner's exits" $? 0 || cat "$TEST_TMP/said"
mv "$TEST_TMP/own/own.tar" "$TEST_TMP/own.tar"
check_package own.tar
test_done
