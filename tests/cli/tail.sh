#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nscat -n and -c print what tail prints of the same files.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

work=$TEST_TMP/work
mkdir "$work"
: >"$work/empty"
echo >"$work/newline"
printf 'no newline' >"$work/short"
printf 'one\ntwo\nthree' >"$work/open"
seq 30 >"$work/thirty"
seq 100000 >"$work/many" # larger than a block
seq 20000 | tr -d '\n' >"$work/line"
{ head -c 65535 /dev/zero | tr '\0' x; echo; } >"$work/block" # ends at a block's end
{ cat "$work/block"; head -c 65536 /dev/zero | tr '\0' y; } >"$work/blocks" # a newline at one
{ cat "$work/blocks"; echo; echo; } >"$work/blanks"
head -c 200000 /dev/urandom >"$work/bytes"
mkdir "$work/dir"
container_start --volume "$work:/w"
files=(empty newline short open thirty many line block blocks blanks bytes)

for via in proc setns; do
	by_route=("$NSVIEW_BIN/nscat" --via "$via")
	for count in 0 1 2 3 10 +0 +1 +2 +31 +99999 +200000 -3 5000 1kB 1K; do
		for file in "${files[@]}"; do
			check "$via -n $count $file" cmp <("${by_route[@]}" -n "$count" "$CT_PID" "/w/$file") \
				<(tail -n "$count" "$work/$file")
		done
	done
	for count in 0 1 10 65535 65536 65537 +0 +1 +10 +65537 +70000 +99999999 -7 2b 3K 3kB 1KiB 1M 8E; do
		for file in "${files[@]}"; do
			check "$via -c $count $file" cmp <("${by_route[@]}" -c "$count" "$CT_PID" "/w/$file") \
				<(tail -c "$count" "$work/$file" 2>/dev/null ||
					cat "$work/$file") # 8E is too large for it
		done
	done
done

# Headings: of several files, of none, of one.
nscat=$NSVIEW_BIN/nscat
like_tail() { # like_tail NSCAT'S-AND-TAIL'S OPTIONS -- FILES: output and exit code
	local options=() names=() file wanted got

	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	for file; do names+=("$CT_PID:/w/$file"); done
	got=$("$nscat" "${options[@]}" "${names[@]}" 2>"$TEST_TMP/errors"; echo "exit $?")
	wanted=$(cd "$work" && tail "${options[@]}" -- "$@" 2>/dev/null; echo "exit $?")
	check_eq "${options[*]} of $*" "$(sed "s,^==> $CT_PID:/w/,==> ," <<<"$got")" "$wanted"
}
like_tail -n 2 -- thirty open empty short
like_tail -n 2 -q -- thirty open
like_tail -n 2 -v -- thirty
like_tail -c 3 -- empty empty thirty
like_tail -n 0 -- thirty open
like_tail -n 2 -- thirty missing open
check_eq "the missing one is told" "$(cat "$TEST_TMP/errors")" "nscat: $CT_PID:/w/missing: No such file or directory"
like_tail -n 2 -v -- missing
says 1 "/w/dir: Is a directory" "$nscat" -n 1 "$CT_PID" /w/dir
check_eq "the heading names what was typed" "$("$nscat" -v -n 1 "$CT_PID" w/thirty)" "==> $CT_PID:w/thirty <==
30"

# Files whose size says nothing.
check_eq "the last line of a file of /proc" "$("$nscat" -n 1 "$CT_PID" /proc/self/limits)" "$(tail -n 1 "/proc/$CT_PID/limits")"
check_eq "from its line 3 on" "$("$nscat" -n +3 "$CT_PID" /proc/self/limits)" "$(tail -n +3 "/proc/$CT_PID/limits")"
check_eq "its last bytes" "$("$nscat" -c 20 "$CT_PID" /proc/self/limits)" "$(tail -c 20 "/proc/$CT_PID/limits")"

# Large files: only the blocks that are needed, in little memory.
truncate -s 100G "$work/huge"
printf 'first\nlast\n' >>"$work/huge"
check_eq "the last line of 100 GB" "$(timeout 60 "$nscat" -n 1 "$CT_PID" /w/huge)" last
rm "$work/huge"
truncate -s 300M "$work/sparse"
peak=$(python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$nscat" -n 10 "$CT_PID" /w/sparse)
check "300 MB without a newline: ${peak} KiB of memory" test "$peak" -lt 100000

# What was typed wrong.
says 2 "'web1' is not a number of lines: -n is tail's" "$nscat" -n web1 /f
says 2 "option '-n' needs an argument" "$nscat" web1 -n
says 2 "'1x' is not a number of bytes" "$nscat" -c 1x web1 /f
says 2 "'+' is not a number of lines" "$nscat" -n + web1 /f
says 2 "--retry needs -f" "$nscat" --retry -n 1 "$CT_PID" /w/thirty
says 2 "-v is tail's, for headings" "$nscat" -v "$CT_PID" /w/thirty
says 2 "-q is tail's, for headings" "$nscat" -q "$CT_PID" /w/thirty
said=$("$nscat" -n +1 "$CT_PID" /w/many 2>&1 >>"$work/many")
check_eq "input is output" "$? $said" "1 nscat: $CT_PID:/w/many: input file is output file"
said=$("$nscat" -n 1 "$CT_PID" /w/thirty 2>&1 >/dev/full)
check_eq "a full device" "$? $said" "1 nscat: write error: No space left on device"
test_done
