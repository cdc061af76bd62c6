#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A write through a mapping makes no event and may leave the times as they are. The view shows it within a
# second all the same: while the mapping stays, after it was removed with the file kept open, and if the
# container has a process that can't be inspected. Control: while the daemon is stopped, the view's
# readers see no change, whatever else happens on the machine.
#
# mapped.sh [stuck]
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
command -v python3 >/dev/null || test_skip "python3 is not installed"
lockmem=$NSVIEW_BUILD/tests/lockmem
host=fm$$

cat >"$TEST_TMP/mapped.py" <<'END'
import ctypes, mmap, os, select, signal, statistics, subprocess, sys, time

def writer(pid, path):
    if pid:
        fd = os.open("/proc/%d/ns/mnt" % pid, os.O_RDONLY | os.O_CLOEXEC)
        if ctypes.CDLL(None, use_errno=True).setns(fd, 0x20000) < 0:
            sys.exit("setns: " + os.strerror(ctypes.get_errno()))
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    maps = None
    for line in sys.stdin:
        what, _, text = line.strip().partition(" ")
        if what == "map":
            maps = mmap.mmap(file, 4096, mmap.MAP_SHARED)
        elif what == "write":
            maps[0:len(text)] = text.encode()
        elif what == "unmap":
            maps.close()
        elif what == "close":
            os.close(file)
        print("ok", flush=True)

