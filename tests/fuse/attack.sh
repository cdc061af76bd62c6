#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Attacks by the owner of a container on the view: lead a reader to the host; delay all others by one slow
# answer; make the view reach itself. None succeeds.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

container_start --hostname "calm$$" --setup 'mkdir /d; echo hello >/d/f'
container_start --hostname "mean$$" --setup 'mkdir -p /fake /abcde/etc /e /e2 /o
	echo not the host >/abcde/etc/shadow; ln -s /abcde/etc/shadow /fake/self'
mean=$CT_PID

# A folder is mounted over /proc and away while "self" is read: as long as its name and that of the
# folder in which "self" leads to the container's "/etc/shadow".
view_start -o pseudo
python3 - "$mean" <<'END' &
import ctypes, os, sys
libc = ctypes.CDLL(None)
libc.setns(os.open(f'/proc/{sys.argv[1]}/ns/mnt', os.O_RDONLY), 0x20000)
while True:
    libc.mount(b'/fake', b'/proc', None, 4096, None)
    libc.umount2(b'/proc', 2)
END
mounter=$!
on_exit eval "kill $mounter 2>/dev/null || :"
texts() { # of the link $1, for three seconds, and until all of the others were seen
	quick python3 - "$@" <<'END'
import os, sys, time
texts, wanted, start = set(), set(sys.argv[2:]), time.monotonic()
while time.monotonic() < start + (25 if wanted - texts else 3):
    try:
        texts.add(os.readlink(sys.argv[1]))
    except OSError:
        pass
for text in texts:
    print(text)
END
}
seen=$(texts "$VIEW/mean$$/proc/self" 1 ../abcde/etc/shadow)
check "the race is one: both are seen" eval 'grep -qx 1 <<<"$seen" && grep -qx ../abcde/etc/shadow <<<"$seen"'
check_eq "no text leads to the host" "$(grep -c '^/' <<<"$seen")" 0
seen=$(texts "/proc/$mean/root/proc/self" /abcde/etc/shadow)
check "the control: natively one does" grep -qx /abcde/etc/shadow <<<"$seen"
kill "$mounter"
wait "$mounter" 2>/dev/null
view_stop
check_eq "SIGTERM ends it well" $? 0

# A file system that has no ACLs: others may read what its modes let them.
nsenter -t "$mean" -m /bin/busybox mount -t ramfs none /e2
for mode in 644 600; do
	echo "$mode" >"/proc/$mean/root/e2/$mode"
	chmod "$mode" "/proc/$mean/root/e2/$mode"
done
check "the control: it has none" eval 'getfattr -n system.posix_acl_access "/proc/$mean/root/e2/644" 2>&1 |
	grep -q "not supported"'
view_start -o allow_other
other() {
	quick setpriv --reuid 65533 --regid 65533 --clear-groups "$@" 2>&1
}
check_eq "another may read what is for all" "$(other cat "$VIEW/mean$$/e2/644")" 644
check_eq "and not what is the owner's" "$(other cat "$VIEW/mean$$/e2/600")" \
	"cat: $VIEW/mean$$/e2/600: Permission denied"
view_stop
check_eq "SIGTERM ends it well" $? 0

# A user who opens files until it is no more: others can read still.
cat >"$TEST_TMP/hog.py" <<'END'
import os, signal, sys
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[2]))
files = []
try:
    while len(files) < 500:
        files.append(os.open(sys.argv[1], os.O_RDONLY))
except OSError as e:
    print(e.strerror, flush=True)
signal.pause()
END
view_limited() { # by 400 files
	mkdir -p "$TEST_TMP/limited"
	printf '#!/bin/bash\nulimit -n 400\nexec %q "$@"\n' "$NSVIEW_BIN/nsviewd" >"$TEST_TMP/limited/nsviewd"
	chmod 755 "$TEST_TMP/limited/nsviewd"
	NSVIEW_BIN=$TEST_TMP/limited view_start "$@"
}
view_limited -o allow_other
exec {hog}< <(exec python3 "$TEST_TMP/hog.py" "$VIEW/calm$$/d/f" 65533)
hog_pid=$!
on_exit eval "kill $hog_pid 2>/dev/null || :"
read -r -t 30 said <&"$hog"
check_eq "the user gets to a limit" "$said" "Too many open files"
check_eq "root reads" "$(quick cat "$VIEW/calm$$/d/f")" hello
check "and lists" eval 'quick ls "$VIEW" | grep -qx "calm$$"'
exec {hog2}< <(exec python3 "$TEST_TMP/hog.py" "$VIEW/calm$$/d/f" 0)
on_exit eval "kill $! 2>/dev/null || :"
read -r -t 30 said <&"$hog2"
check_eq "root gets to one too" "$said" "Too many open files"
check "and lists still" quick ls -l "$VIEW/calm$$/etc"
kill "$hog_pid" "$!"
view_stop
check_eq "SIGTERM ends it well" $? 0

