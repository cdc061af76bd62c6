#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsrun beside a container: what the tool sees, what it does not, and how it ends.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

# Leaks can't be looked for in a process that has made itself undumpable.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
nsrun=$NSVIEW_BIN/nsrun
web=run-$$
tool= # the PID of a running nsrun; a PID that has ended is another's sooner or later
end_tool() { [ -z "$tool" ] || kill -KILL "$tool" 2>/dev/null || :; }
on_exit end_tool

container_start --net --hostname "$web" --setup "
echo nameserver 192.0.2.53 >/etc/resolv.conf
echo 192.0.2.7 inner-$$ >/etc/hosts
mkdir -p /srv/sub /vol
mount -t tmpfs none /vol
echo text >/srv/file
echo text >/vol/file
ln -s /srv/file /link
echo '#!/bin/sh' >/srv/script; chmod 755 /srv/script
mknod /srv/null c 1 3"
pid=$CT_PID helper=$CT_HELPER
ns() { readlink "/proc/$1/ns/$2"; }
in_tool() { "$nsrun" "$pid" sh -c "$1"; }

# ---- namespaces ----
for kind in mnt pid uts ipc user cgroup; do
	check_not "$kind is not the container's" test "$(in_tool "readlink /proc/self/ns/$kind")" = "$(ns "$pid" $kind)/"
done
check_eq "the network is" "$(in_tool 'readlink /proc/self/ns/net')" "$(ns "$pid" net)"
check_eq "pid, uts, ipc and user are the host's" "$(in_tool 'cd /proc/self/ns; readlink pid uts ipc user')" \
	"$(cd /proc/self/ns && readlink pid uts ipc user)"
check_not "the mounts are not" test "$(in_tool 'readlink /proc/self/ns/mnt')" = "$(ns self mnt)"
check_eq "by name" "$("$nsrun" "$web" readlink /proc/self/ns/net)" "$(ns "$pid" net)"
check_eq "by PID:INODE" \
	"$("$nsrun" "$pid:$(stat -Lc %i /proc/"$pid"/ns/mnt)" readlink /proc/self/ns/net)" "$(ns "$pid" net)"
says 125 "$pid is in mount namespace" "$nsrun" "$pid:1" true
check_eq "-u replaces the default" \
	"$("$nsrun" -u "$pid" sh -c 'hostname; readlink /proc/self/ns/net')" "$web
$(ns self net)"
check_eq "each can be had" "$("$nsrun" -n -u -i -C "$pid" sh -c 'cd /proc/self/ns; readlink net uts ipc cgroup')" \
	"$(cd "/proc/$pid/ns" && readlink net uts ipc cgroup)"
check_eq "by its file" "$("$nsrun" --files=none --uts="/proc/$pid/ns/uts" $$ hostname 2>"$TEST_TMP/note")" "$web"
check "a process of the host has a note" grep -q 'note: ' "$TEST_TMP/note"
check_eq "as nsenter writes it" "$("$nsrun" -u="/proc/$pid/ns/uts" "$pid" hostname)" "$web"
says 125 "is the file of a UTS namespace, not of a network namespace" \
	"$nsrun" --net="/proc/$pid/ns/uts" "$pid" true
says 125 "not a namespace file" "$nsrun" --net=/etc/passwd "$pid" true
says 125 "its path has a slash" "$nsrun" --net=nowhere "$pid" true
says 125 "nsrun --inside -it SPEC sh" "$nsrun" -it "$pid" sh
check_eq "no network" "$("$nsrun" --net=none "$pid" ls /sys/class/net)" lo
check_not "it is no one's" test "$("$nsrun" --net=none "$pid" readlink /proc/self/ns/net)" = "$(ns self net)"
says 125 "-m: in its mount namespace COMMAND would be the container's" "$nsrun" -m "$pid" true
says 125 "-p: in its PID namespace the container could trace COMMAND" "$nsrun" --pid "$pid" true

# A mount namespace without a process: its files, and a network that is named.
touch "$TEST_TMP/mnt"
mount --bind "$TEST_TMP" "$TEST_TMP"
mount --make-private "$TEST_TMP"
on_exit umount -l "$TEST_TMP"
mount --bind "/proc/$pid/ns/mnt" "$TEST_TMP/mnt"
on_exit umount "$TEST_TMP/mnt"
says 125 "does not tell its network namespace" "$nsrun" "$TEST_TMP/mnt" true
check_eq "with --net its files are there, and its DNS" \
	"$("$nsrun" --net="/proc/$pid/ns/net" "$TEST_TMP/mnt" sh -c 'cat "$NSVIEW_ROOT/srv/file" /etc/resolv.conf')" "text
