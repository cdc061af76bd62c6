#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where a package goes: space is looked at first, a device or a FIFO stays what it is, a package that
# has its name is on the disk. And what is said meanwhile and at the end.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
cd "$TEST_TMP" || exit 1

container_start --overlay --hostname target --setup '
	mkdir /mem; mount -t tmpfs mem /mem; yes x | head -c 62914560 >/mem/large
	mkdir /other; mount -t tmpfs other /other' /bin/busybox sleep 100000
mkdir disk
mount -t tmpfs -o size=50M disk disk || test_skip "no tmpfs can be mounted"
on_exit umount -l "$TEST_TMP/disk"
says 1 'the files take 60 MiB' "$nscollect" --full "$CT_PID" -o disk/x.tar
says 1 'the files take 60 MiB' "$nscollect" --full "$CT_PID" -o disk/folder
check_eq "nothing was made" "$(ls -A disk)" ''
check "without all files there is room" "$nscollect" "$CT_PID" -o disk/volatile.tar
rm disk/*
"$nscollect" --full -x "$CT_PID" -o disk/x.tar >/dev/null 2>&1
check_eq "without that mount too" $? 0
rm disk/*
"$nscollect" --full --force "$CT_PID" -o disk/x.tar >said 2>notes
check_eq "forced, it goes as far as it can" $? 1
check "and says so" grep -q 'truncated: no space was left' said
rm -rf disk/*

# A FIFO is written to.
mkfifo -m 640 fifo
cat fifo >through.tar &
"$nscollect" --full "$CT_PID" -o fifo >said 2>/dev/null
check_eq "into a FIFO: exits" $? 0
wait $!
check_eq "it stays what it was" "$(stat -c '%F %a' fifo)" "fifo 640"
check "what came through" "$nscollect" verify through.tar
check_eq "no other name" "$(ls -d fifo*)" fifo
# A character device with a mode of its own.
mknod -m 622 null c 1 3
"$nscollect" "$CT_PID" -o null >/dev/null 2>&1
check_eq "into a device: exits" $? 0
check_eq "it stays what it was, too" "$(stat -c '%F %a' null)" "character special file 622"

# On the disk before it has its name, and the name as well.
if command -v strace >/dev/null; then
	for form in y.tar y.folder; do
		strace -f -o trace -e trace=fsync,syncfs,renameat2 "$nscollect" "$CT_PID" -o $form >/dev/null 2>&1
		check_eq "$form: written, renamed, written" "$(grep -oE '(fsync|syncfs|renameat2)\(' trace | tr -d '\n')" \
			"$([ $form = y.tar ] && echo fsync || echo syncfs)(renameat2(fsync("
	done
fi

# A terminal sees how far it is; the slow lane gives it time to.
pty() {
	python3 - "$@" <<'END'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.environ["COLUMNS"] = "100"
    os.execv(sys.argv[1], sys.argv[1:])
out = b""
while True:
    try:
        part = os.read(fd, 65536)
    except OSError:
        break
    if not part:
        break
    out += part
os.waitpid(pid, 0)
sys.stdout.buffer.write(out.replace(b"\r", b"\n"))
END
}
pty "$nscollect" --full --bwlimit 20M "$CT_PID" -o z.tar >seen
check "phase, bytes, share, time left, name" grep -qE '^files  [0-9.]+ ?[KMG]i?B?.*  [0-9]+%, .* left  \[root\]/mem/large' seen
check "and the summary" grep -q '^  root hash ' seen
pty "$nscollect" --no-progress --full --bwlimit 20M "$CT_PID" -o z2.tar >seen
check_not "no line where none is wanted" grep -q '% *,.* left' seen

# The summary on stdout, and to the system's log.
mkdir dev
cat >log.py <<'END'
import os, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
out = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE).stdout
s.settimeout(60)
sys.stdout.write(out.decode() + "LOG " + s.recv(65536).decode())
END
# shellcheck disable=SC2016
unshare -m --propagation private sh -c '
	mount -t tmpfs dev dev
	for d in null zero full random urandom fuse; do
		[ -e /dev/$d ] && touch dev/$d && mount --bind /dev/$d dev/$d
	done
	mount --rbind dev /dev && shift && exec "$@"' sh x python3 log.py "$nscollect" --full -x "$CT_PID" -o w.tar >said 2>/dev/null
hash=$(tar -xOf w.tar SHA256SUMS | sha256sum | cut -c1-64)
check "the root hash" grep -qx "  root hash $hash" said
check "what was left out, why, and how much" grep -qE '^  skipped: another mount: left out as asked: /mem and 1 more$' said
check "the system's log" grep -qE "^LOG <85>.*nscollect\[[0-9]+\]: collect: uid=0 loginuid=.* container=$CT_PID package=w.tar complete .*root_hash=$hash" said
test_done