class Writer:
    def __init__(self, pid, path):
        self.p = subprocess.Popen([sys.executable, __file__, "writer", str(pid), path], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
    def __call__(self, what):
        self.p.stdin.write(what + "\n")
        self.p.stdin.flush()
        if self.p.stdout.readline() != "ok\n":
            sys.exit("the writer failed: " + what)
    def end(self):
        self.p.stdin.close()
        self.p.wait()

class Reader:
    "Whoever has the file open for long, has mapped it, or opens it anew."
    def __init__(self, path, anew):
        self.path, self.anew, self.fd = path, anew, os.open(path, os.O_RDONLY)
        self.map = mmap.mmap(self.fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ)
        self.seen()
    def seen(self):
        all = {os.pread(self.fd, 6, 0).decode(), self.map[0:6].decode()}
        if self.anew:
            with open(self.path, "rb") as f:
                all.add(f.read(6).decode())
        return all

def wait_for(reader, text):
    start = time.monotonic()
    while reader.seen() != {text}:
        if time.monotonic() - start > 20:
            sys.exit("%s: never seen: %s, but %s" % (reader.path, text, reader.seen()))
        # There is nothing to wait for: that no event tells of it is what this is about.
        time.sleep(0.005)
    return time.monotonic() - start

def texts():
    n = 0
    while True:
        n += 1
        yield "t%05d" % n

new = texts()

def stays_mapped(pid, path, reader):
    write, took = Writer(pid, path), []
    write("map")
    for _ in range(4):
        text = next(new)
        write("write " + text)
        took.append(wait_for(reader, text))
    write.end()
    return took

def unmapped(pid, path, reader):
    write, took = Writer(pid, path), []
    for _ in range(2):
        text = next(new)
        for what in "map", "write " + text, "unmap":
            write(what)
        took.append(wait_for(reader, text))
    text = next(new)
    for what in "map", "close", "write " + text, "unmap":
        write(what)
    took.append(wait_for(reader, text))
    write.end()
    return took

def is_stopped(pid):
    tasks = "/proc/%d/task" % pid
    for task in os.listdir(tasks):
        with open("%s/%s/stat" % (tasks, task)) as f:
            if f.read().rsplit(")", 1)[1].split()[0] not in "Tt":
                return False
    return True

def by_another(reader):
    "What the reader's mapping says, or None where that asks the daemon, which is stopped."
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.write(theirs, reader.map[0:6])
        os._exit(0)
    said = os.read(ours, 6).decode() if select.select([ours], [], [], 5)[0] else None
    os.close(ours)
    os.close(theirs)
    return child, said

def control(pid, daemon, view, path):
    "True when what a mapping is written with is not seen while the daemon is stopped, and then is."
    for _ in range(10):
        reader, write, text = Reader(view + path, False), Writer(pid, path), next(new)
        os.kill(daemon, signal.SIGSTOP)
        try:
            while not is_stopped(daemon):
                pass
            write("map")
            write("write " + text)
            child, said = by_another(reader)
        finally:
            os.kill(daemon, signal.SIGCONT)
        os.waitpid(child, 0)
        wait_for(reader, text)
        write.end()
        # The daemon may have had the page dropped just before it stopped: then nothing can be told.
        if said is not None:
            return said != text
    return False

def main(pid, view, *paths):
    if os.environ.get("CONTROL"):
        sys.exit(not control(pid, int(os.environ["CONTROL"]), view, *paths))
    took = []
    for path in paths:
        took += stays_mapped(pid, path, Reader(view + path, True))
        reader = Reader(view + path, False)
        took += stays_mapped(pid, path, reader)
        took += unmapped(pid, path, reader)
    print("seen after s: median %.2f, most %.2f of %d" % (statistics.median(took), max(took), len(took)))
    # Machines are busy: that it took longer once is no lie, that it does always is.
    sys.exit(statistics.median(took) > 1)

if sys.argv[1] == "writer":
    writer(int(sys.argv[2]), sys.argv[3])
else:
    main(int(sys.argv[1]), *sys.argv[2:])
END

container_start --overlay --hostname "$host" --setup \
	'mkdir -p /own /data && mount -t tmpfs tmpfs /own &&
	 dd if=/dev/zero of=/data/small bs=4k count=2 && dd if=/dev/zero of=/data/large bs=64k count=8 &&
	 dd if=/dev/zero of=/own/file bs=4k count=2 &&
	 cp /data/small /data/other && ln /data/other /data/linked' 2>/dev/null
python() {
	timeout -k 5 100 python3 "$TEST_TMP/mapped.py" "$@"
}

[ "${1-}" = stuck ] || for cache in auto always; do
	view_start -o "cache=$cache"
	ct=$VIEW/$host
	wait_for "the container is there" test -d "$ct"
	check "cache=$cache: what is written through a mapping is seen" \
		eval 'python "$CT_PID" "$ct" /data/small /data/large /data/other /own/file >"$TEST_TMP/took"'
	cat "$TEST_TMP/took"
	CONTROL=$VIEW_PID check "cache=$cache: control: with a stopped daemon what is written stays unseen" \
		python "$CT_PID" "$ct" /data/small
	view_stop
	check_eq "cache=$cache: SIGTERM ends it well" $? 0
done
[ "${1-}" = stuck ] || test_done

# A process of the container that keeps the lock of its address space: nobody can look through it.
mkdir "$TEST_TMP/root" "$TEST_TMP/below"
exec {fd}< <(exec nsenter -t "$CT_PID" -p "$lockmem" "$TEST_TMP/root" "$TEST_TMP/below" "stuck$$")
server=$!
on_exit eval "kill $server 2>/dev/null || :"
read -r -t 60 _ <&"$fd" || test_skip "no process with a locked memory can be made here"
keeper=$(grep -lx "stuck$$" /proc/[0-9]*/comm 2>/dev/null | sed "s/[^0-9]//g")
{ timeout -s KILL 2 cat "/proc/$keeper/maps"; } >/dev/null 2>&1
check_eq "control: who looks through it hangs" $? 137
view_start -o cache=always
ct=$VIEW/$host
wait_for "the container is there" test -d "$ct"
check "where a process can't be looked through, nothing is believed for long" \
	eval 'python "$CT_PID" "$ct" /data/small >"$TEST_TMP/took"'
cat "$TEST_TMP/took"
view_stop
status=$?
# Others' pgrep hangs as well.
kill "$server"
check_eq "with a scan that hangs, SIGTERM ends it well" "$status" 0
test_done
