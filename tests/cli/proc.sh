#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2086 # a command of several words
#
# Files of /proc that depend on their reader are printed, copied and listed as the container's own
# process finds them, by root and by the owner of a rootless container, on both routes. Control: read
# through /proc/PID/root, they show the host's values. A file that only the container can read is an error.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

owner=64321
nscat=$NSVIEW_BIN/nscat nscp=$NSVIEW_BIN/nscp nsls=$NSVIEW_BIN/nsls

as_root="env"
as_owner="setpriv --reuid $owner --regid $owner --clear-groups"

# unlike FILE: a number that the host has not.
unlike() {
	[ "$(cat "/proc/$1")" = 777 ] && echo 778 || echo 777
}

differ='sys/net/core/somaxconn sys/net/ipv4/ip_default_ttl sys/net/ipv4/conf/all/forwarding
	sys/kernel/shmmax sys/kernel/shmmni sys/kernel/msgmax sys/kernel/sem sys/fs/mqueue/msg_max
	sys/kernel/hostname sys/kernel/domainname net/dev 1/net/dev'
differ_by_user='sys/user/max_uts_namespaces 1/status'
same='sys/kernel/domainname sysvipc/shm sysvipc/msg sysvipc/sem sys/net/ipv4/ping_group_range sys/kernel/shmall sys/kernel/msgmnb
	sys/kernel/osrelease sys/kernel/overflowuid sys/fs/file-max sys/vm/swappiness net/tcp net/udp net/unix
	net/route 1/net/netlink 1/cgroup 1/mountinfo 1/mounts 1/uid_map 1/gid_map 1/setgroups 1/limits
	1/comm 1/cmdline 1/oom_score_adj 1/status version filesystems devices swaps
	cmdline key-users'
# Closed, while the container starts, to the root of a user namespace.
closed='1/environ 1/maps'

# What changes by itself: the users of keys, memory and switches.
stable() {
	tr '\0' ' ' | grep -avE '^(Sig|Shd|Vm|Rss|Hugetlb|voluntary|nonvoluntary)' | sed -E 's/^( *[0-9]+:).*/\1/'
}

# start OPTION...: writes other values than the host's, and keeps what its process reads.
start() {
	local more=${MORE-}

	container_start --hostname "box$$" --net --cgroup "$@" --setup "
		echo $(unlike sys/net/core/somaxconn) >/proc/sys/net/core/somaxconn
		echo $(($(cat /proc/sys/net/ipv4/ip_default_ttl) - 1)) >/proc/sys/net/ipv4/ip_default_ttl
		echo $((1 - $(cat /proc/sys/net/ipv4/conf/all/forwarding))) >/proc/sys/net/ipv4/conf/all/forwarding
		for f in shmmax shmmni msgmax; do echo $(unlike sys/kernel/shmmax) >/proc/sys/kernel/\$f; done
		echo '111 222 33 444' >/proc/sys/kernel/sem
		echo 55 >/proc/sys/fs/mqueue/msg_max
		$more
		ip link set dev lo name only$$
		mkdir /copies /odd
		: >/load
		mount -o bind /proc/sys/kernel /odd
		mount -o bind /proc/loadavg /load
		ln -s /proc/sys/net/core/somaxconn /link
		for f in $(echo $differ $differ_by_user $same $closed) sys/net/ipv4/conf/only$$/forwarding; do
			cat /proc/\$f >/copies/\$(echo \$f | tr / =) || :
		done 2>/dev/null"
}

# copy FILE: where the container keeps what it read.
copy() {
	echo "/proc/$CT_PID/root/copies/${1//\//=}"
}

# compare WHO VIA FILE...
compare() {
	local who=$1 via=$2 file

	shift 2
	for file; do
		check_eq "$who, $via: $file" \
			"$($who "$nscat" --via "$via" "$CT_PID" "/proc/$file" 2>&1 | stable)" \
			"$(stable <"$(copy "$file")")"
	done
}

controls() {
	local file

	for file; do
		check_not "control: $file is the host's by way of /proc/PID/root" \
			cmp -s "/proc/$CT_PID/root/proc/$file" "$(copy "$file")"
	done
}

