#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Ways to mount and unmount a view: in the background, by mount(8) and fstab(5), as an ordinary user,
# twice, and where mounting is impossible.
#
# Runs in a mount namespace of its own, where /dev/fuse is open to all users and nsviewd is installed.
if [ "$(id -u)" = 0 ] && [ "${1-}" != alone ]; then
	exec unshare --mount --propagation private bash "$0" alone
fi
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

[ "$(id -u)" = 0 ] || test_skip "the view is mounted as root"
[ -c /dev/fuse ] || test_skip "there is no /dev/fuse"
point=$TEST_TMP/point
bin=/usr/local/sbin
mkdir "$point" "$TEST_TMP/bin" "$TEST_TMP/dev"
cp "$NSVIEW_BIN/nsviewd" "$TEST_TMP/bin/"
on_exit umount "$TEST_TMP/dev"
mount -t tmpfs none "$TEST_TMP/dev"
mknod -m 666 "$TEST_TMP/dev/fuse" c 10 229
[ -d "$bin" ] || bin=/usr/sbin
if [ "$bin" = /usr/sbin ]; then
	touch "$bin/nsviewd" && mount --bind "$TEST_TMP/bin/nsviewd" "$bin/nsviewd"
else
	mount --bind "$TEST_TMP/bin" "$bin"
fi
end() {
	local pid

	while grep -q " $point " /proc/self/mountinfo; do umount -l "$point" || break; done
	for pid in $(daemons); do kill -9 "$pid"; done
	umount "$bin"/nsviewd 2>/dev/null || umount "$bin"
}
on_exit end
PATH=$bin:$PATH

quick() {
	timeout -k 5 30 "$@"
}
options_of() { # of the topmost mount
	awk -v p="$1" '$5 == p { o = $6 "," $NF; t = $(NF - 2) " " $(NF - 1) } END { print t, o }' \
		/proc/self/mountinfo
}
views() {
	grep -c " $point " /proc/self/mountinfo
}
daemons() { # PIDs of those that still run the program of this test
	local exe

	for exe in /proc/[0-9]*/exe; do
		[ "$exe" -ef "$TEST_TMP/bin/nsviewd" ] && cut -d/ -f3 <<<"$exe"
	done
}
main_daemon() { # the one without a name of its own
	local pid

	for pid in $(daemons); do
		[ "$(cat "/proc/$pid/comm")" != nsviewd ] || echo "$pid"
	done
}
gone() {
	[ "$(views)" = 0 ] && [ -z "$(daemons)" ]
}

container_start --hostname "fm$$"
echo inside >"/proc/$CT_PID/root/file"

# In the background: it is there when the command returns.
check "nsviewd" quick nsviewd "$point"
check_eq "the container is there" "$(quick cat "$point/fm$$/file")" inside
check_eq "how it is mounted" "$(options_of "$point")" \
	"fuse.nsviewd nsviewd ro,nosuid,nodev,noexec,relatime,ro,user_id=0,group_id=0,default_permissions"
for again in "$point" "$point/" "$point/../point"; do
	check_eq "twice is refused" "$(quick nsviewd "$again" 2>&1; echo $?)" \
		"nsviewd: $point: the view is mounted there already
1"
done
check_eq "it is there once" "$(views)" 1
exec {held}<"$point/fm$$/file"
check "--unmount, with a file open" quick nsviewd --unmount "$point"
check_eq "it is gone" "$(views)" 0
exec {held}<&-
wait_for "the daemon ends" gone
check "umount(8)" eval 'quick nsviewd "$point" && umount "$point"'
wait_for "the daemon ends" gone
mkdir "$point/hidden"
check "-o nonempty" quick nsviewd -o nonempty "$point"
check_not "hides what is there" test -e "$point/hidden"
check "and gives it back" eval 'nsviewd --unmount "$point" && rmdir "$point/hidden"'
wait_for "the daemon ends" gone

# In the foreground.
for end in 'nsviewd --unmount "$point"' 'umount "$point"' 'kill -TERM $pid' 'kill -INT $pid' 'kill -HUP $pid'; do
	# Not by &: what bash starts so ignores SIGINT.
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' nsviewd -f "$point" &
	pid=$!
	wait_for "it is mounted" test -d "$point/fm$$"
	check "$end" eval "$end"
	wait $pid
	check_eq "-f ends well by: $end" $? 0
	check "and nothing is left" wait_for "the end" gone
done

# A crashed run.
check "nsviewd" quick nsviewd "$point"
kill -9 "$(main_daemon)"
wait_for "it is dead" eval '! ls "$point"'
check "the next one clears its mount" quick nsviewd "$point"
check_eq "one is left" "$(views)" 1
check_eq "which works" "$(quick cat "$point/fm$$/file")" inside
check "--unmount" quick nsviewd --unmount "$point"
wait_for "the daemon ends" gone

