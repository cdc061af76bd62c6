#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ended.sh never|auto|always - nothing of a container that has ended is shown from what the kernel keeps: not
# to a process that stands in one of its folders, has one open, or has one mounted elsewhere.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

cache=${1:?}
years=0
host=en$$
# On a volume, which stays when the container ends: no event tells of its files.
volume=$TEST_TMP/volume
mkdir -p "$TEST_TMP"/{bound,bound-deep} "$volume/deep/er"
echo one >"$volume/file"
echo two >"$volume/deep/er/file"
ln -s file "$volume/link"
touch "$volume"/deep/f{1..9}
: >"$TEST_TMP/bound-file"

# Says nothing but that it isn't there.
is_gone() {
	local said

	said=$(quick "$@" 2>"$TEST_TMP/said") && return 1
	[ -z "$said" ] && grep -qE 'No such file or directory|Stale file handle' "$TEST_TMP/said"
}

look() {
	quick ls -lR "$ct/w" "$ct/etc" && quick ls "$@" && quick stat "$@" && quick cat "$ct/etc/passwd" "$ct/w/file" &&
		quick readlink "$ct/w/link" && quick cat "$TEST_TMP"/bound/file "$TEST_TMP"/bound-file
}

ended() {
	container_start --hostname "$host" --volume "$volume:/w"
	ct=$VIEW/$host
	check "it is there" wait_for "the container" quick test -d "$ct/w/deep" || return
	mount --bind "$ct/w" "$TEST_TMP/bound" && mount --bind "$ct/w/deep" "$TEST_TMP/bound-deep" &&
		mount --bind "$ct/w/file" "$TEST_TMP/bound-file" || exit 1
	(cd "$ct/etc" && exec sleep 1000) &
	sitters=($!)
	(cd "$ct/w/deep/er" && exec sleep 1000) &
	sitters+=($!)
	wait_for "they sit" test "/proc/${sitters[0]}/cwd" -ef "$ct/etc" && wait_for "they sit" test "/proc/${sitters[1]}/cwd" -ef "$ct/w/deep/er"
	folders=("/proc/${sitters[0]}/cwd/" "/proc/${sitters[1]}/cwd/" "$TEST_TMP/bound" "$TEST_TMP/bound-deep")
	exec {folder}<"$ct/w/deep" {top}<"$ct"
	folders+=("/proc/self/fd/$folder/" "/proc/self/fd/$top/")
	for _ in 1 2 3; do
		check "all is seen" look "${folders[@]}"
	done
	# What is asked for again, of a folder that is watched, is kept for an hour.
	touch -d "$((++years)) years ago" "$volume" "$volume/deep" "$volume/deep/er"
	for place in "$ct"/w{,/deep,/deep/er}; do
		check "$place is asked for" wait_for "its time" eval '[ "$(quick stat -c %Y "$place")" = "$(stat -c %Y "$volume${place#"$ct/w"}")" ]'
	done
	check "all is seen" look "${folders[@]}"
	container_stop
	check "its name is gone" wait_for "the end" is_gone stat "$ct"
	[ -z "${2-}" ] || "$2"
	for place in "${folders[@]}"; do
		check "$1: not listed: $place" wait_for "$place is gone" is_gone ls "$place" || return
		check "$1: no attributes: $place" wait_for "$place is gone" is_gone stat "$place" || return
	done
	for path in "${folders[0]}passwd" "${folders[1]}file" "$TEST_TMP"/bound/{file,link,deep} "$TEST_TMP"/bound-deep/{er,f1} \
		"$TEST_TMP/bound-file" "/proc/self/fd/$folder/er/file"; do
		check "$1: not there: $path" wait_for "$path is gone" is_gone stat "$path" || return
		check "$1: not read: $path" wait_for "$path is gone" is_gone cat "$path" || return
	done
	check "$1: nor is a link" wait_for "the link is gone" is_gone stat "$TEST_TMP/bound/link"
	check "$1: a folder that was open" wait_for "its end" is_gone python3 -c "import os; print(os.listdir($folder))"
	exec {folder}<&- {top}<&-
	kill "${sitters[@]}"
	wait "${sitters[@]}" 2>/dev/null
	umount "$TEST_TMP"/{bound,bound-deep,bound-file}
}

on_exit eval "umount -q -l '$TEST_TMP'/bound '$TEST_TMP'/bound-deep '$TEST_TMP'/bound-file; kill \${sitters[@]-} 2>/dev/null || :"
another() {
	container_start --hostname "$host" --setup 'echo another >/new'
	check "another has its name" wait_for "the other container" eval '[ "$(quick cat "$ct/new")" = another ]'
}

view_start -o "cache=$cache"
ended "ended" &&
	ended "and another has its name" another
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