copy_and_list() {
	local who=$1 via=$2 out=$TEST_TMP/out.${1%% *}.$2 wanted file=/proc/sys/net/core/somaxconn

	wanted=$(cat "$(copy sys/net/core/somaxconn)")
	install -d -m 777 "$out"
	check "$who, $via: nscp" $who "$nscp" --via "$via" "$CT_PID:$file" "$CT_PID:/proc/sys/kernel/hostname" "$out"
	check_eq "$who, $via: the container's bytes" "$(cat "$out/somaxconn" "$out/hostname")" "$wanted"$'\n'"box$$"
	check_eq "$who, $via: the file's mode" "$(stat -c %a "$out/somaxconn")" 644
	check_eq "$who, $via: by a link" "$($who "$nscp" --via "$via" "$CT_PID:/link" "$out/link"; cat "$out/link")" "$wanted"
	check_eq "$who, $via: nscat by a link" "$($who "$nscat" --via "$via" "$CT_PID" /link)" "$wanted"
	check_eq "$who, $via: in an archive it has its size" \
		"$($who "$nscp" --via "$via" "$CT_PID:$file" - | tar -tvf - | awk '{ print $1, $3, $6 }')" \
		"-rw-r--r-- $((${#wanted} + 1)) somaxconn"
	check_eq "$who, $via: nsls -l" "$($who "$nsls" --via "$via" -l "$CT_PID" $file | awk '{ print $1, $3, $4, $NF }')" \
		"-rw-r--r-- root root $file"
	check_eq "$who, $via: its interface" "$($who "$nscat" --via "$via" "$CT_PID" "/proc/sys/net/ipv4/conf/only$$/forwarding")" \
		"$(cat "$(copy sys/net/ipv4/conf/only$$/forwarding)")"
	check_eq "$who, $via: nsls of its interfaces" "$($who "$nsls" --via "$via" "$CT_PID" /proc/sys/net/ipv4/conf | xargs)" \
		"all default only$$"
	says 1 'No such file' $who "$nscat" --via "$via" "$CT_PID" /proc/sys/net/ipv4/conf/lo/forwarding
	check_eq "$who, $via: below another mount" "$($who "$nscat" --via "$via" "$CT_PID" /odd/hostname)" "box$$"
}

# What no process outside the PID namespace can know.
refusals() {
	local who=$1 via=$2 file

	for file in /proc/loadavg /load /proc/sys/kernel/ns_last_pid /proc/sys/kernel/cad_pid; do
		says 1 "$file: depends on the PID namespace of its reader" $who "$nscat" --via "$via" "$CT_PID" "$file"
		says 1 "depends on the PID namespace of its reader" \
			$who "$nscp" --via "$via" "$CT_PID:$file" "$TEST_TMP/out.${who%% *}.$via/none"
	done
	says 1 'its own keyrings' $who "$nscat" --via "$via" "$CT_PID" /proc/keys
	check_not "$who, $via: nothing was made" test -e "$TEST_TMP/out.${who%% *}.$via/none"
}

start
controls $differ
check "control: the container's own interface is nowhere" test ! -e "/proc/$CT_PID/root/proc/sys/net/ipv4/conf/only$$"
for via in proc setns; do
	compare "$as_root" $via $differ $same $closed
	copy_and_list "$as_root" $via
	refusals "$as_root" $via
done
case $(uname -r) in [1-5].* | 6.[0-9].* | 6.1[0-3].*) ;; *)
	says 1 'depends on the PID namespace' "$nscat" "$CT_PID" /proc/sys/kernel/pid_max
	;;
esac
# A namespace file names no other namespaces.
says 1 'that a mount namespace file does not name' "$nscat" "/proc/$CT_PID/ns/mnt" /proc/sys/net/core/somaxconn
check_eq "what is the same for all is read" "$("$nscat" "/proc/$CT_PID/ns/mnt" /proc/version)" "$(cat /proc/version)"
check_eq "-r of a folder that is named is copied" \
	"$("$nscp" -r "$CT_PID:/proc/sys/kernel/random" "$TEST_TMP/random" 2>&1; cat "$TEST_TMP/random/boot_id")" \
	"$(cat /proc/sys/kernel/random/boot_id)"
container_stop

# Without a user namespace of its own it would be the host's limit.
MORE='echo 4242 >/proc/sys/user/max_uts_namespaces' start --owner $owner
controls $differ $differ_by_user
for via in proc setns; do
	for who in "$as_root" "$as_owner"; do
		compare "$who" $via $differ $differ_by_user $same
		copy_and_list "$who" $via
		refusals "$who" $via
	done
done
container_stop

# Below a folder of the host's, paths of files begin at the container's root, not at the host's.
start --chroot
controls 1/maps
for via in proc setns; do
	compare "$as_root" $via 1/maps $differ
done
container_stop

# The clock of a time namespace, which unshare(1) sets for its child.
ahead=30000000
unshare --mount --time --boottime $ahead --fork --kill-child sleep 1000 >/dev/null &
maker=$!
disown
on_exit kill -KILL $maker # it ignores SIGTERM
sleeper() {
	pgrep -x -P $maker sleep
}
check "control: the host is not up that long" awk -v n=$ahead '{ exit !($1 < n) }' /proc/uptime
if wait_for "a process in a time namespace" sleeper; then
	for via in proc setns; do
		check "its clock is ahead ($via)" awk -v n=$ahead '{ exit !($1 >= n) }' \
			<("$nscat" --via $via "$(sleeper)" /proc/uptime)
	done
fi

# Nothing is refused where reader and container share what matters.
start --share-pid
check "with the host's PIDs loadavg is read" "$nscat" "$CT_PID" /proc/loadavg
check_eq "the host's own files" "$("$nscat" $$ /proc/sys/net/core/somaxconn 2>/dev/null)" "$(cat /proc/sys/net/core/somaxconn)"
check "and its loadavg" "$nscat" $$ /proc/loadavg
test_done
