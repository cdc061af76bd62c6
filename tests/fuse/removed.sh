#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# removed.sh docker|podman|podman-rootless - an engine's containers in the view: names and files are
# right, and a container can be removed while its files are read.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/docker.sh"
. "$NSVIEW_SOURCE/tests/fixtures/podman.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

engine_name=${1:?}
label=${engine_name%-rootless}
host=fe$$-$label
busybox_tar

# Starts the container called $1; --tmpfs and a volume are mounts of its own.
run() {
	local name=$1

	shift
	"${label}_run" "$name" --hostname "$host" -v "vol-$name:/vol" --tmpfs /tt busybox /bin/busybox sleep 100000
	check "files in it" engine exec "$name" /bin/busybox sh -euc '
		b=/bin/busybox
		$b mkdir -p /srv/deep; echo deep >/srv/deep/file; echo volume >/vol/file; echo tmpfs >/tt/file
		$b dd if=/dev/urandom of=/srv/large bs=1024 count=4000 2>/dev/null
		echo of-app >/srv/of-app; $b chmod 600 /srv/of-app; $b chown 1000:1000 /srv/of-app
		$b ln -s /srv/of-app /srv/absolute; $b touch -d "2001-02-03 04:05:06" /srv/of-app' || exit 1
	MNT_ID=$(mount_of_root)
	ID=$(engine inspect -f '{{.Id}}' "$name")
}

