#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An ordinary user's view shows all files of the user's rootless containers, also those of other mapped
# IDs, and no other files. Also checks identity and lifetime of the helper processes.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/debian.sh"
. "$NSVIEW_SOURCE/tests/fixtures/podman.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

view_for_users
busybox_tar
podman_user_start
podman_import "$BUSYBOX_TAR" busybox

# What is the host's: its root's, and one that has the user's group.
mkdir -p "$TEST_TMP/host/closed"
for name in root group closed/file; do
	echo "of the host" >"$TEST_TMP/host/$name"
done
chgrp "$TEST_USER" "$TEST_TMP/host/group"
chmod 600 "$TEST_TMP/host/root" "$TEST_TMP/host/group"
chmod 700 "$TEST_TMP/host/closed"

web=owner$$
podman_run "web-$$" --hostname "$web" -v vol:/vol -v atime:/atime -v "$TEST_TMP/host:/host" busybox /bin/busybox sleep 100000
web_pid=$CT_PID
native=/proc/$web_pid/root
check "files in it" engine exec "web-$$" /bin/busybox sh -euc '
	b=/bin/busybox
	for top in /srv /vol; do
		$b mkdir -p $top/p/deep/deeper $top/p/tree
		echo secret >$top/p/secret; echo deep >$top/p/deep/deeper/file; echo all >$top/of-all
		for i in 1 2 3 4 5 6 7 8 9; do echo "word $i" >$top/p/tree/$i; done
		$b ln -s ../secret $top/p/tree/relative; $b ln $top/p/tree/1 $top/p/tree/hard
		$b ln -s $top/p/deep/deeper/file $top/p/absolute
		$b ln -s deep/deeper $top/p/folder; $b ln -s folder/../up $top/p/through; echo up >$top/p/deep/up
		$b chmod 600 $top/p/secret $top/p/tree/? $top/p/deep/deeper/file
		$b chmod 700 $top/p $top/p/deep $top/p/tree
		$b chown -R 1000:1000 $top/p $top/of-all; $b chown -R 33:33 $top/p/deep/deeper
		$b chown 2000:2000 $top/p/tree/2; $b chmod 711 $top/p/deep/deeper
		$b mkdir $top/run-only; $b chown 1000 $top/run-only; echo x >$top/run-only/x; $b chmod 711 $top/run-only
	done
	echo x >/atime/private; echo y >/atime/all; $b chmod 600 /atime/private
	$b chown -R 1000:1000 /atime; $b touch -a -d @978307200 /atime/* /atime'
setfattr -n user.test -v value "$native/vol/p/secret" || test_skip "no extended attributes of users here"

view_user_copy
VIEW=$TEST_TMP/view
install -d -o "$TEST_USER" "$VIEW"
processes() { # COMM
	pgrep -u "$TEST_USER" -x "$1"
}
none_left() {
	! processes nsviewd-spawner && ! processes nsviewd-owner
}
left() {
	wait_for "the end of its processes" none_left || ! ps -o pid,ppid,stat,wchan,comm -u "$TEST_USER"
}
user_view_start() { # OPTION...
	as_user "$TEST_TMP/bin/nsviewd" -f "$@" "$VIEW" 2>>"$TEST_TMP/errors" &
	VIEW_JOB=$!
	wait_for "the view is mounted" view_is_there || {
		cat "$TEST_TMP/errors"
		exit 1
	}
	DAEMON=$(ps -o ppid= -p "$(processes nsviewd-spawner)" | tr -d ' ')
}
user_view_end() { # SIGNAL
	kill "-$1" "$DAEMON"
	wait_for "the daemon ends" podman_process_gone "$DAEMON"
	# A request that a server has, and never answers, can't be killed in the kernel.
	[ -z "${hungfs-}" ] || kill -9 "$hungfs"
	check "no process is left after SIG$1" left
	umount -l "$VIEW" 2>/dev/null
	wait "$VIEW_JOB" 2>/dev/null
	return 0
}
on_exit eval "kill -9 \$(processes nsviewd) 2>/dev/null; umount -l $VIEW 2>/dev/null || :"

user_view_start
ct=$VIEW/$web
check_not "control: without the user namespace the owner may not" as_user_quick cat "$native/srv/p/secret"
check_not "no worker while nobody asked for one" processes nsviewd-owner
for top in srv vol; do
	check_eq "a file of another ID in $top" "$(as_user_quick cat "$ct/$top/p/secret")" secret
	check_eq "of a third in it" "$(as_user_quick cat "$ct/$top/p/deep/deeper/file")" deep
	check_eq "a listing" "$(as_user_quick ls -A "$ct/$top/p")" "$(ls -A "$native/$top/p")"
	check_eq "one that can't be listed by others" "$(as_user_quick ls -A "$ct/$top/run-only")" x
	check_eq "a link" "$(as_user_quick readlink "$ct/$top/p/tree/relative")" ../secret
	check_eq "an absolute one" "$(as_user_quick cat "$ct/$top/p/absolute")" deep
	check_eq "its text" "$(as_user_quick readlink "$ct/$top/p/absolute")" "../../$top/p/deep/deeper/file"
	check_eq "through another, and back" "$(as_user_quick cat "$ct/$top/p/through")" up
	check_eq "its text" "$(as_user_quick readlink "$ct/$top/p/through")" "../../$top/p/deep/up"
	check_eq "attributes" \
		"$(as_user_quick find "$ct/$top" ! -type l -printf '%P|%y|%m|%n|%U|%G|%s|%b|%T@|%C@\n' | sort)" \
		"$(find "$native/$top" ! -type l -printf '%P|%y|%m|%n|%U|%G|%s|%b|%T@|%C@\n' | sort)"
	check_eq "tar" "$(as_user_quick tar -C "$ct/$top/p/tree" --sort=name -cf - . | sha256sum)" \
		"$(tar -C "$native/$top/p/tree" --sort=name --atime-preserve=system -cf - . | sha256sum)"
	check_eq "grep -r" "$(as_user_quick grep -r word "$ct/$top" | sed "s,^$ct,," | sort)" \
		"$(grep -r word "$native/$top" | sed "s,^$native,," | sort)"
	check_eq "all of it" "$(as_user_quick find "$ct/$top" -type f -exec cat {} + 2>&1 | sort | sha256sum)" \
		"$(find "$native/$top" -type f -exec cat {} + | sort | sha256sum)"
	check_eq "what is not there" "$(as_user_quick cat "$ct/$top/p/deep/none" 2>&1)" \
		"cat: $ct/$top/p/deep/none: No such file or directory"
done
check_eq "an attribute" "$(as_user_quick getfattr --absolute-names --only-values -n user.test "$ct/vol/p/secret")" value
check_eq "all of them" "$(as_user_quick getfattr --absolute-names -d "$ct/vol/p/secret" | grep user)" 'user.test="value"'
check "by a worker" processes nsviewd-owner

# Not what the namespace does not map. The control: the same bytes are there for root.
for name in root group closed/file; do
	check_eq "control: root reads $name" "$(quick cat "$native/host/$name")" "of the host"
	check_eq "the user may not" "$(as_user_quick cat "$ct/host/$name" 2>&1)" "cat: $ct/host/$name: Permission denied"
done
check_not "nor list" as_user_quick ls "$ct/host/closed"
check_not "another user may not look, nor root" quick ls "$VIEW"

# Nor may others, where they are let in.
user_view_end TERM
echo user_allow_other >"$TEST_TMP/fuse.conf"
mount --bind "$TEST_TMP/fuse.conf" /etc/fuse.conf
on_exit umount /etc/fuse.conf
user_view_start -o allow_other
other() {
	quick setpriv --reuid 65533 --regid 65533 --clear-groups "$@" 2>&1 </dev/null
}
check_eq "control: another user reads what is for all" "$(other cat "$ct/srv/of-all")" all
for file in srv/p/secret vol/p/deep/deeper/file host/root; do
	check_eq "but not $file" "$(other cat "$ct/$file")" "cat: $ct/$file: Permission denied"
done
check_not "nor its attributes" other getfattr --absolute-names -n user.test "$ct/vol/p/secret"
user_view_end TERM
user_view_start
check_eq "the owner, again" "$(as_user_quick cat "$ct/srv/p/secret")" secret

# Who has entered can't be looked into from inside, where root has all capabilities.
podman_run "look-$$" --hostname "look$$" --pid host --privileged busybox /bin/busybox sleep 100000
as_user nsenter --preserve-credentials "--user=/proc/$CT_PID/ns/user" sleep 100000 &
wait_for "the control" eval 'control=$(processes sleep | tail -n 1) && [ "$(readlink "/proc/$control/ns/user")" = "$(readlink "/proc/$CT_PID/ns/user")" ]'
control=$(processes sleep | tail -n 1)
on_exit eval "kill $control 2>/dev/null || :"
worker=$(processes nsviewd-owner | head -n 1)
check_eq "it is in that user namespace" "$(readlink "/proc/$worker/ns/user")" "$(readlink "/proc/$CT_PID/ns/user")"
check_eq "with two capabilities" "$(grep ^CapPrm "/proc/$worker/status")" "$(printf 'CapPrm:\t000000000000000c')"
check_eq "no new ones" "$(grep ^NoNewPrivs "/proc/$worker/status")" "$(printf 'NoNewPrivs:\t1')"
check_eq "and no fd but its own" "$(readlink "/proc/$worker"/fd/* | sed 's/:.*//' | sort -u)" "$(printf '/dev/null\n/proc\nsocket')"
for pid in $control $worker $(processes nsviewd-spawner); do
	for file in environ mem maps; do
		expected=check
		[ "$pid" = "$control" ] || expected=check_not
		$expected "from inside, $file of $pid ($(cat "/proc/$pid/comm"))" engine exec "look-$$" /bin/busybox sh -c ": </proc/$pid/$file"
	done
