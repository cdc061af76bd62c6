# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# demo.sh - finds or makes a container for demonstrations.
#
#   find_container          prints the PID of a running container, or nothing
#   container_hostname PID  prints the container's hostname
#   demo_start, demo_stop   make one without an engine, end it; set $DEMO_PID

# A container's first process: the first of its own PID namespace, in a mount namespace and below a
# root that are not ours.
find_container() {
	local dir pid here root

	here=$(stat -Lc %i /proc/self/ns/mnt)
	root=$(stat -Lc %d:%i /)
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		grep -qs '^NSpid:.*[[:space:]]1$' "$dir/status" || continue
		[ "$pid" != 1 ] || continue
		[ "$(stat -Lc %i "$dir/ns/mnt" 2>/dev/null || echo "$here")" != "$here" ] || continue
		[ "$(stat -Lc %d:%i "$dir/root/" 2>/dev/null || echo "$root")" != "$root" ] || continue
		echo "$pid"
		return
	done
}

container_hostname() {
	nsenter -t "$1" -u uname -n
}

# Runs in the new namespaces, which still have the host's mounts. $1: an empty folder.
# shellcheck disable=SC2016 # expanded by the inner shell
demo_script='
set -eu
read -r pid rest </proc/self/stat
mount -t tmpfs -o mode=755 demo "$1"
cd "$1"
mkdir -p bin dev etc home proc root sys tmp usr/bin var old
cp /bin/busybox bin/busybox
for name in cat ls sh sleep; do ln -s /bin/busybox "bin/$name"; done
echo 3.13.0 >etc/alpine-release
echo demo >etc/hostname
echo root:x:0:0:root:/root:/bin/sh >etc/passwd
echo root:x:0: >etc/group
chmod 1777 tmp
hostname demo
mount -t proc proc proc
pivot_root . old
cd /
exec /bin/busybox sh -euc "
	/bin/busybox umount -l /old
	/bin/busybox rmdir /old
	echo $pid
	exec /bin/busybox sleep 2147483647 >/dev/null
"
'

demo_start() {
	local fd

	DEMO_DIR=$(mktemp -d /tmp/nsview-demo.XXXXXX)
	exec {fd}< <(exec setpriv --pdeathsig KILL unshare --mount --pid --uts --ipc --fork --kill-child \
		sh -c "$demo_script" demo "$DEMO_DIR" </dev/null)
	DEMO_UNSHARE=$!
	# shellcheck disable=SC2034 # for the caller
	read -r -t 30 DEMO_PID <&"$fd" || DEMO_PID=
	exec {fd}<&-
	[ -n "$DEMO_PID" ]
}

demo_stop() {
	if [ -n "${DEMO_UNSHARE-}" ]; then
		# unshare ignores SIGTERM; its child, the container's first process, dies with it.
		kill -KILL "$DEMO_UNSHARE" 2>/dev/null || true
		wait "$DEMO_UNSHARE" 2>/dev/null || true
		[ -z "${DEMO_PID-}" ] || timeout 10 tail -s 0.05 --pid="$DEMO_PID" -f /dev/null || true
	fi
	[ -z "${DEMO_DIR-}" ] || rmdir "$DEMO_DIR"
}
