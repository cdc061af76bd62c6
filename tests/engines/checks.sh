# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# checks.sh - what every engine's container is asked, by both routes. After base.sh and an engine's file.
#
#   seed_container NAME         files of several owners, links; a volume is wanted at /vol, a tmpfs at /tt
#   check_reading HOW VIA       nscat and nsls on $CT_PID
#   check_proc HOW VIA NAME     nscat of files of /proc that depend on their reader
#   check_copying HOW VIA NAME  nscp out, in and within the container $CT_PID called NAME
#
# HOW is a command in front: as_user for the unprivileged owner, or nothing ("").
# The programs are run from $PROGRAMS, a copy that an ordinary user can reach.

. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

# Leaks can't be looked for in a process that has made itself undumpable.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

PROGRAMS=$TEST_TMP/bin
mkdir "$PROGRAMS"
cp "$NSVIEW_BIN"/ns* "$PROGRAMS" || { echo "FAILED: no programs in $NSVIEW_BIN"; exit 1; }

seed_container() {
	check "seed the container" engine exec "$1" /bin/busybox sh -euc '
		busybox=/bin/busybox
		$busybox mkdir -p /srv/deep/er
		echo "of root" >/srv/root-only; $busybox chmod 600 /srv/root-only
		echo "of app" >/srv/of-app; $busybox chmod 600 /srv/of-app; $busybox chown 1000:1000 /srv/of-app
		echo deep >/srv/deep/er/file
		$busybox ln -s /srv/of-app /srv/absolute-link
		$busybox ln -s ../../../../../../srv/of-app /srv/deep/climbing-link
		$busybox ln /srv/root-only /srv/deep/second-name
		$busybox touch -d "2001-02-03 04:05:06" /srv/of-app
		echo "in a volume" >/vol/file
		echo "in a tmpfs" >/tt/file
	' || exit 1
}

# What a command prints, to be compared to the byte.
output_is() {
	local wanted=$1

	shift
	cmp - <("$@") <<<"$wanted"
}

check_reading() {
	local how=$1 via=$2 label="${1:-root} $2"
	local nscat=("$PROGRAMS/nscat" --via "$2") nsls=("$PROGRAMS/nsls" --via "$2") listing

	[ -z "$how" ] || nscat=("$how" "${nscat[@]}") nsls=("$how" "${nsls[@]}")
	check "$label: nscat of a file" output_is 3.13.0 "${nscat[@]}" "$CT_PID" /etc/alpine-release
	check "$label: nscat of another user's file" output_is "of app" "${nscat[@]}" "$CT_PID" /srv/of-app
	check "$label: nscat through an absolute link" output_is "of app" \
		"${nscat[@]}" "$CT_PID" /srv/absolute-link
	check "$label: nscat through a link with .. over the root" output_is "of app" \
		"${nscat[@]}" "$CT_PID" /srv/deep/climbing-link
	check "$label: nscat of a large program" cmp /bin/busybox <("${nscat[@]}" "$CT_PID" /bin/sh)
	check "$label: nscat in a volume and a tmpfs" output_is "in a volume"$'\n'"in a tmpfs" \
		"${nscat[@]}" "$CT_PID" /vol/file /tt/file
	check "$label: /proc/self is the container's process" output_is "$(cat "/proc/$CT_PID/comm")" \
		"${nscat[@]}" "$CT_PID" /proc/self/comm
	check "$label: nscat by PID and inode" output_is "of root" "${nscat[@]}" \
		"$CT_PID:$(stat -Lc %i "/proc/$CT_PID/ns/mnt")" /srv/root-only
	check_not "$label: nscat of nothing" "${nscat[@]}" "$CT_PID" /srv/nothing
	listing=$("${nsls[@]}" "$CT_PID" /srv 2>&1)
	check_eq "$label: nsls" "$listing" "absolute-link"$'\n'"deep"$'\n'"of-app"$'\n'"root-only"
	listing=$("${nsls[@]}" -l "$CT_PID" /srv/of-app 2>&1)
	check "$label: nsls -l names the container's users: $listing" grep -Eq '^-rw------- +1 +app +app ' <<<"$listing"
	listing=$("${nsls[@]}" -ln "$CT_PID" /srv/of-app 2>&1)
	check "$label: nsls -ln has the container's numbers: $listing" grep -Eq ' 1000 +1000 ' <<<"$listing"
	listing=$("${nsls[@]}" -ln --host-ids "$CT_PID" /srv/of-app 2>&1)
	check "$label: nsls --host-ids has the host's: $listing" grep -Eq " $HOST_APP_ID +$HOST_APP_ID " <<<"$listing"
	check "$label: nsls sees mounts" output_is file "${nsls[@]}" "$CT_PID" /tt
}

# stat as the container answers it.
inside() {
	engine exec "$1" /bin/busybox stat -c "$2" "$3"
}

