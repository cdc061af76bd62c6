# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# many.sh - starts many containers without an engine: each has mount, UTS and PID namespaces, an overlay as
# its root, and the hostname bench$$-NUMBER. Source after base.sh.
#
#   many_start N       starts N containers, which end with the script
#   many_more N        starts N more processes outside of containers

started=()
# unshare ignores SIGTERM while waiting; its child gets SIGKILL when unshare ends.
many_end() {
	kill -KILL "${started[@]}" 2>/dev/null
	wait "${started[@]}" 2>/dev/null
	return 0
}

many_start() {
	local root=$TEST_TMP/root i

	mkdir -p "$root/bin" "$root/etc" "$TEST_TMP/empty"
	cp "$(command -v busybox)" "$root/bin/busybox"
	echo "in a container" >"$root/etc/small"
	on_exit many_end
	for ((i = 0; i < $1; i++)); do
		# shellcheck disable=SC2016 # expanded by the inner shell
		unshare --mount --uts --pid --fork --kill-child sh -c \
			'hostname "$1" && mount -t overlay overlay -o "lowerdir=$2:$3" "$2" && cd "$2" &&
			pivot_root . . && /bin/busybox umount -l . &&
			exec /bin/busybox sleep 100000' sh "bench$$-$i" "$root" "$TEST_TMP/empty" &
		started+=($!)
	done
}

many_more() {
	local i

	for ((i = 0; i < $1; i++)); do
		sleep 100000 &
		started+=($!)
	done
}
