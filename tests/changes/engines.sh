#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# engines.sh docker|podman|rootless|fuse - nsdiff on an engine's containers, against a walk of image and
# container, and against what the engine itself says where that is right.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/diff.sh"
kind=$1
case $kind in
docker) . "$NSVIEW_SOURCE/tests/fixtures/docker.sh" ;;
*) . "$NSVIEW_SOURCE/tests/fixtures/podman.sh" ;;
esac
engine_name=podman prefix=podman name="diff-$$"
case $kind in
docker)
	prefix=docker
	docker_start
	engine_name=docker
	;;
podman)
	podman_root_start
	;;
rootless)
	podman_user_start
	;;
fuse)
	command -v fuse-overlayfs >/dev/null || test_skip "fuse-overlayfs is not installed"
	PODMAN_OPTIONS+=(--storage-opt "overlay.mount_program=$(command -v fuse-overlayfs)")
	podman_user_start
	;;
esac

chmod 755 "$TEST_TMP"
mkdir "$TEST_TMP/filled"
check "a root" "$NSVIEW_BUILD/tests/nsv-container" --fill "$TEST_TMP/filled"
image_fill "$TEST_TMP/filled"
tar -C "$TEST_TMP/filled" -cf "$TEST_TMP/image.tar" .
"${engine_name}_import" "$TEST_TMP/image.tar" changing
"${engine_name}_run" "$name" -v vol:/vol --tmpfs /scratch changing /bin/busybox sleep 1000000
SPEC=$prefix:$name

lower=$(engine inspect -f '{{.GraphDriver.Data.LowerDir}}' "$name")
image_mount "$lower" || test_skip "an overlay can't be mounted here"
changed "$CT_PID"
check_eq "an untouched container" \
	"$(jq -r '.changes[] | select(.kind == "C" or .kind == "D") | .path' "$CHANGES" | grep -vxE '/(etc|run|dev|proc|sys)')" ''

change engine exec "$name"
engine exec "$name" /bin/busybox sh -c 'echo v >/vol/inside; echo s >/scratch/inside'
changed "$SPEC"
WALKER=(env)
# The owner of a FUSE mount keeps others out, root too.
[ "$kind" = fuse ] && WALKER=(nsenter -t "$CT_PID" -U -S 0 -G 0 env)
check "every kind of change" "${WALKER[@]}" python3 "$NSVIEW_SOURCE/tests/fixtures/tree_changes.py" "$IMAGE" \
	"/proc/$CT_PID/root" "/proc/$CT_PID/mountinfo" <"$CHANGES"
if [ "$kind" != fuse ]; then
	check_eq "a volume's file" "$(jq -r '.changes[] | select(.path == "/vol/inside") | .kind + .mount' "$CHANGES")" V/vol
	check_eq "a tmpfs's file" "$(jq -r '.changes[] | select(.path == "/scratch/inside") | .kind + .mount' "$CHANGES")" \
		V/scratch
	check_eq "no device and no kernel's file" "$(jq -r '.changes[] | select(.path | test("^/(proc|sys)/|^/dev/null")) | .path' \
		"$CHANGES")" ''
fi

# The engine knows no children of deleted and replaced folders, writes U+FFFD, and Podman leaves its own files out.
"$nsdiff" -x "$SPEC" | LC_ALL=C sort -u >"$TEST_TMP/ours"
# Podman fails at a folder in a file's place.
if engine diff "$name" 2>/dev/null | LC_ALL=C sort -u >"$TEST_TMP/theirs" && [ -s "$TEST_TMP/theirs" ]; then
	check_eq "what only the engine says" "$(LC_ALL=C comm -13 "$TEST_TMP/ours" "$TEST_TMP/theirs" |
		grep -vE "^(A|D) /(odd|etc/o)|^\\.|^D /(many|opaque/in|replaced/d)\$")" ''
	check_eq "what the engine does not say" "$(LC_ALL=C comm -23 "$TEST_TMP/ours" "$TEST_TMP/theirs" |
		grep -vE '^(A|D) /(odd|etc/o)|^\.|^D /|^. /(run|etc|dev)(/|$)|^C /(many|opaque|replaced|links/)')" ''
fi
if [ "$kind" != docker ] && [ "$kind" != podman ]; then
	as_user "$nsdiff" -x "$CT_PID" | LC_ALL=C sort -u >"$TEST_TMP/users"
	check "its owner sees the same" cmp "$TEST_TMP/ours" "$TEST_TMP/users"
fi

# As an image it is loaded and run by the engine itself.
says_image() { # SPEC
	local fill

	check "an image of it" "$nsdiff" --image="$TEST_TMP/loaded.tar" "$1"
	chmod 644 "$TEST_TMP/loaded.tar"
	check "the engine loads it" engine load -q -i "$TEST_TMP/loaded.tar"
	fill='cat /fresh; cat /etc/one; cat /moved/y/a; cat /replaced/d; ls /many; test ! -e /etc/two && test ! -e /gone/sub &&
		test ! -e /opaque/in/a && test ! -e /moved/x && stat -c "%a %u:%g" /etc/text /deep/a'
	for f in cat ls stat test; do
		fill="$f() { /bin/busybox $f \"\$@\"; }; $fill"
	done
	check_eq "and runs it" "$(engine run --rm --network none --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 \
		"localhost/nsdiff/$name:latest" /bin/busybox sh -c "$fill" 2>&1)" "$(printf '%s\n' new one more a file 7 '644 5:6' '700 0:0')"
}
[ "$kind" = fuse ] || says_image "$SPEC"

# A second one: what it has otherwise than the first, of which the layers are the same.
"${engine_name}_run" "$name-b" changing /bin/busybox sleep 1000000
if [ "$kind" = docker ] || [ "$kind" = podman ]; then
	check_eq "two containers" "$("$nsdiff" "$SPEC" "$SPEC-b" /etc | grep -a '^. /etc/[ot][a-z]*$')" \
		"$(printf 'C /etc/one\nC /etc/text\nA /etc/two')"
	check_eq "alike" "$("$nsdiff" "$SPEC-b" "$SPEC-b")" ''
	says 2 'no such container' "$nsdiff" "$SPEC" no-such-container-here
fi
test_done
