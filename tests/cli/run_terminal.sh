#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsrun in a terminal: a session in a pseudo-terminal, with Ctrl-C, Ctrl-Z, fg, resizes and a shell.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

# Leaks can't be looked for in a process that has made itself undumpable.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
container_start --net --hostname "term-$$" --setup 'mkdir /srv; echo text >/srv/file'
check "a session" python3 "$(dirname "$0")/run_terminal.py" "$NSVIEW_BIN/nsrun" "$CT_PID"
check_eq "no process of it is left" "$(pgrep -f "nsrun $CT_PID" || :)" ''
test_done
