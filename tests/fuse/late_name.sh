#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Engines set a container's hostname after its root is there. A lookup in between finds the host's name;
# the next lookup finds the container's own name, which then stays.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

name_of() {
	quick readlink "$VIEW/.by-pid/$1"
}

view_start
container_start --hostname "$(uname -n)"
check "first it has the host's name" grep -qE "^\.\./$(uname -n)(~|$)" <<<"$(name_of "$CT_PID")"
exec {open}<"$VIEW/.by-pid/$CT_PID/etc/alpine-release"
nsenter -t "$CT_PID" -u hostname "late$$"
check "it is there by its own" quick test -d "$VIEW/late$$/etc"
check_eq "only" "$(name_of "$CT_PID")" "../late$$"
check_eq "listed once" "$(quick ls "$VIEW" | grep -c "^late$$")" 1
check_eq "what was open is read on" "$(quick cat <&"$open")" 3.13.0
exec {open}<&-
nsenter -t "$CT_PID" -u hostname "later$$"
check_not "from then on a name stays" quick test -d "$VIEW/later$$"
check_eq "whatever it is called" "$(name_of "$CT_PID")" "../late$$"
check_eq "and it is read" "$(quick cat "$VIEW/late$$/etc/alpine-release")" 3.13.0

# And its root: a sandbox may go through several until it has its own.
mkdir -p "$TEST_TMP/first/second"
touch "$TEST_TMP/first/in-first" "$TEST_TMP/first/second/in-second"
cat >"$TEST_TMP/mover.py" <<'END'
import ctypes, os, signal, socket, sys
libc = ctypes.CDLL(None)
assert libc.unshare(0x00020000 | 0x04000000) == 0
socket.sethostname(sys.argv[1])
assert libc.mount(b'none', b'/', None, (1 << 14) | (1 << 18), None) == 0
os.chroot(sys.argv[2])
os.chdir('/')
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
print('ready', flush=True)
signal.sigwait([signal.SIGUSR1])
os.chroot('second')
os.chdir('/')
print('moved', flush=True)
signal.pause()
END
exec {mover_out}< <(exec python3 "$TEST_TMP/mover.py" "mover$$" "$TEST_TMP/first")
mover=$!
on_exit eval "kill $mover 2>/dev/null || :"
read -r -t 30 said <&"$mover_out"
check_eq "its first root" "$(quick ls "$VIEW/mover$$" | tr '\n' ' ')" "in-first second "
kill -USR1 "$mover"
read -r -t 30 said <&"$mover_out"
check_eq "it has another" "$said" moved
check_eq "its second root, by its name at once" "$(quick ls "$VIEW/mover$$")" in-second
check "it is listed" eval 'quick ls "$VIEW" | grep -qx "mover$$"'
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
