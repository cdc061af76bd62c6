#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nscollect --memory: gdb opens the cores of a process of several threads, with the collected root as its system
# root; nothing is stopped; what is not to be touched is not; a process that ends, changes or hangs costs itself only.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
for tool in gdb readelf strace; do
	command -v "$tool" >/dev/null || test_skip "$tool is missing"
done
cd "$TEST_TMP" || exit 1
mkdir root
check "a root file system" "$NSVIEW_BUILD/tests/nsv-container" --fill root
${CC:-cc} -D_GNU_SOURCE -g -O2 -fomit-frame-pointer -pthread -o root/bin/remembering "$NSVIEW_SOURCE/tests/collect/remembering.c" ||
	test_skip "nothing can be compiled here"
for file in $(ldd root/bin/remembering | grep -o '/[^ ]*'); do
	mkdir -p "root${file%/*}"
	cp "$file" "root$file"
done
mkdir root/hung
hungfs=$NSVIEW_BUILD/tests/hungfs
# shellcheck disable=SC2016
container_start --rootdir "$TEST_TMP/root" --overlay --hostname remembers /bin/busybox sh -c \
	'until [ -e /go ]; do /bin/busybox usleep 20000; done
	SECRET=hunter2-in-memory /bin/remembering /hung/f & while :; do /bin/busybox sleep 1000 & wait $!; done'
if [ -w /dev/fuse ] && [ -x "$hungfs" ]; then
	exec {fd}< <(exec "$hungfs" "$CT_PID" /hung)
	server=$!
	end_server() { kill -KILL $server 2>/dev/null || :; }
	on_exit end_server
	read -r -t 30 _ <&"$fd" || test_skip "no file system that hangs can be mounted here"
fi
touch "/proc/$CT_PID/root/go"
stands() { [ "$(cat "/proc/$CT_PID/root/ready")" = xx ]; }
wait_for "the process" stands
main=$(pgrep -o -x remembering --ns "$CT_PID" --nslist mnt)
child=$(pgrep -n -x remembering --ns "$CT_PID" --nslist mnt)
inside() { awk '/^NSpid/ { print $NF }' "/proc/$1/status"; }

# ---- gdb ----
before=$(cut -d' ' -f22 "/proc/$main/stat"; ls "/proc/$main/task")
take x.tar --full --memory "$CT_PID"
check_eq "nothing of note was said" "$(grep -vE 'a server answers for it|upper folder' x.tar.notes)" ''
check_eq "the process is as it was" "$(cut -d' ' -f22 "/proc/$main/stat"; ls "/proc/$main/task")" "$before"
unpack x.tar
check_schemas
check "verify" "$nscollect" verify x.tar
root="$UNPACKED/[root]" core=$UNPACKED/memory/$main.core
of() { jsons memory.json ".[] | select(.pid == $main) | $1"; }
check_eq "a core each" "$(jsons memory.json '[.[] | select(.outcome == "taken") | .member] | length')" \
	"$(find "$UNPACKED/memory" -type f | wc -l)"
check_eq "PIDs" "$(of '"\(.pid_inside) \(.member)"')" "$(inside "$main") memory/$main.core"
check_eq "its hash" "$(of .sha256)" "$(sha256sum <"$core" | cut -c1-64)"
check_eq "a terabyte takes little" "$(($(stat -c %s "$core") < 32000000))" 1
gdb -nx -batch -iex 'set auto-load off' -iex 'set debuginfod enabled off' -iex "set sysroot $root" \
	-ex bt -ex 'print text_in_a_global' -ex 'print number_in_a_global' -ex 'print large[64]@10' -ex 'info sharedlibrary' \
	-ex 'info threads' -ex 'info proc mappings' -ex 'thread apply all bt' "$root/bin/remembering" -core "$core" >gdb 2>&1