# One that ends late, after the next was mounted on the same place, with the same device number: the
# kernel gives that out again at once.
device() {
	awk -v p="$point" '$5 == p { print $3 }' /proc/self/mountinfo
}
next_is_left() { # COMMAND...: what runs nsviewd
	local old was

	for _ in 1 2 3 4 5 6 7 8 9 10; do
		"$@" nsviewd "$point"
		was=$(device)
		old=$(main_daemon)
		# shellcheck disable=SC2086 # PIDs
		kill -STOP $old
		quick nsviewd --unmount "$point"
		"$@" nsviewd "$point"
		[ "$(device)" != "$was" ] || break
		# shellcheck disable=SC2086
		kill -CONT $old
		umount "$point" && wait_for "the daemon ends" gone
	done
	check_eq "the same number again" "$(device)" "$was"
	# shellcheck disable=SC2086
	kill -CONT $old
	wait_for "the late one ends" eval '! grep -qxF "$old" <<<"$(daemons)"' || return
	check_eq "the next is left alone" "$(views)" 1
	check "and works" "$@" ls "$point"
	umount "$point"
	wait_for "the daemon ends" gone
}
next_is_left quick

# mount(8) and fstab(5).
if command -v mount.fuse3 >/dev/null; then
	check "mount -t" quick mount -t fuse.nsviewd nsviewd "$point" -o allow_other,links=raw
	check_eq "how it is mounted" "$(options_of "$point")" "fuse.nsviewd nsviewd-raw ro,nosuid,nodev,noexec,relatime,ro,user_id=0,group_id=0,default_permissions,allow_other"
	check_eq "and it works" "$(quick cat "$point/fm$$/file")" inside
	check "umount" umount "$point"
	wait_for "the daemon ends" gone
	check_eq "an error gets through" \
		"$(quick mount -t fuse.nsviewd nsviewd "$point" -o bogus 2>&1; echo $?)" \
		"nsviewd: unknown option '-o bogus' (try 'nsviewd --help')
2"
	echo "nsviewd $point fuse.nsviewd allow_other,nofail,noauto,x-systemd.automount 0 0" >"$TEST_TMP/fstab"
	check "fstab" quick mount -T "$TEST_TMP/fstab" "$point"
	check_eq "works" "$(quick cat "$point/fm$$/file")" inside
	umount "$point"
	wait_for "the daemon ends" gone
else
	[ "${NSVIEW_TESTS_MUST_RUN-}" != 1 ] || check "mount.fuse3 is installed" false
fi

# Ordinary users, by fusermount3.
as_user() {
	quick setpriv --reuid 65534 --regid 65534 --clear-groups "$@" 2>&1 </dev/null
}
mount --bind "$TEST_TMP/dev/fuse" /dev/fuse
check_eq "in a folder of another" "$(as_user nsviewd "$point"; echo $?)" \
	"fusermount3: user has no write access to mountpoint $point
1"
check "root's" quick nsviewd "$point"
check_eq "is not theirs to unmount" "$(as_user nsviewd --unmount "$point"; echo $?)" \
	"nsviewd: $point: can't unmount: Operation not permitted
1"
check "and there still" quick nsviewd --unmount "$point"
wait_for "the daemon ends" gone
chown 65534 "$point"
check "in their own" as_user nsviewd "$point"
check "it can be listed" as_user ls "$point"
check_not "root's container is not theirs to see" as_user test -e "$point/fm$$"
check_not "others may not look, not even root" quick ls "$point"
check "how it is mounted" grep -q "fuse.nsviewd nsviewd ro,nosuid,nodev,noexec,.*user_id=65534" \
	<<<"$(options_of "$point")"
check "--unmount" as_user nsviewd --unmount "$point"
wait_for "the daemon ends" gone
next_is_left as_user
if ! grep -q '^ *user_allow_other' /etc/fuse.conf 2>/dev/null; then
	check_eq "allow_other is the administrator's to allow" \
		"$(as_user nsviewd -o allow_other "$point"; echo $?)" \
		"fusermount3: option allow_other only allowed if 'user_allow_other' is set in /etc/fuse.conf
1"
fi
# Where it is allowed others get what the files' modes let them have, and not what the owner may read.
echo user_allow_other >"$TEST_TMP/fuse.conf"
mount --bind "$TEST_TMP/fuse.conf" /etc/fuse.conf
container_start --hostname "fo$$" --userns --owner 65534 --setup 'umask 022
	echo all >/all; echo own >/own; chmod 600 /own'
check "allow_other" as_user nsviewd -o allow_other "$point"
other() {
	quick setpriv --reuid 65533 --regid 65533 --clear-groups "$@" 2>&1 </dev/null
}
check_eq "the owner may read" "$(as_user cat "$point/fo$$/own")" own
check_eq "another may read what is for all" "$(other cat "$point/fo$$/all")" all
check_eq "and not what is the owner's" "$(other cat "$point/fo$$/own")" \
	"cat: $point/fo$$/own: Permission denied"
check "--unmount" as_user nsviewd --unmount "$point"
wait_for "the daemon ends" gone
umount /etc/fuse.conf

# No /dev/fuse.
umount /dev/fuse
: >"$TEST_TMP/dev/none"
mount --bind "$TEST_TMP/dev/none" /dev/fuse
check_eq "what is no /dev/fuse" "$(quick nsviewd "$point" 2>&1; echo $?)" \
	"nsviewd: mount failed: Invalid argument
1"
umount /dev/fuse
check "nothing is left" gone
test_done
