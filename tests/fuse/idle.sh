#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# While no container is in use, no thread of the daemon wakes up, in any cache mode. cache=never costs
# nothing even in use: no inotify instance, no table of mounts, no timer, no scan. Control: a view in use
# wakes up all the time; the idle one must not, in the time in which the other woke up several times.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
[ "${NSVIEW_SANITIZE-}" != thread ] || test_skip "ThreadSanitizer has a thread that wakes up by itself"
host=fi$$

# How often the threads of a process went to sleep: each wake-up is one more.
switches() { # PID
	local newline=$'\n' sum=0 status text

	for status in "/proc/$1/task"/*/status; do
		text=$(<"$status")
		[[ $text =~ ${newline}voluntary_ctxt_switches:[[:space:]]+([0-9]+) ]] && ((sum += BASH_REMATCH[1]))
	done 2>/dev/null
	echo "$sum"
}

# What is left until a process's periodic timer goes off, in ns.
left() { # PID
	local info text

	for info in "/proc/$1/fdinfo"/*; do
		# At once: what is read by parts is made anew for each.
		text=$(<"$info")
		[[ $text =~ it_value:\ \(([0-9]+),\ ([0-9]+)\).it_interval:\ \(0,\ [1-9] ]] || continue
		echo $((BASH_REMATCH[1] * 1000000000 + BASH_REMATCH[2]))
	done 2>/dev/null
}

# Until the control's timer has gone off three times.
interval() {
	local before=0 now times=0

	quick cat "$control_view/$host/etc/alpine-release" >/dev/null || return
	while ((times < 3)); do
		now=$(left "$control")
		[ -n "$now" ] || return
		((now <= before)) || ((times++))
		before=$now
	done
}

# Some intervals may have a reason: other containers of this machine come and go, threads end that had
# work.
sleeps() { # INTERVALS
	local before i

	for ((i = 0; i < $1; i++)); do
		before=$(switches "$VIEW_PID")
		interval || return
		[ "$(switches "$VIEW_PID")" != "$before" ] || return 0
	done
	return 1
}

# Of what kinds the descriptors are.
has_fd() { # PATTERN
	readlink "/proc/$VIEW_PID/fd"/* | grep -qE "$1"
}

has_armed_timer() {
	grep -sqE '^it_interval: .*[1-9]' "/proc/$VIEW_PID/fdinfo"/*
}

container_start --hostname "$host"
view_start -o cache=auto
control=$VIEW_PID control_view=$VIEW
wait_for "the container is there" test -d "$control_view/$host"
check_eq "the control is looked into" "$(quick cat "$control_view/$host/etc/alpine-release")" 3.13.0

for cache in never auto always; do
	view_start -o "cache=$cache"
	wait_for "the container is there" test -d "$VIEW/$host"
	check "cache=$cache: the top is listed" quick ls -l "$VIEW" >/dev/null
	check "cache=$cache: nothing wakes up while nobody looks into a container" sleeps 40
	check_not "cache=$cache: and no timer is armed" has_armed_timer
	check_eq "cache=$cache: it is looked into" "$(quick cat "$VIEW/$host/etc/alpine-release")" 3.13.0
	check "cache=$cache: and listed" quick ls "$VIEW/$host/etc" >/dev/null
	if [ $cache = never ]; then
		check_not "cache=never has no inotify instance" has_fd inotify
		check_not "cache=never has no timer for containers" has_armed_timer
		check_not "cache=never has no table of mounts open" has_fd '/[0-9]+/mountinfo$'
		check "cache=never wakes up for nothing" sleeps 40
	else
		check "cache=$cache: control: it has an inotify instance" has_fd inotify
		check "cache=$cache: control: a timer is armed" has_armed_timer
		check "cache=$cache: control: a table of mounts is open" has_fd '/[0-9]+/mountinfo$'
		check_not "cache=$cache: control: it wakes up" sleeps 4
	fi
	view_stop
	check_eq "cache=$cache: SIGTERM ends it well" $? 0
done
test_done
