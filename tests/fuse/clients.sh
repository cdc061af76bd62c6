#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Ordinary programs read a Debian in a container: they end, and print the same through the view as on the host for
# the same tree, but for the differences that nsviewd(8) states. No access time changes. clients/table.sh says how a
# row is run and compared; the rows are in clients/files.sh, archives.sh, programs.sh, servers.sh and exceptions.sh.
#
# NSVIEW_CLIENTS=all runs every row, with programs that `scripts/deps clients` installs; else the quick ones run.
# Prints the table with the results.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"
. "$NSVIEW_SOURCE/tests/fuse/clients/table.sh"
. "$NSVIEW_SOURCE/tests/fuse/clients/tree.sh"
. "$NSVIEW_SOURCE/tests/fuse/clients/files.sh"
. "$NSVIEW_SOURCE/tests/fuse/clients/archives.sh"
. "$NSVIEW_SOURCE/tests/fuse/clients/programs.sh"
. "$NSVIEW_SOURCE/tests/fuse/clients/servers.sh"
. "$NSVIEW_SOURCE/tests/fuse/clients/exceptions.sh"

[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
for tool in git sqlite3 python3 setfattr setfacl setcap; do
	command -v $tool >/dev/null || test_skip "$tool is not installed"
done
debian_tar
# A signal may come right after the mount.
mounted() { # DIR OPTION...: mounts on a new folder until the test ends
	mkdir "$1" || exit 1
	on_exit unmounted "$1"
	mount "${@:2}" "$1" || exit 1
}

unmounted() {
	! mountpoint -q "$1" || umount -l "$1"
}

# Only after the view's end can a command that hangs in it end.
on_exit clients_ended
# A file system that writes down every access: the view is seen to cause none.
disk=$TEST_TMP/disk tree=$TEST_TMP/disk/tree
mounted "$disk" -t tmpfs -o strictatime,mode=755 tmpfs
mkdir "$tree"
# Where a look at it leaves none: the way of the native side.
quiet=$TEST_TMP/quiet
mounted "$quiet" --bind "$tree"
mount -o remount,bind,noatime "$quiet" || exit 1
mounted "$TEST_TMP/out-view" -t tmpfs tmpfs
mounted "$TEST_TMP/out-native" -t tmpfs tmpfs
clients_tree "$tree" || exit 1

access_times() {
	find "$quiet" \( -path "$quiet/srv/follow" -o -path "$quiet/srv/wal" \) -prune -o ! -type l -printf '%p %A@\n' | sort
}

# Runs the table's rows for a view.
view_run() { # VIEW OPTIONS HOSTNAME NATIVE
	view_start -o "allow_other,$2"
	on_exit clients_stop
	clients_run "$1" "$VIEW/$3" "$4" "$4"
	view_stop
	check_eq "$1: SIGTERM ends it well" $? 0
}

# Only overlays, not the tree, get the changes of the rest of this test. All layers are on one file system, as those
# of engines: else a folder's inode number would change when another test drops the kernel's caches.
overlay() { # NAME: mounts one over the tree on $TEST_TMP/NAME
	local upper=$disk/$1

	mkdir "$upper" "$upper/work" "$upper/dir"
	mounted "$TEST_TMP/$1" -t overlay -o "lowerdir=$tree,upperdir=$upper/dir,workdir=$upper/work" overlay
}

said() { # VIEW NAME: the file with what a row said
	echo "$TEST_TMP/results/$1/${2//[^[:alnum:]]/-}"
}

container_start --hostname "plain$$" --rootdir "$tree" --bare --no-proc
access_times >"$TEST_TMP/before"
view_run auto cache=auto "plain$$" "$quiet"
check "no access time changed" diff -a "$TEST_TMP/before" <(access_times)
cat "$tree/srv/sums" >/dev/null
check_not "an access would have been seen" diff -a "$TEST_TMP/before" <(access_times)

# That they had something to say.
while IFS=: read -r name what; do
	check "$name says $what" grep -aq -- "$what" "$(said auto "$name")"
done <<-'END'
	debsums:.*OK$
	dpkg -l:ii  dpkg
	sqlite3:^ok$
	md5sum -c:file-77: OK
	zipfile:Done testing
	mmap:libc\.so\.6
	find -samefile and -links:hard-2
	as another user:shadow: Permission denied
	getcap:cap_net_raw
	getfattr:user\.colour
	getfacl:user:1234:r
	gcc --sysroot:^ROOT/.*/libc\.so\.6
	tail -F:short
	less +F:another two
	lsof:nROOT/srv/db
	http.server:large 200
END

# Control: what the rows compare tells a changed byte, time and attribute.
overlay changed
(
	cd "$TEST_TMP/changed/srv/many" || exit
	printf L | dd of=file-10 conv=notrunc status=none && touch -r "$tree/srv/many/file-10" file-10
	touch -d "$(stat -c %y file-11 | sed 's/\.[0-9]*/.000000001/')" file-11
	setfattr -n user.colour -v blau file-2
)
while IFS=: read -r name file; do
	clients_native "$name" "$TEST_TMP/changed" "$TEST_TMP/control"
	check_eq "control: a change of $file is seen by $name" \
		"$(clients_same "$name" "$TEST_TMP/control" "$(said auto "$name").wanted" | grep -a '^[<>]' | grep -ac "$file")" 2
done <<-'END'
	contents:srv/many/file-10$
	modification times:srv/many/file-11
	getfattr:user.colour=0x
END

overlay merged
echo more >>"$TEST_TMP/merged/srv/sums"
rm "$TEST_TMP/merged/srv/many/file-1"
container_start --hostname "over$$" --rootdir "$TEST_TMP/merged" --bare --no-proc \
	/bin/sh -c 'exec 3</srv/held; exec /usr/bin/sleep 1000000'
# gdb attaches to it.
wait_for "the container sleeps" grep -q nanosleep "/proc/$CT_PID/wchan"
view_run raw links=raw "over$$" "$TEST_TMP/merged"
view_run always cache=always "over$$" "$TEST_TMP/merged"
check "gdb finds the container's libraries" grep -aq 'ROOT/.*libc\.so\.6' "$(said always "gdb sysroot")"
limits=$(clients_limits)
for why in "${clients_why[@]}"; do
	check "nsviewd(8) states: $why" grep -qF -- "$why" <<<"$limits"
done
clients_table
if [ ${#clients_missing[@]} -gt 0 ] && [ "$checks_failed" -eq 0 ]; then
	test_skip "the other programs agree; not installed: ${!clients_missing[*]}"
fi
test_done
