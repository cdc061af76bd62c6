#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A hostile container and a tool of the host beside it (nsrun): planted resolv.conf and hosts, links,
# mounts that change, libraries, variables, a process that looks for the tool. Each control shows that
# the same attack works against the plain way.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

# Leaks can't be looked for in a process that has made itself undumpable.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
# By a name of its own, to find its processes.
name=nsr-$$ nsrun=$TEST_TMP/nsr-$$
cp "$NSVIEW_BIN/nsrun" "$nsrun"
secret=$TEST_TMP/secret
echo "nameserver 198.51.100.66 # the host's secret" >"$secret"
host_mounts() { grep -v -e "$TEST_TMP" /proc/self/mountinfo | grep -e nsview/ -e nsrun; }

container_start --net --setup 'mkdir -p /srv /vol /late; mount -t tmpfs none /vol; echo text >/vol/file; cp /etc/passwd /srv'
pid=$CT_PID
inside() { nsenter -t "$pid" -m /bin/busybox "$@"; }
# What runs: processes, and groups of processes. A PID that has ended is another's sooner or later.
tool='' nscd='' fs='' background='' seen=''
end_all() {
	local pid

	for pid in $tool $nscd $fs ${background:+-$background} ${seen:+-$seen}; do kill -KILL -- "$pid" 2>/dev/null; done
	return 0
}
on_exit end_all

# background COMMAND...: the same, until background_end; nsenter becomes the command.
background() {
	setsid nsenter -t "$pid" -m /bin/busybox "$@" 2>/dev/null &
	background=$!
}
background_gone() { ! kill -0 -- -"$background" 2>/dev/null; }
background_end() { # and what it has started
	kill -KILL -- -"$background"
	wait "$background" 2>/dev/null
	wait_for "the end of what ran in the container" background_gone
	background=
}
plain=/proc/$pid/root
in_tool() { timeout -s KILL 60 "$nsrun" "$pid" "$@"; }

# ---- resolv.conf and hosts ----
plant() { # COMMAND: makes /etc/resolv.conf in the container
	inside rm -rf /etc/resolv.conf /etc/hosts
	inside sh -c "$1"
}
noted() { # TEXT: the tool runs, its resolv.conf is empty, and a note says why
	check_eq "$1: the tool runs without it" "$(in_tool cat /etc/resolv.conf 2>"$TEST_TMP/errors")" ''
	check "$1: and says so" grep -q "note: $pid: its /etc/resolv.conf can't be read.*$1" "$TEST_TMP/errors"
}
plant 'mkfifo /etc/resolv.conf'
noted 'No such device or address'
{ timeout -s KILL 1 cat "$plain/etc/resolv.conf"; } >/dev/null 2>&1
check_eq "control: cat waits for the FIFO" $? 137
plant 'ln -s /dev/zero /etc/resolv.conf'
noted 'No such device'
plant 'yes nameserver 192.0.2.1 | head -c 70000 >/etc/resolv.conf'
noted 'longer than 64 KiB'
plant 'truncate -s 1099511627776 /etc/resolv.conf'
noted 'longer than 64 KiB'
plant 'mkdir /etc/resolv.conf'
noted 'Is a directory'
plant "ln -s $secret /etc/resolv.conf"
check_eq "a link to the host leads nowhere" "$(in_tool cat /etc/resolv.conf)" ''
check_eq "control: through /proc it leads to the host" "$(cat "$plain/etc/resolv.conf")" "$(cat "$secret")"
plant "ln -s ../../../../../../..$secret /etc/resolv.conf"
check_eq "nor does one with .." "$(in_tool cat /etc/resolv.conf)" ''
plant "ln -s /proc/self/root$secret /etc/resolv.conf"
check_eq "nor a magic one" "$(in_tool cat /etc/resolv.conf 2>/dev/null)" ''
plant "ln -s /srv/passwd /etc/hosts; ln -s /run/r /etc/resolv.conf; echo nameserver 192.0.2.9 >/run/r"
check_eq "a link inside is followed inside" "$(in_tool cat /etc/resolv.conf)" 'nameserver 192.0.2.9'

# Swapped while it is read: a file of the container's, or nothing; never the host's.
plant "echo good >/etc/a; ln -s $secret /etc/b; cp /etc/a /etc/resolv.conf"
background sh -c \
	'while :; do cp -P /etc/b /etc/c; mv /etc/c /etc/resolv.conf; cp /etc/a /etc/c; mv /etc/c /etc/resolv.conf; done'
