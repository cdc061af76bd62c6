#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Containers start and end while the view is read: the next listing shows them, the view does not hinder
# their end, and nothing of them remains. The daemon ends cleanly at any time.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

disk=$TEST_TMP/disk
mkdir "$disk"
mount -t tmpfs tmpfs "$disk" || test_skip "a tmpfs can't be mounted"
on_exit umount -l "$disk"
mkdir "$disk/sub"
head -c 8000000 /dev/urandom >"$disk/sub/large"
sum=$(sha256sum <"$disk/sub/large")

is_gone() {
	! quick test -e "$1"
}

# Those beyond what living containers have, of which other tests may have some: a root and a pidfd each, and
# a table of mounts of those that are looked into. Sockets are those of helper processes, of which a few are kept.
view_fds() {
	local link pid n

	n=$(($(readlink "/proc/$VIEW_PID/fd"/* | grep -vc "^socket:") - 2 * $(cat "/proc/$VIEW_PID/fdinfo"/* 2>/dev/null | grep -cE '^Pid:\s+[1-9]')))
	for link in $(readlink "/proc/$VIEW_PID/fd"/* | grep '/mountinfo$'); do
		pid=${link%/mountinfo}
		[ ! -d "/proc/${pid##*/}" ] || n=$((n - 1))
	done
	echo "$n"
}

view_start
# Warm: what the daemon opens once.
container_start --hostname "warm$$"
quick ls "$VIEW/warm$$" >/dev/null
container_stop
wait_for "the first goes" is_gone "$VIEW/warm$$"
before=$(view_fds)

# With the next look, each time.
for i in 1 2 3 4 5 6 7 8 9 10; do
	container_start --hostname "life$$"
	check_eq "number $i is listed" "$(quick ls "$VIEW" | grep -cx "life$$")" 1
	check_eq "and is itself" "$(quick readlink "$VIEW/.by-pid/$CT_PID")" "../life$$"
	check "it is walked" eval 'quick find "$VIEW/life$$" -type f -exec cat {} + | cmp -s - /dev/null; [ $? = 1 ]'
	container_stop
	check_eq "number $i is not listed" "$(quick ls "$VIEW" | grep -cx "life$$")" 0
	check "and is gone" wait_for "its end" is_gone "$VIEW/life$$"
done
same_fds() {
	[ "$(view_fds)" -le "$before" ]
}
check "no fd is left" wait_for "fds" same_fds

# Without a look: a name in use is looked up at once.
container_start --hostname "life$$"
check_eq "a path into it" "$(quick cat "$VIEW/life$$/etc/alpine-release")" 3.13.0
nsenter -t "$CT_PID" -u hostname other$$
check_eq "its name stays" "$(quick ls "$VIEW" | grep -cE "^(life|other)$$\$")" 1
check "it is the old one" quick test -d "$VIEW/life$$"
first=$CT_HELPER
container_start --hostname "life$$"
second=$(quick ls "$VIEW" | grep "^life$$~")
check "another of that name has one of its own" quick test -d "$VIEW/$second/etc"
container_stop "$first"
check "it keeps it when the first is gone" quick test -d "$VIEW/$second/etc"
check "the plain name is free" wait_for "its end" is_gone "$VIEW/life$$"
container_stop
wait_for "its end" is_gone "$VIEW/$second"

# Hostnames are the container's to choose.
for name in . .. .by-id a/b -oX "$(printf 'a\nb')" "$(printf '\033[31m')" 'a%2Fb' "$(printf 'x%.0s' {1..64})"; do
	container_start --hostname "$name"
	folder=$(quick readlink "$VIEW/.by-pid/$CT_PID")
	check "$(printf 'hostname %q has a plain name: %q' "$name" "$folder")" \
		grep -qE '^\.\./[A-Za-z0-9_%-][A-Za-z0-9._%~-]*$' <<<"$folder"
	check_eq "and is itself" "$(quick cat "$VIEW/.by-pid/$CT_PID/etc/alpine-release")" 3.13.0
	check_eq "its links stay inside" "$(quick readlink "$VIEW/${folder#../}/bin/ls")" ../bin/busybox
	container_stop
done

# A file that is open is read on when its container ends; a new one is not found.
container_start --hostname "life$$" --volume "$disk:/w"
ct=$VIEW/life$$
exec {file}<"$ct/w/sub/large"
head -c 10 <&"$file" >/dev/null
exec {again}<"$ct/w/sub/large"
exec {folder}<"$ct/w"
container_stop
check_eq "an open file is read on" "$(quick sha256sum <&"$again")" "$sum"
check_not "a new one is not opened" quick cat "$ct/w/sub/large"
check_not "nor from a folder that is open" quick ls "/proc/self/fd/$folder/sub"
exec {file}<&- {again}<&-
check "the volume is free at once" wait_for "umount" eval 'umount "$disk" && mount -t tmpfs tmpfs "$disk"'
exec {folder}<&-

# A container unmounts what is being looked at: a shell sits there, a listing was just read.
mkdir "$disk/sub"
echo hello >"$disk/sub/f"
container_start --hostname "life$$" --volume "$disk:/w"
(
	cd "$ct/w/sub" || exit 1
	exec sleep 1000
) &
sitter=$!
on_exit eval "kill $sitter 2>/dev/null || :"
check_eq "it is looked at" "$(quick cat "$ct/w/sub/f")" hello
exec {folder}<"$ct/w"
check "the container unmounts it" nsenter -t "$CT_PID" -m umount /w
check "and it is seen to be gone" wait_for "the unmount" is_gone "$ct/w/sub"
exec {folder}<&-

# The daemon ends: while files are open, and while it is killed.
exec {file}<"$ct/etc/passwd"
view_stop
check_eq "SIGTERM with a file open" $? 0
check_not "unmounted" view_is_there
exec {file}<&-
kill "$sitter"
view_start
place=$VIEW
kill -9 "$VIEW_PID"
wait "$VIEW_PID" 2>/dev/null
check "a killed daemon leaves its mount" view_is_there
"$NSVIEW_BIN/nsviewd" -f "$place" 2>"$place.errors" &
VIEW_PID=$!
on_exit view_end "$VIEW_PID" "$place"
check "the next start clears it" wait_for "the view" eval 'quick test -d "$place/life$$/etc"'
check_not "the same place twice" quick "$NSVIEW_BIN/nsviewd" -f "$place"
check "does no harm" quick test -d "$place/life$$/etc"
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
