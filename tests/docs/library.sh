#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# library.sh - the program in docs/library.md compiles without a warning, and prints a file of a container.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

container_start
sed -n '/^```c$/,/^```$/p' "$NSVIEW_SOURCE/docs/library.md" | grep -v '^```' >"$TEST_TMP/print.c"
check "the program compiles" cc -Wall -Wextra -Werror ${NSVIEW_SANITIZE:+"-fsanitize=$NSVIEW_SANITIZE"} \
	-I"$NSVIEW_SOURCE/include" "$TEST_TMP/print.c" -L"$NSVIEW_LIB" -lnsview -Wl,-rpath,"$NSVIEW_LIB" -o "$TEST_TMP/print" || exit 1
check_eq "it prints a file" "$("$TEST_TMP/print" "$CT_PID" /etc/alpine-release)" 3.13.0
check_not "and fails" "$TEST_TMP/print" "$CT_PID" /none
test_done
