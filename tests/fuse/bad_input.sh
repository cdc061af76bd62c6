#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Wrong options and wrong mount points: nsviewd prints one line, exits with the right status, and mounts
# nothing.
. "$(dirname "$0")/../fixtures/base.sh"

program=$NSVIEW_BIN/nsviewd
[ "$(id -u)" = 0 ] || test_skip "the view is mounted as root"
point=$TEST_TMP/point
mkdir "$point" "$TEST_TMP/full"
touch "$TEST_TMP/file" "$TEST_TMP/full/.hidden"
ln -s "$TEST_TMP/none" "$TEST_TMP/dangling"

# Only where what must be refused is not.
unmount_all() {
	local at

	awk -v below="$TEST_TMP/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo |
		while read -r at; do umount -l "$at"; done
}
on_exit unmount_all

# says STATUS LINE ARG...
says() {
	local status=$1 line=$2 said

	shift 2
	said=$(timeout -k 5 30 "$program" "$@" 2>&1 </dev/null)
	check_eq "exit code of nsviewd $*" $? "$status"
	check_eq "nsviewd $*" "$said" "nsviewd: $line"
	check_not "nsviewd $*: nothing is mounted" grep -q "$TEST_TMP" /proc/self/mountinfo
}

usage() {
	local line=$1

	shift
	says 2 "$line (try 'nsviewd --help')" "$@"
}

# What can't be mounted on.
says 1 "$TEST_TMP/none: No such file or directory" "$TEST_TMP/none"
says 1 "$TEST_TMP/none/x: No such file or directory" "$TEST_TMP/none/x"
says 1 "$TEST_TMP/dangling: No such file or directory" "$TEST_TMP/dangling"
says 1 "$TEST_TMP/file: Not a directory" "$TEST_TMP/file"
says 1 "$TEST_TMP/file/x: Not a directory" "$TEST_TMP/file/x"
says 1 "$TEST_TMP/full: the folder is not empty (-o nonempty takes it)" "$TEST_TMP/full"
says 1 "$TEST_TMP/full: the folder is not empty (-o nonempty takes it)" -o ro -f nsviewd "$TEST_TMP/full/"
for root in / // /. /..; do
	says 1 "/: the view needs a folder of its own" -f -o nonempty "$root"
done
usage "the mount point is an empty name" ''
says 1 '/no\033[2J: No such file or directory' "$(printf '/no\033[2J')"
usage "one mount point is enough" nsviewd "$point" "$point"
usage "one mount point is enough" "$point" "$point"

# What can't be unmounted.
says 1 "$point: the view is not mounted there" --unmount "$point"
says 1 "/: the view is not mounted there" --unmount /
says 1 "$TEST_TMP/file: the view is not mounted there" --unmount "$TEST_TMP/file"
says 1 "$TEST_TMP/none: No such file or directory" --unmount "$TEST_TMP/none"
usage "the mount point is an empty name" --unmount ''
usage "one mount point is enough" --unmount nsviewd "$point"

# Words after -o.
usage "option '-o' needs an argument" -o
usage "option '--options' needs an argument" --options
usage "unknown option '-o bogus'" -o bogus "$point"
usage "unknown option '-o bogus'" -o ro,remote -o bogus=1 "$point"
usage 'unknown option '\''-o a\033[2J'\' -o "$(printf 'a\033[2J')" "$point"
usage "unknown option '-o subtype'" -o subtype=x "$point"
for word in pseudo remote allow_other nonempty; do
	usage "-o $word takes no value" -o "$word=1" "$point"
done
for word in links ids cache entry_timeout attr_timeout max_inflight passthrough exclude; do
	usage "-o $word needs a value" -o "$word" "$point"
done
for word in entry_timeout attr_timeout; do
	for value in '' abc -1 1s nan inf -inf ' 1' 86401 1e9; do
		usage "'$value' is not a value of -o $word: it is a number of seconds, at most a day" \
			-o "$word=$value" "$point"
	done
done
for value in '' 0 -1 +1 1.5 10001 abc 99999999999999999999; do
	usage "'$value' is not a value of -o max_inflight: it is a number from 1 to 10000" \
		-o "max_inflight=$value" "$point"
done
for value in '' -1 1k never0 99999999999999999999; do
	usage "'$value' is not a value of -o passthrough: it is never, or a number of bytes" \
		-o "passthrough=$value" "$point"
done
for value in '' Raw x; do
	usage "'$value' is not a value of -o links: it is confined or raw" -o "links=$value" "$point"
	usage "'$value' is not a value of -o ids: it is host or container" -o "ids=$value" "$point"
	usage "'$value' is not a value of -o cache: it is never, auto or always" -o "cache=$value" "$point"
done
usage "'' is not a value of -o exclude: it is a pattern" -o exclude= "$point"
usage "'65' is not a value of -o exclude: it is given at most 64 times" \
	-o "$(seq -s, -f 'exclude=%g' 65)" "$point"
usage "-o ids=container is for the mount's owner alone: it does not go with allow_other" \
	-o allow_other -o ids=container "$point"
usage "-o pseudo is for the mount's owner alone: it does not go with allow_other" \
	-o pseudo,allow_other "$point"
# What fstab(5) has is no error: the mount point is.
says 1 "$TEST_TMP/none: No such file or directory" nsviewd "$TEST_TMP/none" -o \
	'rw,suid,dev,exec,auto,nouser,async,relatime,_netdev,nofail,defaults,x-systemd.automount,comment=a\,b,,'
says 1 "$TEST_TMP/none: No such file or directory" nsviewd "$TEST_TMP/none" -o \
	'noatime,nodiratime,strictatime,lazytime,sync,owner,group,X-mount.mkdir'
usage "the view can't be remounted: unmount it, and mount it anew" -o remount,links=raw "$point"

# An ordinary user who may not.
cp "$program" "$TEST_TMP/nsviewd"
as_user() {
	timeout -k 5 30 setpriv --reuid 65534 --regid 65534 --clear-groups "$TEST_TMP/nsviewd" "$@" 2>&1 </dev/null
}
check_eq "without a mount point" "$(as_user)" "nsviewd: a mount point is needed, as you are not root"
as_user >/dev/null
check_eq "is a failure" $? 1
said=$(as_user "$point")
check_eq "another's folder is a failure" $? 1
check_eq "in one line: $said" "$(wc -l <<<"$said")" 1
check "which says why" grep -qE 'Permission denied|no write access|device not found' <<<"$said"
check_not "and nothing is mounted" grep -q "$TEST_TMP" /proc/self/mountinfo
test_done