# A link whose text goes up 800 times, in a folder 4,000 deep.
check "the deep folder" python3 - "$mean" <<'END'
import os, sys
os.chroot(f'/proc/{sys.argv[1]}/root')
os.chdir('/')
for i in range(4000):
    os.mkdir('a')
    os.chdir('a')
os.mkdir('a')
os.symlink('a/../' * 800 + 'x', 'link')
END
view_start -o passthrough=never
check_eq "the others before" "$(quick cat "$VIEW/calm$$/d/f")" hello
cat >"$TEST_TMP/deep.py" <<'END'
import os, sys, time
os.chdir(sys.argv[1])
for i in range(4000):
    os.chdir('a')
print('there', flush=True)
try:
    os.readlink('link')
except OSError:
    pass
print('read', flush=True)
END
exec {deep}< <(exec python3 "$TEST_TMP/deep.py" "$VIEW/mean$$")
on_exit eval "kill $! 2>/dev/null || :"
read -r -t 60 said <&"$deep"
check_eq "a reader gets there" "$said" there
check "a slow answer" python3 - "$VIEW/calm$$/d" <<'END'
import os, sys, time
worst, end = 0, time.monotonic() + 3
i = 0
while time.monotonic() < end:
    i += 1
    began = time.monotonic()
    os.path.exists(f'{sys.argv[1]}/none-{i}')
    worst = max(worst, time.monotonic() - began)
    time.sleep(0.002)
print(f'another container waited for {worst:.3f} s')
sys.exit(worst > 1)
END
read -r -t 10 said <&"$deep"
check_eq "is no slower than this" "$said" read

# An overlay over the view, in a container that has it: its files are asked for through the view, by
# who serves it.
container_start --hostname "over$$" --volume "$VIEW:/view" --setup 'mkdir /e /o; echo hello >/f; echo hello >/g'
over=$CT_PID
check "it is shown" quick test -e "$VIEW/over$$/f"
if nsenter -t "$over" -m /bin/busybox mount -t overlay -o "lowerdir=/view/over$$:/e" overlay /o; then
	check "the control: the container goes round in it" test -e "/proc/$over/root/o/f"
	SECONDS=0
	check "a walk ends" eval 'quick find "$VIEW/over$$/o" >/dev/null 2>&1; [ $? -lt 124 ]'
	check "soon" test "$SECONDS" -lt 10
	check_not "without going round" quick test -e "$VIEW/over$$/o/g"
	check_eq "the rest is there" "$(quick cat "$VIEW/over$$/f")" hello
	nsenter -t "$over" -m /bin/busybox umount /o
else
	echo "no overlay over the view here"
fi
check_eq "the others after" "$(quick cat "$VIEW/calm$$/d/f")" hello
view_stop
check_eq "SIGTERM ends it well" $? 0

# One that mounts without end among thousands of mounts, while nobody looks: it gets a share of a
# processor. The limit is twice as large.
cat >"$TEST_TMP/mounts.py" <<'END'
import ctypes, os, sys, time
libc = ctypes.CDLL(None)
libc.setns(os.open(f'/proc/{sys.argv[1]}/ns/mnt', os.O_RDONLY), 0x20000)
for i in range(3000):
    libc.mount(b'/e', b'/e2', None, 4096, None)
print('mounted', flush=True)
end = time.monotonic() + 3
while time.monotonic() < end:
    libc.mount(b'/e', b'/d', None, 4096, None)
    libc.umount2(b'/d', 2)
    time.sleep(0.002)
print('over', flush=True)
END
cpu_ticks() {
	awk '{ print $14 + $15 }' "/proc/$VIEW_PID/stat"
}
container_start --hostname "busy$$" --setup 'mkdir /e /e2 /d'
view_start
quick ls "$VIEW" >/dev/null
exec {mounts}< <(exec python3 "$TEST_TMP/mounts.py" "$CT_PID")
on_exit eval "kill $! 2>/dev/null || :"
read -r -t 60 said <&"$mounts"
before=$(cpu_ticks)
read -r -t 60 said <&"$mounts"
check_eq "it mounts for three seconds" "$said" over
used=$(($(cpu_ticks) - before))
second=$(getconf CLK_TCK)
check "which took $used ticks of $second a second" test "$used" -lt $((second * 3 / 4))
view_stop
check_eq "SIGTERM ends it well" $? 0