nameserver 192.0.2.53"
check_eq "that without --files, too" \
	"$("$nsrun" --files=none --net="/proc/$pid/ns/net" "$TEST_TMP/mnt" cat /etc/resolv.conf)" \
	'nameserver 192.0.2.53'
# That file is mounted in the host's own namespace now. A clone of that can't hold it.
check_eq "a file of a mount namespace is left out of the files" \
	"$("$nsrun" $$ sh -c "cat \$NSVIEW_ROOT/etc/hostname; test -s \$NSVIEW_ROOT$TEST_TMP/mnt" 2>/dev/null)" "$(cat /etc/hostname)"

# ---- DNS and /sys ----
check_eq "resolv.conf" "$(in_tool 'cat /etc/resolv.conf')" 'nameserver 192.0.2.53'
check_eq "a name of its hosts" "$(in_tool "getent hosts inner-$$" | tr -s ' ')" "192.0.2.7 inner-$$"
check_not "control: the host does not know it" getent hosts "inner-$$"
check_eq "nsswitch" "$(in_tool "grep ^hosts: /etc/nsswitch.conf")" 'hosts: files dns'
check_eq "other lines stay" "$(in_tool "grep -v ^hosts: /etc/nsswitch.conf")" \
	"$(grep -v -e ^hosts: -e '^$' /etc/nsswitch.conf)"
check_eq "the host's" "$("$nsrun" --dns=host "$pid" cat /etc/resolv.conf)" "$(cat /etc/resolv.conf)"
check_eq "the host's with the host's network" "$("$nsrun" -u "$pid" cat /etc/resolv.conf)" "$(cat /etc/resolv.conf)"
check_eq "/sys shows its devices" "$(in_tool 'ls /sys/class/net')" lo
check_not "control: the host has others" test "$(ls /sys/class/net)" = lo
check_eq "the rest of /sys is there" "$(in_tool 'ls /sys/fs/cgroup')" "$(ls /sys/fs/cgroup)"
check_not "/sys is read-only" "$nsrun" "$pid" touch /sys/class/net/x

# The host's own resolv.conf is often a link, to a file that another program has yet to make.
other_etc() { # MAKE COMMAND...: COMMAND over another /etc, to which the shell line MAKE was done
	mkdir "$TEST_TMP/etc" && cp /etc/passwd /etc/group /etc/nsswitch.conf /etc/hosts "$TEST_TMP/etc"
	(cd "$TEST_TMP/etc" && eval "$1")
	unshare -m --propagation private sh -c 'mount --bind "$1" /etc && shift && exec "$@"' sh "$TEST_TMP/etc" "${@:2}" 2>&1
	rm -r "${TEST_TMP:?}/etc"
}
check_eq "a link that leads nowhere is covered itself" \
	"$(other_etc 'ln -s /nowhere/x resolv.conf' "$nsrun" "$pid" cat /etc/resolv.conf)" 'nameserver 192.0.2.53'
check "without one a note says so" grep -q "note: $pid: the host has no /etc/resolv.conf" \
	<(other_etc : "$nsrun" "$pid" true)

# ---- files ----
root=$(in_tool 'echo "$NSVIEW_ROOT"')
check_eq "the root's place" "$root" /run/nsview/root
check_eq "a file" "$(in_tool 'cat "$NSVIEW_ROOT/srv/file"')" text
check_eq "a volume's" "$(in_tool 'cat "$NSVIEW_ROOT/vol/file"')" text
check_eq "names" "$(in_tool 'ls "$NSVIEW_ROOT"')" "$(ls "/proc/$pid/root")"
check_eq "a link is shown" "$(in_tool 'readlink "$NSVIEW_ROOT/link"')" /srv/file
check_not "and not followed" in_tool 'cat "$NSVIEW_ROOT/link"'
check_not "read-only" in_tool 'echo x >"$NSVIEW_ROOT/srv/file"'
check_not "nothing is executed" in_tool '"$NSVIEW_ROOT/srv/script"'
check_not "no device is opened" in_tool 'cat <"$NSVIEW_ROOT/srv/null"'
check_eq "proc and sys are empty" "$(in_tool 'ls -A "$NSVIEW_ROOT/proc" "$NSVIEW_ROOT/sys" | grep -v :')" ''
check_eq "find ends, in every mount" \
	"$(in_tool 'find "$NSVIEW_ROOT" -name file | sort')" "$root/srv/file