shows() { grep -qE "$1" gdb; }
check_eq "a backtrace: frames of ours" "$(sed '/^\$1/,$d' gdb | grep -c ' stand_deep ')" 4
check "down to main" shows '^#[0-9]+ .* in main \('
check "a global text" shows '^\$1 = "kept-in-a-global"'
check "a global number" shows '^\$2 = 4712$'
check "memory that a global points to" shows '^\$3 = "kept-at-64'
check "libraries, from the collected root" shows 'Yes .*\[root\]/.*libc\.so'
check_eq "threads" "$(grep -cE '^(\*|  ?)[ 0-9]+ +Thread 0x.* \(LWP [0-9]+\)' gdb)" 4
check "they are known by the container's numbers" shows "\\(LWP $(inside "$main")\\)"
check_not "no thread is without registers" shows 'find general-purpose registers'
check_eq "threads' backtraces" "$(sed -n '/^Thread [0-9]/,$p' gdb | grep -c ' wait_in_thread ')" 3
check "mappings" shows '0x0 /bin/remembering'
check_eq "readelf: notes" "$(readelf -n "$core" 2>/dev/null | grep -oE 'NT_[A-Z]+' | sort | uniq -c | awk '{ print $2 "=" $1 }' | tr '\n' ' ')" \
	'NT_AUXV=1 NT_FILE=1 NT_PRPSINFO=1 NT_PRSTATUS=4 '
check_eq "readelf has nothing to say" "$(readelf -hlW "$core" 2>&1 >/dev/null)" ''

holds() { grep -qaF "$2" "$UNPACKED/memory/$1.core"; }
for text in kept-in-a-global kept-on-a-threads-stack kept-on-the-main-stack kept-on-the-heap kept-at-the-start-of-a-terabyte \
	kept-in-its-middle kept-as-code kept-in-a-memfd hunter2-in-memory kept-at-64; do
	check "in the core: $text" holds "$main" "$text"
done
check_eq "not touched" "$(of '[.maps[] | select(.path | test("^.(vvar|vsyscall)")) | "\(.kind) \(.bytes)"] | unique | join(" ")')" 'untouched 0'
[ -z "${server-}" ] || check_eq "a file whose server hangs: mapped, and not read" "$(of '.maps[] | select(.path == "/hung/f") | "\(.kind) \(.bytes)"')" 'file 0'
check_eq "the first page of a library is there" "$(of '[.maps[] | select(.path | test("libc.so"))][0].bytes')" 4096
check_eq "code without a file is a finding" "$(jsons processes.json "[.[] | select(.pid == $main) | .maps[].finding | values] | sort | join(\" \")")" \
	'executable-anonymous executable-memfd'

# ---- nothing is stopped ----
calls() { strace -f -qq -o calls -e trace=ptrace,kill,tkill,tgkill,rt_tgsigqueueinfo,process_vm_readv "$@" >/dev/null 2>&1; grep -oE '(PTRACE_(ATTACH|SEIZE|INTERRUPT))' calls | sort -u; }
check_eq "no process is traced" "$(calls "$nscollect" --memory="$main" "$CT_PID" -o traced.tar)" ''
check_eq "it was taken" "$(tar -tf traced.tar | grep -c "^memory/$main.core\$")" 1
# Control: gcore holds it, for as long as a terabyte takes.
setpriv --pdeathsig KILL gdb -nx -batch -ex "attach $child" -ex "generate-core-file gcore.out" >/dev/null 2>&1 &
tracer=$!
is_stopped() { [ "$(awk '/^TracerPid/ { print $2 }' "/proc/$child/status")" != 0 ] && [[ $(ps -o stat= -p "$child") = t* ]]; }
wait_for "control: gcore stops it" is_stopped || checks_failed=$((checks_failed + 1))
kill -KILL $tracer
wait $tracer 2>/dev/null
goes_on() { ! is_stopped && [[ $(ps -o stat= -p "$child") = S* ]]; }
wait_for "it goes on" goes_on
rm -f gcore.out

