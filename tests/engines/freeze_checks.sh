# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # of collect.sh
#
# freeze_checks.sh - nscollect --freeze beside an engine that pauses, executes and stops. After the engine's fixture,
# collect.sh and freezer.sh: freeze_checks NAME, of a running container that writes numbers to /count.

freeze_checks() {
	local name=$1 path

	# Where the engine pauses it: version 1 where there is such a hierarchy, else 2.
	path=$(sed -nE 's/^[0-9]+:freezer:(.+)/\1/p' "/proc/$CT_PID/cgroup")
	if [ -n "$path" ] && [ "$path" != / ]; then
		freezer_top 1
	else
		path=$(sed -n 's/^0:://p' "/proc/$CT_PID/cgroup")
		freezer_top 2
	fi
	group=$FREEZER_TOP$path
	check "the engine's cgroup" test -d "$group"
	mkfifo "$TEST_TMP/p.tar"

	begin --freeze
	wait_for "it is frozen" frozen
	check_not "what the engine would execute there waits, or is refused" engine_for_a_moment exec "$name" /bin/busybox true
	end
	check_eq "$name: exits" $status 0
	runs "$name: afterwards"
	check_eq "$name: the engine takes it for running" "$(engine inspect -f '{{.State.Status}}' "$name")" running
	unpack got.tar
	check_eq "$name: all stopped" "$(jsons collection.json '.freeze | "\(.all_stopped) \(.processes_outside) \(.end)"')" 'true 0 done'
	rm -rf "$UNPACKED"

	# Paused by the engine: it stays so.
	check "$name: pause" engine pause "$name"
	"$nscollect" --freeze --full "$CT_PID" -o "$TEST_TMP/paused.tar" >"$TEST_TMP/said" 2>&1
	check_eq "$name: paused: exits" $? 0 || cat "$TEST_TMP/said"
	check "$name: paused: it is still" frozen
	check_eq "$name: paused: the engine knows" "$(engine inspect -f '{{.State.Status}}' "$name")" paused
	check_eq "$name: paused: said" "$(tar -xOf "$TEST_TMP/paused.tar" collection.json | jq -r .freeze.end)" was-frozen
	check "$name: unpause" engine unpause "$name"
	runs "$name: unpaused"

	# Whatever the engine does meanwhile, in the end it and the kernel agree.
	begin --freeze
	wait_for "it is frozen" frozen
	engine pause "$name" >"$TEST_TMP/engine" 2>&1
	end
	agree "$name: paused meanwhile ($(tail -n 1 "$TEST_TMP/engine"))"
	engine unpause "$name" >/dev/null 2>&1
	runs "$name: and after an unpause"
	begin --freeze
	wait_for "it is frozen" frozen
	engine unpause "$name" >"$TEST_TMP/engine" 2>&1
	end
	agree "$name: unpaused meanwhile ($(tail -n 1 "$TEST_TMP/engine"))"
	runs "$name: and it runs"

	begin --freeze
	wait_for "it is frozen" frozen
	engine stop -t 1 "$name" >"$TEST_TMP/engine" 2>&1 &
	stopper=$!
	end
	wait $stopper
	check_eq "$name: stopped meanwhile" "$(engine inspect -f '{{.State.Running}}' "$name")" false
	no_guard() { ! pgrep -x nscollect-thaw; }
	wait_for "the guard's end" no_guard
}

begin() {
	exec {hold}<>"$TEST_TMP/p.tar"
	"$nscollect" "$@" --full "$CT_PID" -o "$TEST_TMP/p.tar" >"$TEST_TMP/said" 2>"$TEST_TMP/notes" {hold}>&- &
	collector=$!
}

end() {
	cat <"$TEST_TMP/p.tar" >"$TEST_TMP/got.tar" {hold}>&- &
	reader=$!
	exec {hold}>&-
	wait $collector
	status=$?
	wait $reader
}

frozen() { freezer_is "$group" 1 && freezer_stopped "$group"; }

runs() {
	local before

	before=$(cat "/proc/$CT_PID/root/count")
	further() { [ "$(cat "/proc/$CT_PID/root/count")" != "$before" ]; }
	wait_for "$1: it runs" further || checks_failed=$((checks_failed + 1))
}

engine_for_a_moment() {
	engine "$@" &
	local pid=$! i

	for ((i = 0; i < 40; i++)); do
		kill -0 $pid 2>/dev/null || break
		read -r -t 0.025 _ <> <(:)
	done
	if kill -0 $pid 2>/dev/null; then
		kill -KILL $pid
		wait $pid 2>/dev/null
		return 1
	fi
	wait $pid
}

agree() {
	local kernel=running

	! frozen || kernel=paused
	check_eq "$1: engine and kernel agree" "$(engine inspect -f '{{.State.Status}}' "evi-$$")" $kernel
}