done
kill "$control"

# The container does not notice.
check_eq "what nobody else reads" "$(as_user_quick grep -r . "$ct/atime" | sed 's,.*/,,' | sort)" "$(printf 'all:y\nprivate:x')"
for file in all private .; do
	check_eq "no access time changed, of $file" "$(stat -c %X "$native/atime/$file")" 978307200
done

# What a process of another ID writes through a mapping makes no event: its processes are looked through.
cat >"$TEST_TMP/writer.py" <<'END'
import ctypes, mmap, os, sys
libc = ctypes.CDLL(None, use_errno=True)
for ns in [os.open("/proc/%s/ns/%s" % (sys.argv[1], kind), os.O_RDONLY) for kind in ("user", "mnt")]:
    if libc.setns(ns, 0) < 0:
        sys.exit("setns: " + os.strerror(ctypes.get_errno()))
    os.close(ns)
os.setgroups([])
os.setresgid(1000, 1000, 1000)
os.setresuid(1000, 1000, 1000)
file = os.open("/vol/p/mapped", os.O_RDWR | os.O_CREAT, 0o600)
os.write(file, b"before" + 4090 * b".")
mapping = mmap.mmap(file, 4096, mmap.MAP_SHARED)
os.close(file)
print("mapped", flush=True)
sys.stdin.readline()
mapping[0:6] = b"after."
print("written", flush=True)
sys.stdin.readline()
END
command -v python3 >/dev/null || test_skip "python3 is not installed"
coproc WRITER { exec python3 "$TEST_TMP/writer.py" "$web_pid"; }
read -r -t 30 said <&"${WRITER[0]}"
check_eq "a file is mapped" "$said" mapped
check_eq "its bytes" "$(as_user_quick head -c 6 "$ct/vol/p/mapped")" before
echo >&"${WRITER[1]}"
read -r -t 30 said <&"${WRITER[0]}"
check_eq "they are changed" "$said" written
check "and seen to have" wait_for "what was written" eval '[ "$(as_user_quick head -c 6 "$ct/vol/p/mapped")" = after. ]'
echo >&"${WRITER[1]}"

