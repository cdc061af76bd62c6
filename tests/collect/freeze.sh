#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# freeze.sh VERSION - nscollect --freeze on a cgroup of version 1 or 2: what is read is of one moment; a cgroup
# that is not the container's alone is refused; and however nscollect ends, the container runs again.
# The package is a FIFO that nobody reads, so that a collection stands still while the container is frozen.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
. "$NSVIEW_SOURCE/tests/fixtures/freezer.sh"
version=$1
cd "$TEST_TMP" || exit 1
mkdir root
check "a root file system" "$NSVIEW_BUILD/tests/nsv-container" --fill root
mkdir root/z
head -c 1000000 /dev/urandom >root/m
freezer_top "$version" || test_skip "this kernel has no freezer of cgroup v$version"
mkfifo p.tar

start() { # a container that counts, in a cgroup of its own
	# shellcheck disable=SC2016
	container_start --rootdir "$TEST_TMP/root" --overlay --hostname frozen /bin/busybox sh -c \
		'i=0; while :; do i=$((i + 1)); echo $i 1<>/first; echo $i 1<>/z/last; done'
	freezer_make "$version" "nsview-test-$$-$CT_PID"
	group=$FREEZER
	freezer_put "$group" "$CT_PID"
}

begin() { # ARG...: a collection that stands still in the middle
	exec {hold}<>p.tar
	env --default-signal=INT "$nscollect" "$@" --full "$CT_PID" -o p.tar >said 2>notes {hold}>&- &
	collector=$!
}

end() { # reads the rest; sets $status
	cat <p.tar >got.tar {hold}>&- &
	reader=$!
	exec {hold}>&-
	wait $collector
	status=$?
	wait $reader
	rm -rf got.tar.d
}

frozen() { freezer_is "$group" 1 && freezer_stopped "$group"; }
thawed() { freezer_is "$group" 0 && ! freezer_stopped "$group"; }
last() { cat "/proc/$CT_PID/root/z/last"; }
counts() { # it runs
	local before

	before=$(last)
	further() { [ "$(last)" != "$before" ]; }
	wait_for "$1: the container runs" further || checks_failed=$((checks_failed + 1))
	check "$1: it is thawed" thawed
}
guard_of() { # the guard that watches the collector
	local pid

	for pid in $(pgrep -x nscollect-thaw); do
		ls -l "/proc/$pid/fdinfo" >/dev/null 2>&1 && grep -qs "^Pid:[[:blank:]]*$collector\$" "/proc/$pid"/fdinfo/* && echo "$pid"
	done
	return 0
}
gone() { [ -z "$(guard_of)" ]; }
said_freeze() { jsons collection.json "$1"; }
why() { jsons collection.json '[.outcomes[] | select(.kind == "freeze")][0] | "\(.outcome) \(.reason)"'; }

# ---- of one moment ----
start
begin
stands() { cat /proc/"$collector"/task/*/stack | grep -q pipe_write; }
wait_for "the collector stands still" stands || checks_failed=$((checks_failed + 1))
counts control
end
unpack got.tar
check_not "control: without, the end is read later than the beginning" \
	test "$(cat "$UNPACKED/[root]/first")" = "$(cat "$UNPACKED/[root]/z/last")"

begin --freeze
wait_for "it is frozen" frozen
first=$(cat "/proc/$CT_PID/root/first") last=$(cat "/proc/$CT_PID/root/z/last")
guard=$(guard_of)
check "a guard" test -n "$guard"
check_not "it is no child of the collector's" test "$(ps -o ppid= -p "$guard" | tr -d ' ')" = "$collector"
check_not "it has another session" test "$(ps -o sid= -p "$guard")" = "$(ps -o sid= -p $collector)"
files=([1]='freezer.self_freezing freezer.state' [2]='cgroup.events cgroup.freeze')
check_eq "what it holds" "$(find "/proc/$guard/fd" -type l -printf '%l\n' | sed -E 's/:?\[[0-9]*\]$//; s|.*/||' | sort | tr '\n' ' ')" \
	"anon_inode:[pidfd] anon_inode:[signalfd] anon_inode:inotify ${files[version]} socket "
end
check_eq "it exits" $status 0
check_eq "nothing is said of it" "$(grep -v 'upper folder' notes)" ''
counts "at the end"
wait_for "the guard's end" gone
unpack got.tar
check_schemas
check_eq "what was read is of the moment" "$(cat "$UNPACKED/[root]/first") $(cat "$UNPACKED/[root]/z/last")" "$first $last"
check_eq "collection.json" "$(said_freeze '.freeze | "\(.cgroup) \(.version) \(.processes) \(.processes_outside) \(.all_stopped) \(.end)"')" \
	"/${group##*/} $version 1 0 true done"
