#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files that are small on a container's disk but endless for a copy: holes of 8 EiB, more pieces than a
# map may have. And signals that arrive twice, as timeout(1) sends them to the command and to its group.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

# 8 EiB are possible on a tmpfs, which is what a container's root here is.
container_start --setup '
	mkdir /hole /late /pieces /big
	truncate -s 9223372036854775807 /hole/f; echo next >/hole/g
	yes 0123456789abcde | head -c 60000000 >/big/f'
python3 - "/proc/$CT_PID/root" <<'EOF' || test_skip "no python3"
import os, sys
f = os.open(sys.argv[1] + "/late/f", os.O_CREAT | os.O_WRONLY)
os.pwrite(f, b"x", 1 << 62)
f = os.open(sys.argv[1] + "/pieces/f", os.O_CREAT | os.O_WRONLY)
for i in range(5000):
    os.pwrite(f, b"x%d" % i, i * 8192)
os.ftruncate(f, 1 << 40)
EOF
check_eq "control: the file is huge" "$(stat -c %s "/proc/$CT_PID/root/hole/f")" 9223372036854775807
check "control: and takes nothing" test "$(stat -c %b "/proc/$CT_PID/root/hole/f")" -lt 100

# $1: at most so many bytes; the rest: what to archive. A broken pipe is a failure.
archived() {
	local most=$1 out=$TEST_TMP/t.tar

	shift
	timeout --kill-after=5 60 "$NSVIEW_BIN/nscp" "$@" - | head -c "$most" >"$out"
	[ "${PIPESTATUS[*]}" = '0 0' ]
}
check "a hole of 8 EiB is archived" archived 100000 "$CT_PID:/hole"
check_eq "what follows is there" "$(tar -xOf "$TEST_TMP/t.tar" hole/g)" next
check_eq "with its size" "$(tar -tvf "$TEST_TMP/t.tar" hole/f | awk '{print $3}')" 9223372036854775807
check "a sparse file of many pieces is archived" archived 50000000 "$CT_PID:/pieces"
check_eq "with its size" "$(tar -tvf "$TEST_TMP/t.tar" pieces/f | awk '{print $3}')" 1099511627776
mkdir "$TEST_TMP/out"
check "and comes out again" tar -C "$TEST_TMP/out" -xf "$TEST_TMP/t.tar"
check "whole" cmp -n 40960000 "$TEST_TMP/out/pieces/f" "/proc/$CT_PID/root/pieces/f"

# One signal ends a run of any length: the hole comes before its data.
"$NSVIEW_BIN/nscp" "$CT_PID:/late" - >"$TEST_TMP/late.tar" 2>/dev/null &
pid=$!
in_the_hole() {
	# More than a tenth of a second of its own time: it walks through the hole.
	[ "$(awk '{print $14 + $15}' "/proc/$pid/stat" || echo 0)" -gt 10 ]
}
wait_for "the archive to reach the hole" in_the_hole
kill -TERM "$pid" 2>/dev/null
gone() {
	[ "$(awk '{print $3}' "/proc/$pid/stat" 2>/dev/null || echo Z)" = Z ]
}
wait_for "the end after one signal" gone || kill -KILL "$pid" 2>/dev/null
wait "$pid"
check_eq "one signal ends it" $? 143

# Twice the same signal is one. Each round is another moment of a copy of a few hundredths of a second.
left=0
ended=0
for delay in 0.005 0.008 0.01 0.012 0.014 0.016 0.018 0.02 0.023 0.026 0.03 0.035; do
	rm -rf "$TEST_TMP/twice"
	mkdir "$TEST_TMP/twice"
	timeout "$delay" "$NSVIEW_BIN/nscp" "$CT_PID:/big/f" "$TEST_TMP/twice/" 2>/dev/null
	[ $? = 124 ] && ended=$((ended + 1))
	[ -z "$(find "$TEST_TMP/twice" -name '.nscp.*')" ] || left=$((left + 1))
done
check "some copies were interrupted" test "$ended" -gt 0
check_eq "and left nothing" "$left" 0
test_done