# Containers share the namespace: the last takes the workers with it.
SECONDS=0
check "one container is removed" engine rm -f -t 0 "look-$$"
check "the other is read" as_user_quick cat "$ct/vol/p/secret"
check "by a worker still" processes nsviewd-owner
mkfifo -m 666 "$TEST_TMP/go"
exec {opened}< <(as_user_quick sh -c "exec 3<$ct/vol/p/tree/2; echo opened; read -r _ <$TEST_TMP/go; exec cat <&3")
read -r -t 30 said <&"$opened"
check_eq "a file is open" "$said" opened
check "the last is removed" engine rm -f -t 0 "web-$$"
check "at once, not in $SECONDS s" test $SECONDS -lt 20
check_not "it is gone" as_user_quick test -e "$ct"
echo >"$TEST_TMP/go"
read -r -t 30 said <&"$opened"
check_eq "what is open is read on" "$said" "word 2"
check "and the workers" wait_for "the workers' end" eval '! processes nsviewd-owner'
user_view_end TERM

# A container that hangs in a worker, and another of the same namespace.
for name in hung well; do
	podman_run "$name-$$" --hostname "$name$$" busybox /bin/busybox sleep 100000
	check "files in it" engine exec "$name-$$" /bin/busybox sh -euc '/bin/busybox mkdir -p /p/hung
		echo hello >/p/file; /bin/busybox chmod 700 /p; /bin/busybox chown -R 1000:1000 /p'
	[ "$name" != hung ] || hung_pid=$CT_PID
