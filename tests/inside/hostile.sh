#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nsrun --inside in a hostile container without an engine: planted interpreters, libraries and links, TIOCSTI,
# ends of the container and of nsrun, and the line in the log. Controls show that the attack works on the plain way.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/inside/common.sh"

busybox=/bin/busybox
# In a place of its own, to find its processes by their arguments.
nsrun=$TEST_TMP/nsrun
cp "$NSVIEW_BIN/nsrun" "$nsrun"
sum=$(sha256sum <"$nsrun")
unchanged() { [ "$(sha256sum <"$nsrun")" = "$sum" ]; }
mkdir "$TEST_TMP/vol"
cp "$NSVIEW_BUILD/tests/nsv-intruder" "$TEST_TMP/vol"
cat >"$TEST_TMP/host-sh" <<END
#!/bin/sh
echo "of the host"
END
chmod 755 "$TEST_TMP/host-sh"
container_start --volume "$TEST_TMP/vol:/vol" --setup 'mkdir -p /etc /lib64 /lib/x86_64-linux-gnu /usr/lib/locale /dev/pts
	mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts; [ -e /dev/tty ] || mknod -m 666 /dev/tty c 5 0'
pid=$CT_PID
put() { nsenter -t "$pid" -m /bin/busybox sh -c "$1"; }

# ---- the binary: CVE-2019-5736 ----
put 'printf "#!/proc/self/exe\n" >/evil; chmod 755 /evil'
inside "$pid" /evil >/dev/null 2>&1
check "a script whose interpreter is /proc/self/exe" unchanged
check_not "nsrun itself, started by that, gets no further" inside "$pid" /evil "$pid" $busybox true
# seize.sh tries the same from another process of the container.
mkdir "$TEST_TMP/naive"
cp /bin/busybox "$TEST_TMP/naive"
"$TEST_TMP/naive/busybox" sleep 1000 &
victim=$!
on_exit eval "kill $victim 2>/dev/null || :"
is_naive() { [ "$(readlink /proc/$victim/exe)" = "$TEST_TMP/naive/busybox" ]; }
wait_for "the plain binary" is_naive
exec {exe}<"/proc/$victim/exe"
kill $victim
wait $victim 2>/dev/null
overwrite() { echo x >"/proc/self/fd/$exe"; } 2>/dev/null
check "control: a plain binary can be opened for writing" wait_for "the end of its use" overwrite
check_eq "control: and is overwritten" "$(head -c 1 "$TEST_TMP/naive/busybox")" x
exec {exe}<&-

# ---- what is loaded ----
put 'for f in /etc/ld.so.preload /etc/ld.so.cache /etc/nsswitch.conf /etc/locale.alias; do echo /lib/evil.so >$f; done
	for f in /lib/evil.so /lib/libnss_evil.so.2 /lib/x86_64-linux-gnu/libc.so.6 /lib64/ld-linux-x86-64.so.2; do echo evil >$f; done
	echo "root:x:0:0::/root:/bin/sh" >/etc/passwd; echo "root:x:0:" >/etc/group'
strace -f -qq -e trace=%file,setns,clone -o "$TEST_TMP/trace" "$NSVIEW_BIN/nsrun" --inside -u root "$pid" $busybox true
check_eq "strace: nsrun ran" $? 0
stage=$(sed -n 's/^\([0-9]*\) .*CLONE_NEWNS.*/\1/p' "$TEST_TMP/trace" | tail -n 1)
check "the stage is found" [ -n "$stage" ]
# After the entry: the root, the working directory, /dev/null, and its own link in the host's /proc.
sed -n "/^$stage .*setns(.*CLONE_NEWNS/,\$p" "$TEST_TMP/trace" | grep "^$stage " | grep '"' |
	grep -v -e 'chroot("."' -e 'chdir("/' -e '"/dev/null"' -e '"dev/null"' -e '"self/fd/' -e '"dev"' -e '"null"' -e 'AT_EMPTY_PATH) =' -e 'getcwd(' >"$TEST_TMP/opened"
check_eq "after the entry the stage opens nothing of the container but /dev/null" "$(cat "$TEST_TMP/opened")" ''
check_eq "nor is anything planted opened" "$(grep -e evil -e 'nsswitch' -e 'ld.so' "$TEST_TMP/trace" | grep -e evil -e "^$stage ")" ''
check_eq "nsrun's copy and the container's program are executed" "$(grep -c 'execve.*= 0' "$TEST_TMP/trace")" 3
put 'rm /etc/ld.so.preload'

# ---- links to the host ----
put "mkdir -p /links; ln -s $TEST_TMP/host-sh /links/sh; ln -s /../../../..$TEST_TMP/host-sh /links/up; ln -s /proc/self/cwd/../../..$TEST_TMP/host-sh /links/magic"
for link in sh up magic; do
	inside "$pid" /links/$link >"$TEST_TMP/out" 2>/dev/null
	check_eq "/links/$link leads nowhere" $? 127
	check_eq "/links/$link prints nothing" "$(cat "$TEST_TMP/out")" ''
done
check_eq "control: it leads to the host's program" "$("/proc/$pid/root/links/sh")" "of the host"
says 125 "working directory can't be entered" "$NSVIEW_BIN/nsrun" --inside -w "/proc/self/fd/5" "$pid" $busybox true
for fd in 3 4 5 6 7 8 9 10; do
	check_not "no fd to leave by: $fd (CVE-2024-21626)" inside -w "/proc/self/fd/$fd" "$pid" $busybox cat ../../../../../../etc/hostname