# The unprivileged owner's copies are in a folder of their own.
check_copying() {
	local how=$1 via=$2 name=$3 label="${1:-root} $2" out=$TEST_TMP/out-$1-$2
	local nscp=("$PROGRAMS/nscp" --via "$2" --no-progress) owner=${1:+$TEST_USER}

	[ -z "$how" ] || nscp=("$how" "${nscp[@]}")
	install -d -o "${owner:-root}" "$out"
	check "$label: nscp of a file" "${nscp[@]}" "$CT_PID:/srv/of-app" "$out/one"
	check "$label: it arrived" output_is "of app" cat "$out/one"
	check_eq "$label: it is the caller's" "$(stat -c %U "$out/one")" "${owner:-root}"
	check "$label: nscp -a of a tree" "${nscp[@]}" -a "$CT_PID:/srv" "$out/tree"
	check "$label: the tree arrived" output_is "deep" cat "$out/tree/deep/er/file"
	check_eq "$label: with modes and times" "$(stat -c '%a %y' "$out/tree/of-app")" \
		"600 2001-02-03 04:05:06.000000000 +0000"
	check_eq "$label: with links as stored" "$(readlink "$out/tree/absolute-link")" /srv/of-app
	check_eq "$label: with hard links" "$(stat -c %h "$out/tree/root-only")" 2
	check_eq "$label: owners are the container's numbers, where they can be kept" \
		"$(stat -c %u:%g "$out/tree/of-app")" \
		"$([ -n "$owner" ] && echo "$TEST_UID:$(id -g "$owner")" || echo 1000:1000)"
	check "$label: volumes and tmpfs are part of the tree" \
		"${nscp[@]}" -a --exclude /bin "$CT_PID:/" "$out/whole"
	check "$label: they arrived" output_is "in a volume"$'\n'"in a tmpfs" \
		cat "$out/whole/vol/file" "$out/whole/tt/file"
	check "$label: -x leaves them out" "${nscp[@]}" -ax --exclude /bin "$CT_PID:/" "$out/one-mount"
	check_not "$label: they stayed out" test -e "$out/one-mount/vol/file" -o -e "$out/one-mount/tt/file"

	echo "from the host" >"$out/in"
	[ -z "$owner" ] || chown "$owner" "$out/in"
	check "$label: nscp into the container" "${nscp[@]}" "$out/in" "$CT_PID:/srv/in-$via"
	check_eq "$label: it is there" "$(engine exec "$name" /bin/busybox cat "/srv/in-$via")" "from the host"
	check_eq "$label: it is root's there" "$(inside "$name" %u:%g "/srv/in-$via")" 0:0
	# Every engine binds a file of its own there.
	check "$label: nscp onto a file that is mounted" "${nscp[@]}" -f "$out/in" "$CT_PID:/etc/hosts"
	check_eq "$label: it is there" "$(engine exec "$name" /bin/busybox cat /etc/hosts)" "from the host"
	check "$label: nscp within the container" \
		"${nscp[@]}" -a "$CT_PID:/srv/of-app" "$CT_PID:/srv/again-$via"
	check_eq "$label: it kept its owner" "$(inside "$name" %u:%g "/srv/again-$via")" 1000:1000
	if [ -z "$owner" ]; then
		chown 1000:1000 "$out/in"
		check "$label: nscp -a into the container" "${nscp[@]}" -a "$out/in" "$CT_PID:/srv/kept-$via"
		check_eq "$label: the owner is the container's of that number" \
			"$(inside "$name" %u:%g "/srv/kept-$via")" 1000:1000
	fi
	engine exec "$name" /bin/busybox rm "/srv/in-$via" "/srv/again-$via"
	engine exec "$name" /bin/busybox rm -f "/srv/kept-$via"
}

# Files that answer for their reader, as the engine's own exec reads them.
check_proc() {
	local how=$1 via=$2 name=$3 label="${1:-root} $2" file

	for file in sys/kernel/hostname sys/kernel/shmmax sys/net/core/somaxconn sys/net/ipv4/ping_group_range \
		sysvipc/shm 1/cgroup 1/uid_map 1/mountinfo 1/net/dev; do
		check_eq "$label: /proc/$file" "$($how "$PROGRAMS/nscat" --via "$via" "$CT_PID" "/proc/$file" 2>&1)" \
			"$(engine exec "$name" /bin/busybox cat "/proc/$file")"
	done
	check_eq "$label: users in /proc/1/status" \
		"$($how "$PROGRAMS/nscat" --via "$via" "$CT_PID" /proc/1/status | grep -E '^(Uid|Gid|NSpid):')" \
		"$(engine exec "$name" /bin/busybox cat /proc/1/status | grep -E '^(Uid|Gid|NSpid):')"
}

check_container() {
	local how=$1 name=$2 via

	mounts_note "$CT_PID"
	check "/etc/hosts is a mount point" grep -q ' /etc/hosts ' "/proc/$CT_PID/mountinfo"
	for via in proc setns auto; do
		check_reading "$how" "$via"
		check_copying "$how" "$via" "$name"
		check_proc "$how" "$via" "$name"
	done
	mounts_kept "$CT_PID"
	mounts_ignore "$CT_PID"
}