$root/vol/file"
check_eq "-w root:" "$("$nsrun" -w root: "$pid" cat srv/file)" text
check_eq "-w root:PATH" "$("$nsrun" -w root:/srv "$pid" pwd)" "$root/srv"
check_eq "-w root:PATH follows links inside" "$("$nsrun" -w root:/../srv/sub/.. "$pid" pwd)" "$root/srv"
says 125 "root:nope: No such file" "$nsrun" -w root:nope "$pid" true
says 125 "root:srv/file: Not a directory" "$nsrun" -w root:srv/file "$pid" true
check_eq "-w DIR" "$("$nsrun" -w /usr/bin "$pid" pwd)" /usr/bin
check_eq "without -w: here" "$(cd /usr && "$nsrun" "$pid" pwd)" /usr
check_eq "-I" "$("$nsrun" -I % "$pid" echo %/a b%c%)" "$root/a b${root}c$root"
check_eq "the command's name stays" "$("$nsrun" -I e "$pid" echo x)" x
says 125 "an empty text" "$nsrun" -I '' "$pid" true
check_eq "--files=none" "$("$nsrun" --files=none "$pid" sh -c 'echo "${NSVIEW_ROOT-none}"; ls /run/nsview/root')" none
says 125 "-I and -w root: are about the files" "$nsrun" --files=none -w root: "$pid" true

# ---- environment, user, fds ----
check_eq "the caller's environment" "$(NSVIEW_T=a "$nsrun" "$pid" sh -c 'echo $NSVIEW_T')" a
check_eq "--env" "$("$nsrun" --env A=1 --env=B=x=y --env A=2 "$pid" sh -c 'echo $A $B')" '2 x=y'
says 125 "is not NAME=VALUE" "$nsrun" --env A "$pid" true
check_eq "-S and -G" "$(setpriv --groups 0,5,6 "$nsrun" -S 12 -G 34 "$pid" sh -c 'id -u; id -g; id -G')" '12
34
34'
check_eq "without capabilities" "$("$nsrun" -S 12 "$pid" grep CapEff /proc/self/status)" "CapEff:	0000000000000000"
says 125 "is not a value of -S" "$nsrun" -S root "$pid" true
exec 7</etc/passwd
check_not "no other fd goes along" "$nsrun" "$pid" sh -c 'cat <&7'
check "control: it would" sh -c 'cat <&7'
exec 7<&-

# ---- the end ----
ends() {
	local wanted=$1

	shift
	"$@" >"$TEST_TMP/out" 2>&1
	check_eq "$* ends with" "$?" "$wanted"
}
ends 0 "$nsrun" "$pid" true
ends 7 "$nsrun" "$pid" sh -c 'exit 7'
ends 7 "$nsrun" "$pid" -- sh -c 'exit 7'
ends 137 "$nsrun" "$pid" sh -c 'kill -KILL $$'
ends 143 "$nsrun" "$pid" sh -c 'kill -TERM $$'
says 127 "nsrun: no-such-command: No such file" "$nsrun" "$pid" no-such-command
says 126 "nsrun: /etc: Permission denied" "$nsrun" "$pid" /etc
says 125 "no-such-$$: no such container" "$nsrun" "no-such-$$" true
says 125 "which container?" "$nsrun"
says 125 "nsrun: --inside comes first" "$nsrun" -n --inside "$pid"
check_eq "options of COMMAND are its own" "$("$nsrun" "$pid" echo -n --help -n)" '--help -n'

# Signals: to nsrun, for COMMAND.
signalled() { # NAME: a tool that catches it says so, and has had it once
	local out=$TEST_TMP/signalled

	: >"$out"
	"$nsrun" "$pid" bash -c "trap 'echo got $1 >>\"$out\"; exit 3' $1; echo ready >>\"$out\"
		while :; do read -r -t 0.1 _ <> <(:); done" &
	tool=$!
	wait_for "the tool runs" grep -q ready "$out"
	kill -"$1" $tool
	wait $tool
	check_eq "$1: its status" $? 3
	tool=
	check_eq "$1 is passed on" "$(cat "$out")" "ready
got $1"
}
for name in TERM HUP USR1 ALRM RTMIN; do signalled $name; done

state() { awk '/^State/ { print $2 }' "/proc/$1/status"; }
"$nsrun" "$pid" sleep 1000 &
tool=$!
child() { pgrep -P "$tool" -x sleep; }
wait_for "the tool runs" child
sleep_pid=$(child)
is() { [ "$(state "$1")" = "$2" ]; }
kill -TSTP $tool
check "SIGTSTP stops the tool" wait_for "tool stopped" is "$sleep_pid" T
check "and nsrun" wait_for "nsrun stopped" is $tool T
kill -CONT $tool
check "SIGCONT continues both" wait_for "tool goes on" is "$sleep_pid" S
check "nsrun goes on" wait_for "nsrun goes on" is $tool S