caught() { [ "$(cat "$plain/etc/resolv.conf" 2>/dev/null)" = "$(cat "$secret")" ]; }
check "control: a plain reader gets the host's file" wait_for "the swap" caught
for ((i = 0; i < ${NSVIEW_ROUNDS:-40}; i++)); do
	case $(in_tool cat /etc/resolv.conf 2>/dev/null) in
	'' | good) ;;
	*) check "the swapped file is never the host's" false ;;
	esac
done
background_end

# A FUSE server that never answers, below /etc.
if [ -w /dev/fuse ]; then
	plant 'mkdir -p /hung; ln -s /hung/f /etc/resolv.conf'
	exec {hung}< <(exec "$NSVIEW_BUILD/tests/hungfs" "$pid" /hung)
	fs=$!
	read -r -t 30 _ <&"$hung"
	check_eq "a server that hangs: the tool runs, without resolv.conf and the server's folder" \
		"$(in_tool sh -c 'cat /etc/resolv.conf; ls -A $NSVIEW_ROOT/hung; cat $NSVIEW_ROOT/vol/file' 2>"$TEST_TMP/errors")" text
	check "and says so" grep -q "its /etc/resolv.conf can't be read.*Connection timed out" "$TEST_TMP/errors"
	check "of both" grep -q "/hung is left out of its files" "$TEST_TMP/errors"
	{ timeout -s KILL 1 cat "$plain/hung/f"; } >/dev/null 2>&1
	check_eq "control: a plain reader hangs" $? 137
	# The last reference to the mount aborts it, so kill first.
	kill -9 "$fs"
	fs=
	inside umount -l /hung
fi
plant 'echo nameserver 192.0.2.53 >/etc/resolv.conf'

# ---- links ----
inside ln -s "$secret" /evil
inside ln -s "/proc/1/root$secret" /evil2
inside ln -s / /up
for link in evil evil2 "up$secret" "srv/../up$secret" "proc/1/root$secret" "proc/self/root$secret"; do
	check_not "no link leads out: $link" in_tool cat "/run/nsview/root/$link"
done
check_eq "control: one does in /proc/PID/root" "$(cat "$plain/evil")" "$(cat "$secret")"
says 125 "root:proc/1/root: No such file" "$nsrun" -w root:proc/1/root "$pid" true
check_eq "-w root:up is its own root" "$(timeout 60 "$nsrun" -w root:up "$pid" sh -c 'ls -A .')" "$(ls -A "$plain/")"
check_eq "find -L stays inside" "$(in_tool find -L /run/nsview/root/up /run/nsview/root/evil -maxdepth 1 -name secret 2>/dev/null)" ''

# ---- mounts: neither way, and no trace ----
mkfifo "$TEST_TMP/go" "$TEST_TMP/ready"
# held COMMAND: a tool that says ready, waits for a line and runs COMMAND; its output in "out".
held() {
	"$nsrun" -w root:vol "$pid" sh -c "echo >$TEST_TMP/ready; read -r _ <$TEST_TMP/go; $1" >"$TEST_TMP/out" 2>&1 &
	tool=$!
	read -r _ <"$TEST_TMP/ready"
}
released() {
	echo >"$TEST_TMP/go"
	wait "$tool"
	tool=
}
# A copy of the container's mounts that propagates is the control.
inside mount --make-rshared /
held 'ls -A $NSVIEW_ROOT/late'
background unshare -m --propagation slave /bin/busybox sleep 1000
copy=$background
is_copied() {
	case $(readlink "/proc/$copy/ns/mnt") in "$(readlink "/proc/$pid/ns/mnt")" | "$(readlink /proc/self/ns/mnt)" | '') return 1 ;; esac
	# After unshare(2), which comes before the change of propagation, it executes sleep.
	[ "$(tr '\0' ' ' <"/proc/$copy/cmdline")" = '/bin/busybox sleep 1000 ' ]
}
wait_for "the copy" is_copied
inside mount -t tmpfs late /late
inside touch /late/mounted
check "control: a copy that propagates has it" nsenter -t $copy -m /bin/busybox test -e /late/mounted
released
check_eq "what the container mounts meanwhile is not in the files" "$(cat "$TEST_TMP/out")" ''
background_end
inside umount /late

