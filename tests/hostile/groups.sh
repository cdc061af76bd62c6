#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many processes, each of them in 65,536 groups: the kernel takes tens of milliseconds to print that
# into the status of one, so a reader of every status needs minutes. The test counts bytes read, as time
# depends on the machine. Control: the length of one such status.
. "$(dirname "$0")/../fixtures/base.sh"

nsps=$NSVIEW_BIN/nsps nsinfo=$NSVIEW_BIN/nsinfo
[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
command -v strace >/dev/null || test_skip "strace is missing"
mkdir "$TEST_TMP/root"
count=60

end() {
	kill "$1" 2>/dev/null
	return 0
}

# As many processes in one mount namespace or, if $1 is not empty, each in one of its own.
start() {
	exec {fd}< <(exec python3 - "$TEST_TMP/root" "$count" "$1" <<'END'
import ctypes, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
def unshare():
    if libc.unshare(0x00020000): sys.exit('unshare')
os.setgroups([2000000000] * 65536)
unshare()
os.chroot(sys.argv[1])
os.chdir('/')
for n in range(int(sys.argv[2])):
    ready = os.pipe()
    if os.fork() == 0:
        libc.prctl(1, 9)
        if sys.argv[3]: unshare()
        os.write(ready[1], b'.')
        while True: signal.pause()
    os.close(ready[1])
    if not os.read(ready[0], 1): sys.exit('a child has ended')
print('ready', flush=True)
signal.pause()
END
	)
	crowd=$!
	on_exit end "$crowd"
	read -r -t 120 _ <&"$fd" || test_skip "nobody can be in 65,536 groups here"
}

# How many of the crowd's statuses a command opens.
read_by() {
	strace -f -qq -e trace=openat,open -o "$TEST_TMP/strace" "$@" >"$TEST_TMP/out" 2>&1
	grep -oE '"[0-9]+/status"' "$TEST_TMP/strace" | tr -dc '0-9\n' |
		grep -cxFf <(printf '%s\n' "$crowd" "${members[@]}")
}

start ''
mapfile -t members < <(tr ' ' '\n' <"/proc/$crowd/task/$crowd/children" | grep .)
check "control: a status is long" test "$(wc -c <"/proc/$crowd/status")" -gt 600000
check_eq "nsps reads some" "$(($(read_by "$nsps" -o PID,PROCS,UID) < 20))" 1
check "and finds the container" grep -qE "^ *$crowd +$((count + 1)) +0$" "$TEST_TMP/out"
check_eq "nsinfo reads some" "$(($(read_by "$nsinfo" -o tree "$crowd") < 25))" 1
for pid in "${members[@]}"; do
	check "and knows $pid" grep -qE "^ *$pid +$pid +0 " "$TEST_TMP/out"
done
end "$crowd"
start own
mapfile -t members < <(tr ' ' '\n' <"/proc/$crowd/task/$crowd/children" | grep .)
check_eq "nsps reads some, each in its own" "$(($(read_by "$nsps" -A -o PID,UID,COMMAND) < 20))" 1
for pid in "${members[@]}"; do
	check "and knows $pid" grep -qE "^ *$pid +0 +[^ ]*python3[^ ]* - " "$TEST_TMP/out"
done
end "$crowd"
test_done
