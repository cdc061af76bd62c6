#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files of the container that a tool reads for itself: passwd and group without an end, or links
# to elsewhere (CVE-2024-9676 of podman); libraries, locales and decompressors planted where
# a tool that entered would load or run them (CVE-2019-14271, CVE-2026-41567 of docker cp);
# folders and mounts made on the container's behalf (CVE-2026-41568). strace shows each command's calls.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

command -v strace >/dev/null || test_skip "strace is missing"
list() {
	timeout 20 "$NSVIEW_BIN/nsls" -l "$CT_PID" /
}

# A passwd that has no end, in every shape.
i=0
for passwd in 'ln -s /dev/zero' 'ln -s /proc/kcore' 'mkfifo' 'truncate -s 1024G' 'mkdir' \
	'ln -s passwd' 'ln -s /etc/shadow' 'mknod-zero'; do
	case $passwd in
	mknod-zero) setup='mknod /etc/passwd c 1 5' ;;
	*) setup="$passwd /etc/passwd" ;;
	esac
	container_start --setup "mkdir -p /dev; [ -e /dev/zero ] || mknod /dev/zero c 1 5; rm -rf /etc/passwd /etc/group; $setup; ln -s passwd /etc/group"
	SECONDS=0
	check "nsls -l ends with passwd made by: $passwd" list
	peak=$( (ulimit -v 4000000; /usr/bin/env bash -c 'exec "$0" -l "$1" / >/dev/null; ' "$NSVIEW_BIN/nsls" "$CT_PID") >/dev/null 2>&1; echo $?)
	[ -n "${NSVIEW_SANITIZE-}" ] || check_eq "in bounded memory: $passwd" "$peak" 0
	container_stop
	i=$((i + 1))
done

# Planted files: opened by nobody; nothing is executed; nothing is made or mounted.
container_start --setup '
	mkdir -p /lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu/gconv /usr/lib/locale/C.utf8 \
		/usr/share/locale/de/LC_MESSAGES /etc/terminfo/x
	for f in /lib/x86_64-linux-gnu/libnss_files.so.2 /lib/x86_64-linux-gnu/libnss_planted.so.2 \
		/usr/lib/x86_64-linux-gnu/gconv/gconv-modules /usr/lib/locale/locale-archive \
		/etc/ld.so.preload /etc/ld.so.cache /etc/localtime; do echo planted >$f; done
	echo "passwd: planted" >/etc/nsswitch.conf
	for f in /bin/xz /bin/zstd /bin/unpigz /bin/gzip /bin/tar; do rm -f $f; printf "#!/bin/sh\ntouch /owned\n" >$f; chmod 755 $f; done
	mkdir /data; echo text >/data/file; ln -s file /data/link'

hash_before=$(cat "$NSVIEW_BIN"/ns* | sha256sum)
trace=$TEST_TMP/trace
for command in "nscat --via setns $CT_PID /data/file" "nscat --via proc $CT_PID /data/file" \
	"nscat --via setns $CT_PID /data/no-such-file" "nsls -l --via setns $CT_PID /data" \
	"nsls -lR --via proc $CT_PID /data" "nscp -a --via setns $CT_PID:/data $TEST_TMP/a" \
	"nscp -a --via proc $CT_PID:/data $TEST_TMP/b" "nscp -a $TEST_TMP/a $CT_PID:/data/back"; do
	# LANG of a language that has catalogues: a translated message would have to load one.
	LC_ALL= LANG=de_DE.UTF-8 LANGUAGE=de ASAN_OPTIONS=detect_leaks=0 \
		strace -f -qq -o "$trace" "$NSVIEW_BIN/"$command >/dev/null 2>&1
	check_eq "$command executes nothing" "$(grep -c 'execve(' "$trace")" 1
	check_not "$command mounts nothing" grep -qE ' (u?mount2?|move_mount|fsmount|open_tree|pivot_root)\(' "$trace"
	# From the moment a process has entered (setns), it opens what it was asked for, nothing else.
	helper=$(awk '/ setns\(/ { print $1; exit }' "$trace")
	if [ -n "$helper" ]; then
		awk -v h="$helper" '$1 == h && / setns\(/ { in_ns = 1 } $1 == h && in_ns' "$trace" >"$trace.in"
		check_not "$command loads nothing after entering" grep -qE \
			'libnss|gconv|locale|nsswitch|ld\.so|\.so[."]|localtime|terminfo|LC_MESSAGES' "$trace.in"
	elif [[ $command == *setns* ]]; then
		check "$command: a helper entered" false
	fi
done
# What runs on the host's side never asks the container for who is who by NSS.
check_not "no NSS library is opened for the container's names" grep -q 'libnss' "$trace"
check "nothing of the container ran" test ! -e "/proc/$CT_PID/root/owned"
check_eq "the programs are unchanged (CVE-2019-5736)" "$(cat "$NSVIEW_BIN"/ns* | sha256sum)" "$hash_before"

# Copies out make no folder in the container (CVE-2026-42306).
strace -f -qq -o "$trace" -e signal=none -e trace=mkdir,mkdirat,mknod,mknodat,symlinkat,linkat,unlinkat,renameat2,renameat,fchmod,fchownat \
	"$NSVIEW_BIN/nscat" "$CT_PID" /data/file >/dev/null
check_eq "nscat changes nothing" "$(cat "$trace")" ''
strace -f -qq -o "$trace" -e signal=none -e trace=mkdir,mkdirat,mknod,mknodat,symlinkat,linkat,unlinkat,renameat2,renameat,fchmod,fchownat \
	"$NSVIEW_BIN/nsls" -lR "$CT_PID" / >/dev/null
check_eq "nsls changes nothing" "$(cat "$trace")" ''
test_done
