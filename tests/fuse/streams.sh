#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# streams.sh never|auto|always - no reader of a folder loses a name, or gets it twice, whatever happens in the folder
# meanwhile; on three file systems. NSVIEW_SEED has the random part begin elsewhere.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

cache=${1:?}
rounds=${NSVIEW_ROUNDS:-6}
seed=${NSVIEW_SEED:-$RANDOM$RANDOM}
echo "NSVIEW_SEED=$seed"

overlay() {
	mkdir "$TEST_TMP"/{lower,upper,work}
	mkdir "$TEST_TMP"/lower/{f,mark}
	(cd "$TEST_TMP/lower/f" && seq -f below-%g 40 | xargs touch)
	mount -t overlay -o "lowerdir=$TEST_TMP/lower,upperdir=$TEST_TMP/upper,workdir=$TEST_TMP/work" overlay "$1"
}

ext4() {
	truncate -s 64M "$TEST_TMP/disk" && mkfs.ext4 -q "$TEST_TMP/disk" && mount -o loop "$TEST_TMP/disk" "$1"
}

volumes=()
for kind in overlay tmpfs ext4; do
	place=$TEST_TMP/on-$kind
	mkdir "$place"
	case $kind in
	tmpfs) mount -t tmpfs none "$place" ;;
	*) "$kind" "$place" ;;
	esac || test_skip "there is no $kind"
	on_exit umount -l "$place"
	mkdir -p "$place"/{f,mark}
	volumes+=(--volume "$place:/$kind")
done
container_start --hostname "st$$" "${volumes[@]}"
view_start -o "cache=$cache"
for kind in overlay tmpfs ext4; do
	for case in removed added refilled page seeks; do
		check "$kind: $case" timeout 120 python3 "$NSVIEW_SOURCE/tests/fuse/streams.py" "$case" \
			"$VIEW/st$$/$kind" "$TEST_TMP/on-$kind" "$seed"
	done
	for ((i = 0; i < rounds; i++)); do
		check "$kind: at random" timeout 120 python3 "$NSVIEW_SOURCE/tests/fuse/streams.py" random \
			"$VIEW/st$$/$kind" "$TEST_TMP/on-$kind" "$seed-$i" || break
	done
done
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