# ---- which ----
members() { tar -tf "$1" | grep -o '^memory/.*' | sort | tr '\n' ' '; }
only() { # NAME WHICH WANTED
	take "$1" --volatile --memory="$2" "$CT_PID"
	check_eq "--memory=$2" "$(members "$1")" "$3"
}
only pid.tar "$main" "memory/$main.core "
only inside.tar "inside:$(inside "$child")" "memory/$child.core "
only host.tar "host:$main,$child" "$(printf 'memory/%s.core\n' "$main" "$child" | sort | tr '\n' ' ')"
only one.tar 1 "memory/$CT_PID.core "
refused() { # WHICH REASON
	"$nscollect" --volatile --memory="$1" "$CT_PID" -o refused.tar >said 2>notes
	check_eq "--memory=$1 exits" $? 1
	check "--memory=$1 says why" grep -qF "$2" notes
	check_eq "--memory=$1: no core" "$(members refused.tar)" ''
	rm -f refused.tar
}
refused $$ 'no process of the container has that PID'
refused "host:1" 'no process of the container has that PID'
refused inside:99999 'no process of the container has that PID'
# The number of one on the host is that of another in the container.
if [ -w /proc/sys/kernel/ns_last_pid ]; then
	nsenter -t "$CT_PID" -p -m -r /bin/busybox sh -c \
		"echo $((main - 1)) >/proc/sys/kernel/ns_last_pid; /bin/busybox sleep 100001 & wait" &
	find_twin() { twin=$(pgrep -f '^/bin/busybox sleep 100001' --ns "$CT_PID" --nslist pid); }
	wait_for "a process with a number of its own choice" find_twin
	if [ "$(inside "$twin")" = "$main" ]; then
		refused "$main" "two processes: host:$main, and inside:$main, which is the host's $twin"
		only both.tar "inside:$main" "memory/$twin.core "
	else
		echo "the number was taken: $(inside "$twin"), not $main"
	fi
	kill -KILL "$twin"
fi
says 2 'does not go with it' "$nscollect" --memory --no-env-values "$CT_PID" -o none.tar
says 2 'is not a PID' "$nscollect" --memory=1,x "$CT_PID" -o none.tar
says 2 'is not a PID' "$nscollect" --memory=guest:1 "$CT_PID" -o none.tar
says 2 'is not of anon, heap, stack, exec' "$nscollect" --memory --memory-filter=heap,code "$CT_PID" -o none.tar
says 2 'go with --memory' "$nscollect" --memory-limit 1M "$CT_PID" -o none.tar

# ---- what ----
filtered() { # WHAT HAS... -- LACKS...
	local what=$1 has=yes text

	shift
	take "f-$what.tar" --volatile --memory="$main" --memory-filter="$what" "$CT_PID"
	unpack "f-$what.tar"
	for text; do
		if [ "$text" = -- ]; then
			has=no
		elif [ $has = yes ]; then
			check "--memory-filter=$what has $text" holds "$main" "$text"
		else
			check_not "--memory-filter=$what lacks $text" holds "$main" "$text"
		fi
	done
}
filtered heap kept-on-the-heap -- kept-on-the-main-stack kept-as-code kept-at-64 kept-in-a-global
filtered stack kept-on-the-main-stack kept-on-a-threads-stack -- kept-on-the-heap kept-at-64
filtered exec kept-as-code kept-in-a-memfd -- kept-on-the-heap kept-on-the-main-stack kept-at-64
filtered anon,heap kept-as-code kept-on-the-heap kept-at-64 kept-in-a-global -- kept-on-the-main-stack