# nsrun is killed: the tool ends too, and no mount stays.
kill -KILL $tool
wait $tool 2>/dev/null
tool=
gone() { [ ! -d "/proc/$1" ]; }
check "SIGKILL of nsrun ends the tool" wait_for "tool gone" gone "$sleep_pid"

# ---- the container ends ----
container_start --net
short=$CT_PID short_helper=$CT_HELPER
mkfifo "$TEST_TMP/go"
"$nsrun" "$short" sh -c "echo ready; read -r _ <$TEST_TMP/go; echo done" >"$TEST_TMP/out" 2>&1 &
tool=$!
wait_for "the tool runs" grep -q ready "$TEST_TMP/out"
container_stop "$short_helper"
check "a line says so at once" wait_for "the line" grep -q "nsrun: note: $short: has ended" "$TEST_TMP/out"
echo >"$TEST_TMP/go"
wait $tool
check_eq "and the status is 1" $? 1
tool=
check "the tool went on" grep -q 'done' "$TEST_TMP/out"

# Of several processes one ends: the container lives.
container_start --net --share-pid /bin/sh -c 'sleep 1000 & sleep 1001'
second() { pgrep -P "$CT_PID" | head -n 1; }
wait_for "it has another" second
other=$(second)
"$nsrun" "$other" sh -c "echo ready; read -r _ <$TEST_TMP/go" >"$TEST_TMP/out" 2>"$TEST_TMP/errors" &
tool=$!
wait_for "the tool runs" grep -q ready "$TEST_TMP/out"
kill "$other"
check "one process ended" wait_for "other gone" eval "[ ! -d /proc/$other ] || is $other Z"
echo >"$TEST_TMP/go"
wait $tool
status=$? tool=
check_eq "the container lives on" "$status $(grep -v 'PID namespace' "$TEST_TMP/errors")" '0 '

# ---- an ordinary user: the owner of a container ----
owner=54321
container_start --net --userns --owner $owner --setup 'umask 077
echo nameserver 192.0.2.54 >/etc/resolv.conf; chown 5:5 /etc/resolv.conf; echo text >/mine; chown 7:7 /mine'
cp "$nsrun" "$TEST_TMP/nsrun" # the build's folder may be closed to others
as_owner() { (cd / && exec setpriv --reuid $owner --regid $owner --clear-groups "$@"); }
check_eq "its owner: its network, DNS, files" "$(as_owner "$TEST_TMP/nsrun" -w root: "$CT_PID" sh -c \
	'readlink /proc/self/ns/net; cat /etc/resolv.conf mine; ls /sys/class/net; id -u')" "$(readlink "/proc/$CT_PID/ns/net")
nameserver 192.0.2.54
text
lo
0"
check_not "control: without nsrun the owner can't" as_owner cat "/proc/$CT_PID/root/mine"
mkdir "$TEST_TMP/runtime"
chown $owner "$TEST_TMP/runtime"
with_empty_run() { (cd / && unshare -m --propagation private sh -c 'mount -t tmpfs -o mode=755 none /run && exec "$@"' sh "$@"); }
check_eq "without /run/nsview a place of the owner's own" \
	"$(with_empty_run setpriv --reuid $owner --clear-groups env XDG_RUNTIME_DIR="$TEST_TMP/runtime" \
		"$TEST_TMP/nsrun" "$CT_PID" sh -c 'cat $NSVIEW_ROOT/mine; echo $NSVIEW_ROOT')" "text
$TEST_TMP/runtime/nsview/root"
check_eq "or that of temporary mounts" \
	"$(with_empty_run setpriv --reuid $owner --clear-groups env -u XDG_RUNTIME_DIR \
		"$TEST_TMP/nsrun" "$CT_PID" sh -c 'cat $NSVIEW_ROOT/mine; echo $NSVIEW_ROOT')" "text
/mnt/root"
check_eq "root makes it" "$(with_empty_run "$nsrun" "$pid" sh -c 'echo $NSVIEW_ROOT; ls /run')" "/run/nsview/root
nsview"
says 125 "needs root or CAP_SYS_PTRACE" setpriv --reuid 54322 --clear-groups "$TEST_TMP/nsrun" "$CT_PID" true

# ---- nothing stays ----
check_eq "no mount stays" "$(grep -c /run/nsview /proc/self/mountinfo)" 0
check_eq "the folder is empty" "$(ls -A /run/nsview)" ''
check_eq "the container has no mount of ours" "$(grep -c -e nsview/root -e nsrun "/proc/$pid/mountinfo")" 0
test_done