check_eq "how long" "$(said_freeze '(.freeze.seconds | tonumber) > 0 and .freeze.frozen < .freeze.thawed')" true
check "the log has it" grep -q 'was frozen for .* s (done)' <(jsons log.jsonl .message)
check_eq "the freezing comes before the processes" \
	"$(jsons log.jsonl .step | grep -xE 'freeze|processes|files|thaw|manifest' | uniq | tr '\n' ' ')" 'freeze processes files thaw manifest '
check_eq "its outcome" "$(why)" 'taken null'

# A process that runs has no registers to be read; one that is frozen has.
"$nscollect" --volatile --freeze --memory "$CT_PID" -o registers.tar >said 2>notes
check_eq "with --memory: exits" $? 0
check_eq "where a running process stood" "$(tar -xOf registers.tar memory.json | jq -c '[.[].threads[].registers]')" '[true]'

# ---- whatever happens to nscollect ----
# Control: a freezer that is killed leaves it frozen.
(freezer_set "$group" 1; kill -KILL "$BASHPID") 2>/dev/null
wait_for "control: killed, it leaves the container frozen" frozen || checks_failed=$((checks_failed + 1))
freezer_set "$group" 0

begin --freeze
wait_for "it is frozen" frozen
kill -KILL $collector
wait_for "SIGKILL: it is thawed" thawed
wait_for "SIGKILL: the guard's end" gone
end 2>/dev/null
counts SIGKILL

begin --freeze
wait_for "it is frozen" frozen
kill -INT $collector
end
check_eq "SIGINT exits" $status 1
counts SIGINT

begin --freeze --freeze-timeout 1
wait_for "it is frozen" frozen
wait_for "time-out: it is thawed" thawed
check "while the collector is still at it" kill -0 $collector
counts "time-out"
end
check_eq "time-out: exits" $status 0
unpack got.tar
check_eq "time-out: it is said" "$(why) $(said_freeze .freeze.end)" \
	'truncated it was thawed by --freeze-timeout before all was read time-out'

if mkdir disk && mount -t tmpfs -o size=33M disk disk; then
	on_exit umount -l "$TEST_TMP/disk"
	head -c 30000000 /dev/urandom >"/proc/$CT_PID/root/m2"
	"$nscollect" --freeze --full "$CT_PID" -o disk/full.tar >said 2>notes
	check_eq "a full disk exits" $? 1
	counts "a full disk"
	rm "/proc/$CT_PID/root/m2"
fi

# ---- whatever happens to the guard ----
begin --freeze
wait_for "it is frozen" frozen
kill -KILL "$(guard_of)"
check "without a guard it is frozen still" frozen
end
counts "a killed guard"
unpack got.tar
check_eq "a killed guard is told of" "$(said_freeze .freeze.end) $(why)" \
	'guard-killed truncated the process that keeps it frozen was killed meanwhile'

begin --freeze
wait_for "it is frozen" frozen
kill -INT "$(guard_of)"
kill -QUIT "$(guard_of)"
check "a terminal's signals do not end it" test -n "$(guard_of)"
kill -TERM "$(guard_of)"
wait_for "SIGTERM to the guard thaws" thawed
end
unpack got.tar
check_eq "and is told of" "$(said_freeze .freeze.end)" signal

# ---- others, meanwhile ----
begin --freeze
wait_for "it is frozen" frozen
freezer_set "$group" 0
counts "thawed by another"
end
unpack got.tar
check_eq "thawed by another: it is said" "$(said_freeze .freeze.end) $(why)" \
	'by-another truncated another process thawed it before all was read'

begin --freeze
wait_for "it is frozen" frozen
freezer_set "$group" 1
end
check "what another froze meanwhile stays so" frozen
unpack got.tar
check_eq "and is told of" "$(said_freeze .freeze.end)" kept-for-another
# Found frozen, it stays frozen.
"$nscollect" --freeze --full "$CT_PID" -o was.tar >said 2>notes
check_eq "found frozen: exits" $? 0
check "found frozen: stays so" frozen
unpack was.tar
check_eq "found frozen: it is said" "$(said_freeze '.freeze | "\(.end) \(.frozen)"')" 'was-frozen null'
freezer_set "$group" 0

sleep 100000 &
outsider=$!
on_exit kill $outsider
begin --freeze
wait_for "it is frozen" frozen
freezer_put "$group" $outsider
end
counts "with a process that was moved in"
unpack got.tar
check_eq "it is named" "$(why)" "truncated process $outsider of another's came in, and was stopped too"

