#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# memory.sh - a container makes up many large folders, and a local user has them open as often as it likes: the daemon
# stays small, and the names are all there.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

most_kib=$((256 << 10))
# AddressSanitizer keeps for a while what was freed.
[ -z "${NSVIEW_SANITIZE-}" ] || most_kib=$((1024 << 10))
host=mem$$
container_start --hostname "$host" --setup 'mkdir -p /many /none /merged'
exec {many}< <(exec "$NSVIEW_BUILD/tests/manyfs" "$CT_PID" /many)
on_exit kill "$!"
check "a server that makes names up" test "$(read -r -t 30 line <&"$many" && echo "$line")" = mounted || test_done
# An overlay is shown, with the bounds of a server: each folder by itself is within them.
check "an overlay over it" nsenter -t "$CT_PID" -m mount -t overlay -o lowerdir=/many:/none none /merged || test_done
check_eq "there are so many names" "$(ls -U "/proc/$CT_PID/root/merged/d1" | wc -l)" 55000

# In KiB, at most so far.
peak() {
	awk '/^VmHWM/ { print $2 }' "/proc/$VIEW_PID/status"
}

# Opens each folder $1 times, reads a part by each, then of each folder one to its end.
read_all() {
	timeout -k 5 200 python3 - "$@" <<'END'
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
number = {"x86_64": 217}.get(os.uname().machine, 61)
buf = ctypes.create_string_buffer(1 << 20)

def more(fd, size):
    n = libc.syscall(number, fd, buf, size)
    if n < 0:
        raise OSError(ctypes.get_errno(), "getdents64")
    names, at, raw = 0, 0, buf.raw[:n]
    while at < n:
        at += int.from_bytes(raw[at + 16:at + 18], sys.byteorder)
        names += 1
    return names

fds = [(p, os.open(p, os.O_RDONLY | os.O_DIRECTORY)) for p in sys.argv[2:] for _ in range(int(sys.argv[1]))]
for size in (4096, 32768):
    for _, fd in fds:
        more(fd, size)
for path in sys.argv[2:]:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    names = 0
    while n := more(fd, 1 << 20):
        names += n
    print(names)
END
}

for cache in auto never; do
	view_start -o "cache=$cache"
	ct=$VIEW/$host
	check "it is there" wait_for "the container" quick test -d "$ct/merged/d1"
	check_eq "$cache: all names are there, of a folder that is opened 25 times" "$(read_all 25 "$ct/merged/d1")" 55000
	check "$cache: $(peak) KiB" test "$(peak)" -lt "$most_kib"
	check_eq "$cache: and of forty" "$(read_all 1 "$ct"/merged/d* | sort | uniq -c | tr -s ' ')" " 40 55000"
	check "$cache: of forty, $(peak) KiB" test "$(peak)" -lt "$most_kib"
	echo "$cache: $(peak) KiB"
	view_stop
done
test_done