done
stuck_workers() {
	[ "$(processes nsviewd-owner | wc -l)" -ge "$1" ]
}
for signal in TERM KILL; do
	exec {hungfs_out}< <(exec "$NSVIEW_BUILD/tests/hungfs" "$hung_pid" /p/hung)
	hungfs=$!
	on_exit eval "kill -9 $hungfs 2>/dev/null || :"
	read -r -t 30 said <&"$hungfs_out"
	check_eq "the container has its hung mount" "$said" mounted
	user_view_start -o remote,entry_timeout=3600,attr_timeout=3600
	for i in 1 2 3 4 5 6; do
		as_user cat "$VIEW/hung$$/p/hung/o" >/dev/null 2>&1 &
	done
	check "workers are stuck" wait_for "stuck workers" stuck_workers 6
	check_eq "the other is read" "$(as_user_quick cat "$VIEW/well$$/p/file")" hello
	check_eq "and the one that hangs" "$(as_user_quick cat "$VIEW/hung$$/p/file")" hello
	# Watched, though it may not be read: else these would be believed for an hour.
	check_eq "a listing" "$(as_user_quick ls "$VIEW/well$$/p")" "$(printf 'file\nhung')"
	check_not "a name that is not there" as_user_quick test -e "$VIEW/well$$/p/new-$signal"
	check "is made" engine exec "well-$$" /bin/busybox sh -c "echo changed >/p/new-$signal; echo more >>/p/file"
	check "and seen" wait_for "a new name" as_user_quick cat "$VIEW/well$$/p/new-$signal"
	check "with the other file's change" wait_for "new bytes" as_user_quick grep -q more "$VIEW/well$$/p/file"
	check "both are put back" engine exec "well-$$" /bin/busybox sh -c "/bin/busybox rm /p/new-$signal; echo hello >/p/file"
	user_view_end $signal
done

check_eq "no sanitizer has anything to say" "$(grep -E 'ERROR: |runtime error|WARNING: ThreadSanitizer' "$TEST_TMP/errors")" ''
test_done
