#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# btrfs subvolumes: -x leaves out what is in them, as cp -x does, and without it they are part of the tree.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

for tool in mkfs.btrfs btrfs; do
	command -v $tool >/dev/null || test_skip "$tool is not installed"
done
modprobe btrfs 2>/dev/null
grep -qw btrfs /proc/filesystems || test_skip "the kernel has no btrfs"
cd "$TEST_TMP" || exit 1
truncate -s 128M image
mkfs.btrfs -q image || test_skip "mkfs.btrfs fails"
mkdir disk
on_exit umount disk
mount -o loop image disk || test_skip "there is no loop device"
mkdir disk/plain disk/plain/deep
btrfs -q subvolume create disk/sub
btrfs -q subvolume create disk/plain/deep/sub
for folder in disk disk/plain disk/sub disk/plain/deep/sub; do
	echo text >$folder/file
done
container_start --volume "$PWD/disk:/disk" --setup 'mkdir /disk/plain/tmpfs; mount -t tmpfs t /disk/plain/tmpfs; echo text >/disk/plain/tmpfs/file'

cp -ax disk/. by-cp
cp -a disk/. all
check "control: cp -a takes subvolumes along" test -e all/sub/file -a -e all/plain/deep/sub/file
check_not "control: cp -x does not" test -e by-cp/sub/file -o -e by-cp/plain/deep/sub/file
for via in proc setns; do
	check "nscp -ax" "$NSVIEW_BIN/nscp" --via $via -ax "$CT_PID:/disk" x-$via
	check_eq "$via: the same as cp -ax" "$(cd x-$via && find . | sort)" "$(cd by-cp && find . | sort)"
	check "nscp -a" "$NSVIEW_BIN/nscp" --via $via -a "$CT_PID:/disk" a-$via
	check_eq "$via: without it all is there" "$(find a-$via -name file | wc -l)" 5
	check_eq "$via: in an archive" "$("$NSVIEW_BIN/nscp" --via $via -x "$CT_PID:/disk" - | tar t | grep -c file)" 2
	check "from the host" "$NSVIEW_BIN/nscp" --via $via -ax disk "$CT_PID:/x-$via"
	check_eq "$via: the same" "$(find "/proc/$CT_PID/root/x-$via" -name file | wc -l)" 2
done
check "a subvolume that is named" "$NSVIEW_BIN/nscp" -ax "$CT_PID:/disk/sub" named
check_eq "is copied" "$(cat named/file)" text
test_done