# Two that say they have one ID, as a container in a container has its engine's.
id=$(printf '%064x' "$$")
for group in /sys/fs/cgroup/pids /sys/fs/cgroup; do
	[ ! -w "$group/cgroup.procs" ] || break
done
group_end() {
	wait_for "the group is empty" rmdir "$group/docker/$id"
	rmdir "$group/docker" 2>/dev/null
	return 0
}
if mkdir -p "$group/docker/$id"; then
	on_exit group_end
	for host in twin one-more; do
		container_start --hostname "$host-$$"
		echo "$CT_PID" >"$group/docker/$id/cgroup.procs"
	done
	view_start
	check "both are shown" quick test -d "$VIEW/twin-$$/etc" -a -d "$VIEW/one-more-$$/etc"
	check_eq "the older has the ID" "$(quick readlink "$VIEW/.by-id/$id")" "../twin-$$"
	check_eq "which is listed once" "$(quick ls "$VIEW/.by-id" | grep -cx "$id")" 1
	view_stop
	check_eq "SIGTERM ends it well" $? 0
fi

# One whose root is served by a process that is stopped: the top is listed all the same.
cat >"$TEST_TMP/rooted.py" <<'END'
import ctypes, os, signal, socket, sys
libc = ctypes.CDLL(None)
libc.setns(os.open(f'/proc/{sys.argv[1]}/ns/mnt', os.O_RDONLY), 0x20000)
assert libc.unshare(0x20000 | 0x04000000) == 0
socket.sethostname(sys.argv[2])
os.chroot('/hung')
print('there', flush=True)
signal.pause()
END
for cache in auto never; do
	container_start --hostname "base-$cache$$" --setup 'mkdir /hung'
	exec {hung}< <(exec "$NSVIEW_BUILD/tests/hungfs" "$CT_PID" /hung)
	server=$!
	on_exit eval "kill -9 $server 2>/dev/null || :"
	read -r -t 30 said <&"$hung"
	exec {rooted}< <(exec python3 "$TEST_TMP/rooted.py" "$CT_PID" "stopped-$cache$$")
	on_exit eval "kill -9 $! 2>/dev/null || :"
	read -r -t 30 said <&"$rooted"
	check_eq "it has its root" "$said" there
	view_start -o "cache=$cache"
	kill -STOP "$server"
	check "$cache: the top is listed" eval 'quick ls -l "$VIEW" | grep -q "stopped-$cache$$"'
	ls "$VIEW/stopped-$cache$$" >/dev/null 2>&1 &
	reader=$!
	check "$cache: nor does one that looks into it change that" eval 'quick ls -l "$VIEW" | grep -q "stopped-$cache$$"'
	check "$cache: the control: that one hangs" kill -0 "$reader"
	kill -9 "$server"
	check "$cache: until the server ends" wait_for "its end" eval "! kill -0 $reader"
	view_stop
	check_eq "SIGTERM ends it well" $? 0
done

# Very many that hang, each with more readers than it may have.
servers=()
for ((i = 0; i < 18; i++)); do
	container_start --hostname "hung$i-$$" --setup 'mkdir /hung'
	exec {hung}< <(exec "$NSVIEW_BUILD/tests/hungfs" "$CT_PID" /hung)
	servers+=($!)
	on_exit eval "kill -9 $! 2>/dev/null || :"
	read -r -t 30 said <&"$hung"
	exec {hung}<&-
done
view_start -o remote
cat >"$TEST_TMP/readers.py" <<'END'
import os, signal, sys, threading
threading.stack_size(65536)
for k in range(36):
    for i in range(18):
        path = f'{sys.argv[1]}/hung{i}-{sys.argv[2]}/hung/none-{k}'
        threading.Thread(target=os.path.exists, args=(path,), daemon=True).start()
signal.pause()
END
python3 "$TEST_TMP/readers.py" "$VIEW" "$$" &
readers=$!
on_exit eval "kill -9 $readers 2>/dev/null || :"
check "they wait" wait_for "many" eval '[ "$(ls "/proc/$VIEW_PID/task" | wc -l)" -gt 560 ]'
check_eq "another is read all the same" "$(quick cat "$VIEW/calm$$/d/f")" hello
check "and walked" quick find "$VIEW/calm$$" -name "none-$$"
# Those who wait, the daemon too, are processes until they are answered.
kill -9 "${servers[@]}"
check "they end with those they wait for" wait_for "few" eval '[ "$(ls "/proc/$VIEW_PID/task" | wc -l)" -lt 100 ]'
kill -9 "$readers"
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