done

# ---- the caller's terminal ----
in_terminal() { # COMMAND...: in a pseudo-terminal of its own
	timeout -s KILL 60 setsid script -qec "$(printf '%q ' "$@")" /dev/null </dev/null
}
for options in '' -i; do
	# shellcheck disable=SC2086 # none or one word
	check_eq "TIOCSTI ${options:-without -i}" "$(in_terminal "$NSVIEW_BIN/nsrun" --inside $options "$pid" /vol/nsv-intruder tiocsti | tr -d '\r')" failed
done
check_eq "control: a program that nsenter starts types into the terminal" \
	"$(in_terminal nsenter -t "$pid" -m "/vol/nsv-intruder" tiocsti | tr -d '\r' | grep -o typed)" typed

# ---- the log ----
mkdir "$TEST_TMP/dev"
touch "$TEST_TMP/dev/null"
timeout 60 python3 - "$TEST_TMP/dev/log" >"$TEST_TMP/logged" <<'END' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("ready", flush=True)
sys.stdout.buffer.write(s.recv(8192) + b"|end\n")
END
log=$!
on_exit eval "kill $log 2>/dev/null || :"
wait_for "the log" grep -q ready "$TEST_TMP/logged"
# The host's /dev may have a log of its own.
unshare -m --propagation private sh -c 'mount --bind /dev/null "$1/null" && mount --rbind "$1" /dev && shift && exec "$@"' sh \
	"$TEST_TMP/dev" "$NSVIEW_BIN/nsrun" --inside -u 0 "$pid" $busybox echo $'two\nlines' $'\e[31mred' >/dev/null
wait $log
logged=$(sed 1d "$TEST_TMP/logged")
check_eq "one line is logged, and nothing in it controls a terminal" "$(grep -c '|end$' <<<"$logged") $(tr -d '[:print:]' <<<"$logged" | wc -c)" "1 1"
case $logged in
'<85>'*"nsrun["*"]: inside: uid=$(id -u) loginuid="*" container=$pid engine="*" id="*" pid=$pid user=0 command=$busybox echo two"*'|end') ;;
*) check_eq "it says user, container and command" "$logged" "..." ;;
esac

# ---- ends ----
helpers() { pgrep -f "^$nsrun --inside"; }
no_helpers() { ! helpers; }
mkfifo "$TEST_TMP/ready"
mark=98$$
start() { # nsrun with a program that runs until it is killed; sets $run
	"$nsrun" --inside "$pid" $busybox sh -c 'echo ready; exec /bin/busybox sleep '$mark </dev/null >"$TEST_TMP/ready" 2>/dev/null &
	run=$!
	read -r word <"$TEST_TMP/ready"
	check_eq "the program runs" "$word" ready
	check "and so does nsrun" helpers
}
no_program() { ! pgrep -f "^/bin/busybox sleep $mark\$"; }
start
kill -KILL $run
wait $run 2>/dev/null
check "kill -9 of nsrun ends the program" wait_for "its end" no_program
check "and leaves no process of nsrun" wait_for "their end" no_helpers
start
# shellcheck disable=SC2046 # one, or what an earlier check has found left
kill -KILL $(pgrep -f "^/bin/busybox sleep $mark\$")
wait $run 2>/dev/null
check_eq "a program that is killed: 137" $? 137
start
container_stop
wait $run 2>/dev/null
check_eq "a container that ends: 137" $? 137

# ---- a container that has reached its limit of processes ----
group=/sys/fs/cgroup/pids
[ -d $group ] || group=/sys/fs/cgroup
group=$group/nsview-inside-$$
group_end() {
	# shellcheck disable=SC2046 # PIDs
	kill -KILL $(cat $group/cgroup.procs) 2>/dev/null
	wait_for "the cgroup to be empty" rmdir $group
}
full() { [ "$(cat $group/pids.current)" = 20 ]; }
mkdir $group
on_exit eval "[ ! -d $group ] || group_end"
[ -e $group/pids.max ] || test_skip "no pids controller in $group"
echo 20 >$group/pids.max
for caps in a80425fb a80c25fb; do
	container_start --volume "$TEST_TMP/vol:/vol" /vol/nsv-intruder wait $caps
	wait_for "the container" grep -q "CapBnd:.*$caps" "/proc/$CT_PID/status"
	echo "$CT_PID" >$group/cgroup.procs
	check "a fork bomb" inside -d "$CT_PID" /vol/nsv-intruder bomb
	check "the container is full" wait_for "the bomb" full
	if [ $caps = a80425fb ]; then
		check_eq "a program starts all the same, in its cgroup" "$(inside "$CT_PID" $busybox sh -c \
			'while read -r line; do echo "$line"; done </proc/self/cgroup' | grep -c nsview-inside)" 1
		check_not "and counts" inside "$CT_PID" $busybox sh -c '(:); :'
	else
		says 125 "its limit of processes is reached" "$NSVIEW_BIN/nsrun" --inside "$CT_PID" $busybox true
	fi
	check "nor did the bomb get further" wait_for "the same number" full
	container_stop
	wait_for "the bomb's end" grep -qx 0 $group/pids.current
done
check "nothing is left" wait_for "the end of all" no_helpers
check "the binary is the same" unchanged
test_done
