#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nsrun --inside -it in a pseudo-terminal: job control inside, sizes, and the mode of the caller's terminal,
# whatever ends nsrun. Without an engine.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/inside/common.sh"

DEVPTS='mkdir -p /dev/pts; mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts'
container_start --setup "$DEVPTS"
check "a session in a terminal" python3 "$NSVIEW_SOURCE/tests/inside/terminal.py" "$NSVIEW_BIN/nsrun" "$CT_PID"

# The guard of the terminal goes with nsrun.
check_eq "nothing stays" "$(pgrep -f "nsrun --inside -it $CT_PID")" ''

# What is no multiplexer on a devpts is not opened: links to the host's, FIFOs, another device.
for planted in 'ln -s /dev/ptmx /dev/pts/ptmx' 'ln -s ../../host /dev/pts/ptmx' 'mkfifo /dev/pts/ptmx' \
	'mknod /dev/pts/ptmx c 1 5' 'mknod /dev/pts/ptmx c 5 2' 'echo x >/dev/pts/ptmx' ':'; do
	container_start --setup "mkdir -p /dev/pts; $planted"
	says 125 "no terminal of its own" timeout 20 "$NSVIEW_BIN/nsrun" --inside -t "$CT_PID" /bin/busybox id
	container_stop
done
test_done
