#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A container that seizes whatever enters it (intruder.c): what it gets is never more than it had. The control
# is nsenter(1), which forks into the PID namespace before anything is dropped.
# NSVIEW_ROUNDS: how often (20).
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/inside/common.sh"

rounds=${NSVIEW_ROUNDS:-20}
usual=a80425fb          # the capabilities of a container of Docker
with_ptrace=a80c25fb    # and CAP_SYS_PTRACE
mkdir "$TEST_TMP/vol"
vol=$TEST_TMP/vol
cp "$NSVIEW_BUILD/tests/nsv-intruder" "$vol"
# Known to the container, so that it can look for it; the callers' environment has it.
secret=secret-$$-of-the-caller
echo "$secret" >"$vol/secret"

# The search for the program takes some milliseconds: an attacker's time, before another program is executed.
long_path=$(printf '/n:%.0s' {1..40000})/bin

hostile_start() { # CAPABILITIES
	rm -f "$vol/seen"
	container_start --volume "$vol:/vol" /vol/nsv-intruder boot "$1" /vol/secret
	wait_for "the intruder" grep -qs hunting "$vol/seen" || exit 1
	# It must not wait for others on a busy machine.
	renice -n -15 -p "$CT_PID" >/dev/null
}
enter() {
	TOKEN=$secret inside -e "PATH=$long_path" "$CT_PID" busybox true >/dev/null 2>&1
	return 0
}
count() { grep -c "$1" "$vol/seen"; }
judge() {
	check_eq "$1: no capability that the container did not have" "$(grep -v 'stronger=0 ' "$vol/seen" | grep stronger)" ''
	check_eq "$1: no other root" "$(count root=other)" 0
	check_eq "$1: no fd of the host" "$(grep fds= "$vol/seen" | grep -v fds=none)" ''
	check_eq "$1: no environment of the caller" "$(count environ=1)" 0
	check_eq "$1: no memory of the caller" "$(count mem=1)" 0
	check_eq "$1: the program's file is not written to" "$(count wrote=1)" 0
}

sum=$(sha256sum <"$NSVIEW_BIN/nsrun")
hostile_start $with_ptrace
for ((i = 0; i < rounds; i++)); do
	enter
done
# So that the attack was one; on a busy machine it may miss.
for ((i = 0; i < 500 && $(count early) < 3; i++)); do
	enter
done
check "control: with CAP_SYS_PTRACE it gets hold of nsrun's process ($(count early) of $((rounds + i)))" [ "$(count early)" -ge 3 ]
echo "with CAP_SYS_PTRACE $(count early) of $((rounds + i)) were seized before they executed the program"
judge "with CAP_SYS_PTRACE"
check_eq "nsrun's file is as it was" "$(sha256sum <"$NSVIEW_BIN/nsrun")" "$sum"

# The naive way, with a copy of nsenter, since it will be overwritten.
cp "$(command -v nsenter)" "$TEST_TMP/naive"
sum=$(sha256sum <"$TEST_TMP/naive")
: >"$vol/seen"
naive() {
	cp "$(command -v nsenter)" "$TEST_TMP/naive"
	TOKEN=$secret PATH=$long_path /usr/bin/timeout -s KILL 20 "$TEST_TMP/naive" -t "$CT_PID" -a busybox true >/dev/null 2>&1
	[ "$(sha256sum <"$TEST_TMP/naive")" != "$sum" ]
}
check "control: its program's file is written to" wait_for "nsenter to be caught" naive
check "control: it has the host's capabilities" grep -q 'early stronger=[1-9a-f]' "$vol/seen"
check "control: its environment is read" grep -q 'early.* environ=1 mem=1' "$vol/seen"
container_stop

# Without the capability: only what has executed a program of the container.
hostile_start $usual
for ((i = 0; i < rounds; i++)); do
	enter
done
check_eq "without CAP_SYS_PTRACE none is seized before it executes the program" "$(grep early "$vol/seen")" ''
judge "without CAP_SYS_PTRACE"
seen() {
	inside "$CT_PID" /bin/busybox sh -c 'i=0; while [ $i -lt 30000 ]; do i=$((i + 1)); done' >/dev/null 2>&1
	grep -q late "$vol/seen"
}
check "a program of the container is seized, as any there" wait_for "a process" seen
test_done