before=$(cat "/proc/$pid/mountinfo")
held 'mount -t tmpfs tool /mnt; umount -l $NSVIEW_ROOT/vol; mount -t tmpfs tool $NSVIEW_ROOT; grep -c " tool " /proc/self/mountinfo'
inside umount /vol
check_eq "the container unmounts what the tool sits in" $? 0
inside mount -t tmpfs none /vol
released
check_eq "the tool's mounts are its own" "$(cat "$TEST_TMP/out")" 2
check_eq "the host has none of them" "$(grep -c ' tool ' /proc/self/mountinfo)" 0
check_eq "nor has the container" "$(grep -c ' tool ' "/proc/$pid/mountinfo")" 0
inside sh -c 'echo text >/vol/file'
(cd "$plain/vol" && check_not "control: a shell in the folder keeps it busy" inside umount /vol)
check_eq "one mount more or less" "$(wc -l <"/proc/$pid/mountinfo")" "$(wc -l <<<"$before")"
mounts_note "$pid"

# Also where the host's mounts propagate, as systemd sets them up.
shared() { unshare -m --propagation shared sh -c '"$@"; grep -c " toolx " /proc/self/mountinfo' sh "$@"; }
check_eq "no mount of the tool gets out" "$(shared "$nsrun" "$pid" mount -t tmpfs toolx /mnt)" 0
check_eq "control: of a copy that propagates it would" \
	"$(shared unshare -m --propagation unchanged mount -t tmpfs toolx /mnt)" 1
check_eq "what the host unmounts goes away" "$(unshare -m --propagation shared sh -c "
	mkdir -p $TEST_TMP/disk; mount -t tmpfs toolx $TEST_TMP/disk
	$nsrun $pid sh -c 'echo >$TEST_TMP/ready; read -r _ <$TEST_TMP/go; grep -c \" toolx \" /proc/self/mountinfo' &
	read -r _ <$TEST_TMP/ready; umount $TEST_TMP/disk; echo >$TEST_TMP/go; wait")" 0

# Mounts that come and go while the tool starts: it starts, or says why it does not.
background sh -c 'while :; do mount -t tmpfs flood /late; mount -t proc flood /late; umount /late; umount /late; done'
for ((i = 0; i < ${NSVIEW_ROUNDS:-40}; i++)); do
	said=$(in_tool cat /run/nsview/root/vol/file 2>&1)
	check_eq "a tool in a flood of mounts" "$said" text
done
background_end
inside sh -c 'umount /late; umount /late' 2>/dev/null

# Folders above mounts are swapped, so that a path to a proc leads to a volume: no volume is missing
# without a word.
cat >"$TEST_TMP/sound.awk" <<'AWK'
# Counts volumes, and folders that lie over anything but a file system of the kernel.
{ for (i = 7; $i != "-"; i++); type[$1] = $(i + 1) }
$(i + 2) == "treasure" { volumes++ }
$(i + 2) == "nsrun" && $5 ~ "^/run/nsview/root/" { over[$1] = $2 }
END {
	for (m in over) if (type[over[m]] !~ /^(proc|sysfs|devpts|mqueue|cgroup2?)$/) wrong++
	print volumes + 0, wrong + 0
}
AWK
inside sh -c 'mkdir -p /p1/x /p2/x; mount -t proc none /p1/x; mount -t tmpfs treasure /p2/x'
background sh -c 'while :; do mv /p1 /p3; mv /p2 /p1; mv /p3 /p2; done'
for ((i = 0; i < ${NSVIEW_ROUNDS:-40}; i++)); do
	said=$(in_tool awk -f "$TEST_TMP/sound.awk" /proc/self/mountinfo 2>&1)
	case $said in
	'1 0' | *'renames folders above its mounts'*) ;;
	*) check_eq "the volume whose folder is renamed" "$said" '1 0' ;;
	esac
done
background_end
inside sh -c 'umount /p1/x; umount /p2/x; rm -r /p1 /p2 /p3' 2>/dev/null
mounts_note "$pid"

# ---- libraries and modules ----
inside sh -c 'mkdir -p /etc /lib/x86_64-linux-gnu; echo hosts: evil files >/etc/nsswitch.conf; echo /lib/evil.so >/etc/ld.so.preload; echo x >/lib/libnss_evil.so.2'
strace -f -qq -e trace=%file -o "$TEST_TMP/trace" "$nsrun" "$pid" getent hosts localhost >/dev/null
check "the trace is one" grep -q 'execve(.*getent' "$TEST_TMP/trace"
check_eq "the tool opens nothing of the container" \
	"$(sed -n '/execve("[^"]*\/getent"/,$p' "$TEST_TMP/trace" | grep -e evil -e nsview/root -e "/proc/$pid")" ''
check_eq "and nsrun executes nothing of it" "$(grep -c 'execve(.*= 0' "$TEST_TMP/trace")" 2

# A resolver of the host that any program would ask first.
mkdir "$TEST_TMP/nscd"
cat >"$TEST_TMP/nscd.py" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1] + "/socket")
s.listen(16)
print("listening", flush=True)
while True:
    s.accept()[0].close()
    print("asked", flush=True)