limited() { # OPTION
	"$nscollect" --volatile --memory="$main" "$1" "$CT_PID" -o limited.tar >said 2>notes
	check_eq "$1 exits" $? 0
	check_eq "$1: said" "$(tar -xOf limited.tar memory.json | jq -r '.[0] | "\(.outcome) \(.reason)"')" \
		'truncated larger than --max-file-size or what is left of --memory-limit'
	check_eq "$1: bytes" "$(($(tar -xOf limited.tar memory.json | jq '[.[0].maps[].bytes] | add') <= 1048576))" 1
	check "$1: verify" "$nscollect" verify limited.tar
	rm -f limited.tar
}
limited --memory-limit=1M
limited --max-file-size=1M

# ---- little memory ----
most_kib=$((64 << 10))
[ -z "${NSVIEW_SANITIZE-}" ] || most_kib=$((2 << 20))
measure() {
	python3 - "$most_kib" "$@" <<'END'
import resource, subprocess, sys
r = subprocess.run(["timeout", "-s", "KILL", "200"] + sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(r.returncode, "within" if peak < int(sys.argv[1]) else f"{peak} KiB")
END
}
check_eq "in little memory" "$(measure "$nscollect" --memory "$CT_PID" -o little.tar.gz)" '0 within'

# ---- meanwhile ----
mkfifo p.tar
begin() {
	exec {hold}<>p.tar
	"$nscollect" --memory="$child" "$CT_PID" -o p.tar >said 2>notes {hold}>&- &
	collector=$!
	under_way() { cat /proc/$collector/task/*/stack | grep -q pipe_write && mem_is_open; }
	mem_is_open() { for p in $(pgrep -P $collector); do find "/proc/$p/fd" -lname '*/mem' | grep -q . && return; done; return 1; }
	wait_for "the reading of memory" under_way
}
end() {
	cat <p.tar >got.tar {hold}>&- &
	reader=$!
	exec {hold}>&-
	wait $collector
	status=$?
	wait $reader
	rm -rf got.tar.d
	unpack got.tar
	check "verify" "$nscollect" verify got.tar
}
begin
kill -USR1 "$child"
unmapped() { [ "$(python3 -c '
import sys
print(sum(1 for l in open(sys.argv[1]) for a, b in [l.split()[0].split("-")] if int(b, 16) - int(a, 16) == 8 << 20 and l.split()[1] == "rw-p"))' "/proc/$child/maps")" -lt 4 ]; }
wait_for "the unmapping" unmapped
end
check_eq "unmapped meanwhile: exits" $status 0
check_eq "unmapped meanwhile: said" "$(jsons memory.json '.[0] | "\(.outcome) \(.pages_missing > 0)"')" 'changed-during-read true'

begin
kill -KILL "$child"
end
check_eq "killed meanwhile: exits" $status 0
check_eq "killed meanwhile: said" "$(jsons memory.json '.[0] | "\(.outcome) \(.reason)"')" \
	'truncated the process ended while its memory was read'
take zombie.tar --volatile --memory="$child" "$CT_PID"
check_eq "a zombie has none" "$(tar -xOf zombie.tar memory.json | jq -r '.[0] | "\(.outcome) \(.reason)"')" 'missing it ended meanwhile'

# ---- a process that keeps its memory locked ----
lockmem=$NSVIEW_BUILD/tests/lockmem
if [ -n "${server-}" ] && [ -x "$lockmem" ]; then
	mkdir keeper kept
	exec {fd}< <(exec "$lockmem" "$TEST_TMP/keeper" "$TEST_TMP/kept")
	locker=$!
	end_locker() { kill -KILL $locker 2>/dev/null || :; }
	on_exit end_locker
	read -r -t 30 keeper _ <&"$fd"
	{ timeout -s KILL 2 cat "/proc/$keeper/smaps"; } >/dev/null 2>&1
	check_eq "control: a read there hangs" $? 137
	timeout -s KILL 100 "$nscollect" --memory "$keeper" -o locked.tar >said 2>notes
	check_eq "it ends, incomplete" $? 1
	check_eq "it is said" "$(tar -xOf locked.tar memory.json | jq -r ".[] | select(.pid == $keeper) | .outcome")" failed
fi
test_done
