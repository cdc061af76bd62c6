#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# With -o pseudo a file of /proc is the container's, or can't be read: never the host's values in its
# place. Control: through /proc/PID/root the same names give the host's.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

container_start --hostname "apart$$" --net --setup 'echo 777 >/proc/sys/kernel/shmmax; mkdir /odd
	mount -o bind /proc/sys/kernel /odd'
apart=$CT_PID
container_start --hostname "mapped$$" --userns --share-pid
mapped=$CT_PID
container_start --hostname "shared$$" --share-uts --share-pid --setup 'echo 777 >/proc/sys/kernel/shmmax'
shared=$CT_PID

denied() {
	local said

	said=$(quick cat "$1" 2>&1)
	check_eq "$1 is not shown" "$? ${said##*: }" "1 Permission denied"
}

for cache in auto always never; do
	view_start -o "pseudo,cache=$cache"
	proc=$VIEW/.by-pid/$apart/proc
	for file in sys/net/core/somaxconn sys/kernel/shmmax sys/kernel/hostname sysvipc/shm loadavg \
		sys/kernel/ns_last_pid sys/fs/mqueue/msg_max keys; do
		check "control: $file can be read by its path ($cache)" cat "/proc/$apart/root/proc/$file"
		denied "$proc/$file"
	done
	denied "$VIEW/.by-pid/$apart/odd/shmmax"
	check_eq "status is ($cache)" "$(quick cat "$proc/1/status" | grep -E '^(Name|NSpid|Uid|Gid):')" \
		"$(grep -E '^(Name|NSpid|Uid|Gid):' "/proc/$apart/root/proc/1/status")"
	for file in version sys/vm/swappiness 1/uid_map 1/maps cmdline filesystems swaps; do
		check_eq "$file is ($cache)" "$(quick cat "$proc/$file" | sha256sum)" \
			"$(sha256sum <"/proc/$apart/root/proc/$file")"
	done
	# What depends on users only.
	proc=$VIEW/.by-pid/$mapped/proc
	for file in "$mapped/status" "$mapped/uid_map" "$mapped/net/tcp" sys/user/max_uts_namespaces; do
		denied "$proc/$file"
	done
	check "what does not is shown ($cache)" quick cat "$proc/$mapped/limits"
	check "nor is loadavg hidden where the PIDs are the host's ($cache)" quick cat "$proc/loadavg"
	# The host's network and names are this container's too.
	proc=$VIEW/.by-pid/$shared/proc
	for file in sys/net/core/somaxconn sys/kernel/hostname; do
		check_eq "$file is shown where both share it ($cache)" "$(quick cat "$proc/$file")" "$(cat "/proc/$file")"
	done
	denied "$proc/sys/kernel/shmmax"
	view_stop
done
test_done
