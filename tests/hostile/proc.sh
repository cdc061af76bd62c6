#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A container that mounts its own idea of /proc (CVE-2025-52881, CVE-2019-16884, CVE-2019-19921 of
# runc, CVE-2015-1334 of lxc), and reaches for the descriptors of a process that enters (CVE-2016-9962,
# CVE-2024-21626 of runc). Control: a process that joins without precautions falls for each attack.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

# A /proc of the container's making: what it says changes nothing for us.
container_start --setup '
	mkdir -p /fake/self /fake/1/root /fake/1/ns
	echo "NSpid: 4242" >/fake/self/status
	echo "NStgid: 1" >/fake/1/status
	echo "1 (forged) S" >/fake/1/stat
	ln -s / /fake/1/root/root
	echo forged >/fake/1/uid_map
	mount -o bind /fake /proc
	echo real >/etc/real'
for via in proc setns; do
	check_eq "files are reached under a forged /proc ($via)" \
		"$("$NSVIEW_BIN/nscat" --via $via "$CT_PID" /etc/real)" real
	check_eq "its files are plain files ($via)" \
		"$("$NSVIEW_BIN/nscat" --via $via "$CT_PID" /proc/self/status)" 'NSpid: 4242'
	check "nsls -l works too ($via)" "$NSVIEW_BIN/nsls" --via $via -l "$CT_PID" /proc/1
done

# The descriptors of whoever enters lead nowhere, whatever their number.
container_start
check "control: a process that joins reaches the host's folder through its descriptor" \
	nsenter -m -t "$CT_PID" /bin/busybox true
exec 9</etc
for via in proc setns; do
	for path in root cwd exe fd/0 fd/1 fd/2 fd/3 fd/4 fd/5 fd/6 fd/7 fd/8 fd/9 fd/10 fd/11 fd/12 ns/mnt map_files; do
		for tail in ../../etc/shadow ../../../../../../etc/shadow shadow etc/shadow; do
			for who in self thread-self 1; do
				out=$("$NSVIEW_BIN/nscat" --via $via "$CT_PID" "/proc/$who/$path/$tail" 2>/dev/null)
				check_eq "/proc/$who/$path/$tail fails ($via)" "$?.$out" 1.
			done
		done
	done
done
exec 9<&-

# Sharing the host's PIDs, /proc/PID/root of a host process is within reach of a naive path.
container_start --share-pid
check "control: /proc/PID/root leads out" test -e "/proc/$CT_PID/root/proc/$$/root/$TEST_TMP"
for via in proc setns; do
	check_not "nscat does not follow it ($via)" \
		"$NSVIEW_BIN/nscat" --via $via "$CT_PID" "/proc/$$/root/etc/passwd"
	check_not "nor nsls ($via)" "$NSVIEW_BIN/nsls" --via $via "$CT_PID" "/proc/$$/root/"
	check_not "nor nscp into it ($via)" \
		"$NSVIEW_BIN/nscp" --via $via /etc/hostname "$CT_PID:/proc/$$/root$TEST_TMP/planted"
	check "nothing was written" test ! -e "$TEST_TMP/planted"
done
test_done
