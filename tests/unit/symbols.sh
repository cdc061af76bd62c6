#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# libnsview exports what its public headers declare: nothing less, nothing more.
. "$(dirname "$0")/../fixtures/base.sh"

declared=$(cat "$NSVIEW_SOURCE"/include/nsview/*.h | sed 's,/\*.*\*/,,; /^ \*/d; /^\/\*/d' |
	grep -v typedef | grep -oE '\bnsv_[a-z0-9_]+\(' | tr -d '(' | sort -u)
exported=$(nm -D --defined-only --format=posix "$NSVIEW_LIB/libnsview.so" |
	awk '$2 == "T" { sub(/@.*/, "", $1); print $1 }' | sort -u)
check_eq "exported symbols are the declared ones" \
	"$(diff <(echo "$declared") <(echo "$exported"))" ''
check "the library carries a version" grep -q 'NSVIEW_0' \
	<(readelf -V "$NSVIEW_LIB/libnsview.so")
test_done