# What the daemon has open of the container $CT_PID, whose root's mount is $MNT_ID, or of anything that
# has ended; and its watches, which are all of this test's containers: it looks into no others.
holdings() {
	local fd

	for fd in "/proc/$VIEW_PID/fd"/*; do
		case $(readlink "$fd") in
		*/"$CT_PID"/*) echo "fd of $CT_PID" ;;
		esac
	done
	grep -Ex "mnt_id:\s+$MNT_ID|Pid:\s+-1" "/proc/$VIEW_PID/fdinfo"/* 2>/dev/null
	cat "/proc/$VIEW_PID/fdinfo"/* 2>/dev/null | grep '^inotify '
}

mount_of_root() {
	local root

	exec {root}<"/proc/$CT_PID/root"
	awk '/^mnt_id/ { print $2 }' "/proc/self/fdinfo/$root"
	exec {root}<&-
}

nothing_is_held() {
	quick ls "$VIEW" >/dev/null && [ -z "$(holdings)" ]
}

browse() { # NAME
	local ct=$VIEW/$host

	check "$1 is named by its hostname" quick test -d "$ct"
	check_eq "$1: .by-name" "$(quick readlink "$VIEW/.by-name/$1")" "../$host"
	check_eq "$1: .by-id" "$(quick readlink "$VIEW/.by-id/$ID")" "../$host"
	check_eq "$1: .by-pid" "$(quick readlink "$VIEW/.by-pid/$CT_PID")" "../$host"
	check_eq "$1: a file" "$(quick cat "$VIEW/.by-name/$1/srv/deep/file")" deep
	check_eq "$1: a volume's and a tmpfs's" "$(quick cat "$ct/vol/file" "$ct/tt/file")" $'volume\ntmpfs'
	check_eq "$1: through an absolute link" "$(quick cat "$ct/srv/absolute")" of-app
	check_eq "$1: attributes" "$(quick stat -c '%a %Y' "$ct/srv/of-app")" "600 $(date -d '2001-02-03 04:05:06 UTC' +%s)"
	check "$1: a large file" cmp "$ct/srv/large" "/proc/$CT_PID/root/srv/large"
	check "$1: a whole walk" eval "[ \$(quick find '$ct' -type f -exec cat {} + | wc -c) -gt 4000000 ]"
	check_eq "$1: a busy link" "$(quick cmp "$ct/bin/sh" /bin/busybox 2>&1)" ''
}

# Readers of all kinds, until a file called stop is there.
readers=()
start_readers() {
	local ct=$VIEW/$host stop=$TEST_TMP/stop

	rm -f "$stop"
	(while [ ! -e "$stop" ]; do cat "$ct/srv/large"; done >/dev/null 2>&1) &
	readers+=($!)
	(while [ ! -e "$stop" ]; do find "$ct" -type f -exec head -c 10 {} +; done >/dev/null 2>&1) &
	readers+=($!)
	(while [ ! -e "$stop" ]; do ls -lR "$ct"; done >/dev/null 2>&1) &
	readers+=($!)
}

stop_readers() {
	: >"$TEST_TMP/stop"
	wait "${readers[@]}"
	readers=()
}
on_exit stop_readers

removed_while_read() { # NAME REMOVE...
	local name=$1 ct=$VIEW/$host sum open

	shift
	sum=$(md5sum <"/proc/$CT_PID/root/srv/large")
	exec {open}<"$ct/srv/large"
	start_readers
	(cd "$ct/vol" && exec sleep 1000) &
	local sitter=$!
	on_exit eval "kill $sitter 2>/dev/null || :"
	check "a folder is listed" eval "quick ls -l '$ct/vol' && quick ls '$ct/vol'"
	check "something is held" test -n "$(holdings)"
	SECONDS=0
	check "$name: $*, while it is read" "$@"
	check "$name: at once, not in $SECONDS s" test $SECONDS -lt 15
	check_not "$name: its folder is gone" quick test -e "$ct"
	check_eq "$name: it is not listed" "$(quick ls "$VIEW" | grep -cx "$host")" 0
	check_not "$name: nor by name" quick test -L "$VIEW/.by-name/$name"
	check "$name: its files are not there" eval "quick cat '$ct/srv/deep/file' 2>&1 |
		grep -qE 'No such file or directory|Stale file handle'"
	for command in 'cat file' ls 'stat .'; do
		check_eq "$name: $command in a folder of it" "$(cd "/proc/$sitter/cwd" 2>/dev/null && quick $command 2>/dev/null)" ''
	done
	check_eq "$name: what is open reads on" "$(quick md5sum <&"$open")" "$sum"
	exec {open}<&-
	stop_readers
	kill "$sitter"
	wait "$sitter" 2>/dev/null
	# Its root's fd is closed at once; the kernel lets go of names when they are looked at.
	check "$name: nothing of it is held" wait_for "nothing is held" nothing_is_held || holdings
	check_eq "$name: nor in the kernel" "$(grep -c "$ID" /proc/self/mountinfo)" 0
}

case $engine_name in
docker) docker_start ;;
podman) podman_root_start ;;
podman-rootless) podman_user_start ;;
*) exit 2 ;;
esac
"${label}_import" "$BUSYBOX_TAR" busybox

view_start
for round in 1 2; do
	run "web$round-$$"
	browse "web$round-$$"
	if [ "$label" = docker ]; then
		removed_while_read "web$round-$$" engine rm -f "web$round-$$"
	else
		removed_while_read "web$round-$$" engine rm -f -t 0 "web$round-$$"
	fi
done

# Stopped is gone, and started again is there again.
run "again-$$"
check_eq "it is read" "$(quick cat "$VIEW/$host/srv/deep/file")" deep
check "it stops" engine stop -t 0 "again-$$"
check_not "its folder is gone" quick test -e "$VIEW/$host"
check "it starts" engine start "again-$$"
check_eq "it is read again" "$(quick cat "$VIEW/$host/srv/deep/file")" deep
check_eq "and its volume" "$(quick cat "$VIEW/$host/vol/file")" volume

# Killed, with all that reads it.
start_readers
check "it is killed" engine kill -s KILL "again-$$"
wait_for "its folder is gone" eval '! test -e "$VIEW/$host"' || checks_failed=$((checks_failed + 1))
stop_readers
check "it is removed" engine rm -f "again-$$"
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
