#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Setuid files and device nodes of a container in the hands of the host's users (CVE-2025-64507 of
# Incus, CVE-2023-0386): copies drop them unless asked. Control: cp -a keeps them.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

container_start --setup '
	mkdir /s
	cp /bin/busybox /s/su; chmod 4755 /s/su
	cp /bin/busybox /s/sg; chmod 2755 /s/sg
	mkdir /s/shared; chmod 2775 /s/shared; chmod 1777 /s
	mknod /s/zero c 1 5
	mknod /s/disk b 8 0
	mkfifo /s/pipe'
modes() {
	(cd "$1" && find . -mindepth 1 -printf '%P %y %m\n' | sort)
}

check "control: cp -a" cp -a "/proc/$CT_PID/root/s" "$TEST_TMP/naive"
check_eq "control: cp -a keeps setuid" "$(stat -c %a "$TEST_TMP/naive/su")" 4755
check "control: and devices" test -c "$TEST_TMP/naive/zero"

"$NSVIEW_BIN/nscp" -a "$CT_PID:/s" "$TEST_TMP/safe" 2>"$TEST_TMP/said"
check_eq "nscp -a drops setuid" "$(stat -c %a "$TEST_TMP/safe/su")" 755
check_eq "and setgid of files" "$(stat -c %a "$TEST_TMP/safe/sg")" 755
check "makes no character device" test ! -e "$TEST_TMP/safe/zero"
check "nor block device" test ! -e "$TEST_TMP/safe/disk"
check "and says so" grep -q -- --special "$TEST_TMP/said"

check "nscp -a --special" "$NSVIEW_BIN/nscp" -a --special "$CT_PID:/s" "$TEST_TMP/all"
check_eq "keeps all of them" "$(modes "$TEST_TMP/all")" "$(modes "/proc/$CT_PID/root/s")"
check_eq "with their numbers" "$(stat -c %t:%T "$TEST_TMP/all/zero" "$TEST_TMP/all/disk" | xargs)" '1:5 8:0'

# Extracting an archive is no way around it.
tar -C "$TEST_TMP/all" -cf "$TEST_TMP/special.tar" .
mkdir "$TEST_TMP/untar"
"$NSVIEW_BIN/nscp" -a - "$TEST_TMP/untar" <"$TEST_TMP/special.tar" 2>/dev/null
check_eq "an archive's setuid is dropped" "$(stat -c %a "$TEST_TMP/untar/su")" 755
check "its devices too" test ! -e "$TEST_TMP/untar/zero"
test_done