END
python3 "$TEST_TMP/nscd.py" "$TEST_TMP/nscd" >"$TEST_TMP/asked" &
nscd=$!
wait_for "the cache" grep -q listening "$TEST_TMP/asked"
with_nscd() {
	unshare -m --propagation private sh -c 'mount -t tmpfs none /run && mkdir /run/nscd && mount --bind "$1" /run/nscd &&
		shift && exec "$@"' sh "$TEST_TMP/nscd" "$@"
}
with_nscd "$nsrun" "$pid" getent hosts "nobody-$$.invalid" >/dev/null
check_eq "the host's nscd is not asked" "$(grep -c asked "$TEST_TMP/asked")" 0
with_nscd getent hosts "nobody-$$.invalid" >/dev/null
check "control: it would be" grep -q asked "$TEST_TMP/asked"
kill "$nscd"
wait "$nscd" 2>/dev/null
nscd=

# ---- variables ----
container_start --net /bin/busybox env "BASH_ENV=\$(touch $TEST_TMP/ran)" "LD_PRELOAD=/evil.so" "PATH=/evil" "HOME=/evil" \
	"PERL5OPT=-x" 'BASH_FUNC_ls%%=() { evil; }' "PGHOST=db" "TOKEN=t" /bin/busybox sleep 1000
check_eq "no variable is taken unasked" "$("$nsrun" "$CT_PID" sh -c 'echo "${PGHOST-none}"')" none
check_eq "with --env-of-container those that run nothing" \
	"$("$nsrun" --env-of-container "$CT_PID" bash -c 'echo $PGHOST $TOKEN ${BASH_ENV-} ${LD_PRELOAD-} ${PERL5OPT-}; command -V ls | head -n 1 | cut -c1-5')" 'db t
ls is'
check_eq "what the host has stays" "$("$nsrun" --env-of-container "$CT_PID" sh -c 'echo $PATH')" "$PATH"
check_not "nothing ran" test -e "$TEST_TMP/ran"
check_eq "by name any" "$("$nsrun" --env-of-container=HOME,PGHOST "$CT_PID" sh -c 'echo $HOME $PGHOST ${TOKEN-}')" '/evil db'
xargs -0 sh -c 'exec env "$@" bash -c true' sh <"/proc/$CT_PID/environ" 2>/dev/null
(while IFS= read -r -d '' v; do case $v in BASH_ENV=*) export "${v?}" ;; esac; done <"/proc/$CT_PID/environ" && bash -c true)
check "control: taking all runs the container's code" test -e "$TEST_TMP/ran"
container_stop

# ---- the tool is out of sight ----
held 'echo done'
sees_tool() {
	nsenter -t "$pid" -m -p /bin/busybox sh -c \
		"cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -q '[r]ead -r _ <$TEST_TMP/go'"
}
check_not "the container has no number for the tool" sees_tool
setsid nsenter -t "$pid" -n -p sh -c "read -r _ <$TEST_TMP/go" &
seen=$!
check "control: a tool in its PID namespace is seen" wait_for "the tool" sees_tool
kill -KILL -- "-$seen"
wait "$seen" 2>/dev/null
seen=
released
container_start --net --share-pid
"$nsrun" "$CT_PID" true 2>"$TEST_TMP/errors"
check "with the host's PID namespace a note says so" \
	grep -q "shares the host's PID namespace and has CAP_SYS_PTRACE" "$TEST_TMP/errors"
container_stop

# ---- what stays ----
helpers() { pgrep -x "$name"; }
no_helpers() { ! helpers; }
for end in 'true' 'false' 'kill -KILL $$' 'kill -KILL $PPID; sleep 1000'; do
	in_tool sh -c "$end" >/dev/null 2>&1
	check "no process stays: $end" wait_for "the end of all" no_helpers
done
for wrong in -w\ root:none --net=/etc/passwd --files=view -S\ 1\ -I\ %\ --files=none; do
	# shellcheck disable=SC2086 # words
	"$nsrun" $wrong "$pid" true >/dev/null 2>&1
done
check_eq "no process stays" "$(helpers)" ''
check_eq "no mount stays" "$(host_mounts)" ''
check_eq "no file stays" "$(ls -A /run/nsview)" ''
check_eq "nothing in the container" "$(inside find / -xdev -name '*nsview*' | grep -v "${TEST_TMP#/}")" ''
test_done