# ---- refused ----
refused() { # WHAT REASON
	"$nscollect" --freeze --volatile "$CT_PID" -o refused.tar >said 2>notes
	check_eq "$1: exits" $? 1
	check "$1: says why" grep -qF "$2" notes
	counts "$1"
	unpack refused.tar
	check_eq "$1: outcome" "$(why | cut -d' ' -f1) $(said_freeze .freeze)" 'failed null'
	rm -rf refused.tar refused.tar.d
}
refused "a process of the host's in it" "process $outsider (sleep) is in it, which is not the container's"
freezer_top_of "$group"
mkdir "$group/below" "$group/below/that"
freezer_put "$group/below/that" $outsider
refused "one below it" "process $outsider (sleep) is in it, which is not the container's"
freezer_put "$FREEZER_TOP" $outsider

# Processes of the container in cgroups below, and in others.
container_exec() { exec nsenter -t "$CT_PID" -m -p -F -r -w "$@"; }
container_exec /bin/busybox sleep 100000 &
inner() { child=$(pgrep -x -f '/bin/busybox sleep 100000' --ns "$CT_PID" --nslist mnt); [ -n "$child" ]; }
wait_for "another process in the container" inner
# Version 2 has no processes in a cgroup between others that are controlled; none is here.
freezer_put "$group/below/that" "$child"
begin --freeze
wait_for "it is frozen" frozen
check "what is below has stopped" freezer_stopped "$group/below/that"
end
unpack got.tar
check_eq "both are counted" "$(said_freeze .freeze.processes) $(why)" '2 taken null'
freezer_put "$FREEZER_TOP" "$child"
begin --freeze
wait_for "it is frozen" frozen
end
unpack got.tar
check_eq "one that is elsewhere" "$(why)" 'truncated 1 processes of the container are in other cgroups'
kill -KILL "$child"

# The whole, not the part in which the first process is.
freezer_put "$group/below/that" "$CT_PID"
container_exec /bin/busybox sleep 100000 &
wait_for "another process in the container" inner
mkdir "$group/beside"
freezer_put "$group/beside" "$child"
part=$group
begin --freeze
wait_for "all of it is frozen" frozen
end
unpack got.tar
check_eq "the cgroup around both" "$(said_freeze '.freeze | "\(.cgroup) \(.processes) \(.end)"')" "/${group##*/} 2 done"
group=$part
kill -KILL "$child"

freezer_put "$FREEZER_TOP" "$CT_PID"
"$nscollect" --freeze --volatile "$CT_PID" -o top.tar >said 2>notes
check_eq "the top cgroup: exits" $? 1
check "the top cgroup is refused" grep -q "the top, which is the whole machine's" notes

# ---- a server that is frozen with it ----
freezer_put "$group" "$CT_PID"
manyfs=$NSVIEW_BUILD/tests/manyfs
if [ -w /dev/fuse ] && [ -x "$manyfs" ]; then
	mkdir "/proc/$CT_PID/root/served" "/proc/$CT_PID/root/over" "/proc/$CT_PID/root/none"
	exec {fd}< <(exec "$manyfs" "$CT_PID" /served 2 3)
	server=$!
	end_server() { kill -KILL $server 2>/dev/null || :; }
	on_exit end_server
	read -r -t 30 _ <&"$fd" || test_skip "no FUSE server can be mounted here"
	check "an overlay over what it serves" nsenter -t "$CT_PID" -m -r /bin/busybox mount -t overlay over \
		-o lowerdir=/served:/none /over
	freezer_put "$group" $server
	freezer_set "$group" 1
	{ timeout -s KILL 1 ls "/proc/$CT_PID/root/over"; } >/dev/null 2>&1
	check_eq "control: a read there hangs" $? 137
	freezer_set "$group" 0
	timeout -s KILL 120 "$nscollect" --freeze --freeze-timeout 2 --paths /first --paths '/over/none*' "$CT_PID" \
		-o served.tar >said 2>notes
	check_eq "it ends" $? 0 || cat notes
	counts "a server in it"
	unpack served.tar
	check "what is before it is there" test -s "$UNPACKED/[root]/first"
	check_eq "it ran again when that was needed" "$(said_freeze .freeze.end)" time-out
	nsenter -t "$CT_PID" -m -r /bin/busybox umount -l /over /served
fi

# ---- the container ends ----
begin --freeze
wait_for "it is frozen" frozen
kill -KILL "$CT_PID"
end
# In version 1 a frozen process ends when it is thawed, after all has been read.
[ "$version" = 1 ] || check_eq "the container's end: exits" $status 1
wait_for "the guard's end" gone
ended() { [[ $(ps -o stat= -p "$CT_PID") = Z* ]]; }
wait_for "no frozen process is left" ended

says 2 "is not a number of seconds" "$nscollect" --freeze --freeze-timeout 0 x
says 2 "goes with --freeze" "$nscollect" --freeze-timeout 5 x
test_done
