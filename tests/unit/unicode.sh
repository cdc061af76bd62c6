#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The table of characters that show nothing is what scripts/unicode-table makes of Unicode's data.
. "$(dirname "$0")/../fixtures/base.sh"

table=$NSVIEW_SOURCE/src/command/ignorable.h
data=/usr/share/unicode/DerivedCoreProperties.txt
[ -r "$data" ] || test_skip "the package unicode-data is not installed"
check "it is made" "$NSVIEW_SOURCE/scripts/unicode-table"
made=$("$NSVIEW_SOURCE/scripts/unicode-table")
version_of() {
	sed -n 's/.*of Unicode \([0-9.]*\):.*/\1/p'
}
have=$(version_of <"$table")
there=$(version_of <<<"$made")
if [ "$have" = "$there" ]; then
	check_eq "the table is Unicode $have's" "$(cat "$table")" "$made"
else
	echo "the table is of Unicode $have, the package of $there: not compared"
fi
check "it has a range that nothing was joined to" grep -qF '{ 0x3164, 0x3164 },' <<<"$made"
check "and the tags as one" grep -qF '{ 0xe0000, 0xe0fff },' <<<"$made"

# Data that is none makes no table.
printf '# DerivedCoreProperties-99.0.0.txt\n' >"$TEST_TMP/empty"
printf 'nothing\n' >"$TEST_TMP/nothing"
says 1 'has no Default_Ignorable_Code_Point' "$NSVIEW_SOURCE/scripts/unicode-table" "$TEST_TMP/empty"
says 1 "does not begin with Unicode's version" "$NSVIEW_SOURCE/scripts/unicode-table" "$TEST_TMP/nothing"
says 1 'is in the package unicode-data' "$NSVIEW_SOURCE/scripts/unicode-table" "$TEST_TMP/none"
test_done
