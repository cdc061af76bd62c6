#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that were built with an older libnsview run with this one: scripts/abi.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"

lib=$NSVIEW_LIB/libnsview.so
kept=$NSVIEW_SOURCE/tests/abi/libnsview-$(uname -m).abi
[ -f "$kept" ] || test_skip "no ABI is kept for $(uname -m)"
check "the ABI is as programs know it" "$NSVIEW_SOURCE/scripts/abi" "$lib"

# Controls. A struct whose members move is among the seeded faults.
mkdir -p "$TEST_TMP/tree/scripts" "$TEST_TMP/tree/tests/abi"
cp "$NSVIEW_SOURCE/scripts/abi" "$NSVIEW_SOURCE/scripts/common.sh" "$TEST_TMP/tree/scripts"
cp -r "$NSVIEW_SOURCE/include" "$TEST_TMP/tree"
changed=$TEST_TMP/tree/tests/abi/${kept##*/}
with() {
	sed "$1" "$kept" >"$changed"
	check_not "control: the kept file was changed" cmp -s "$kept" "$changed"
}
with 's/nsv_scan_count/nsv_scan_counts/g'
check_not "control: a symbol is lost" "$TEST_TMP/tree/scripts/abi" "$lib"
with "s/name='NSV_KIND_SERVICE' value='1'/name='NSV_KIND_SERVICE' value='7'/"
check_not "control: a value has another number" "$TEST_TMP/tree/scripts/abi" "$lib"
test_done
