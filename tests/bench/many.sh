# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# many.sh - many containers of namespaces alone: each has mount, UTS and PID namespaces, an overlay, and
# the hostname bench$$-NUMBER. After base.sh.
#
#   many_start N       starts them; they end with the script
#   many_more N        N processes more, outside of all of them

started=()
# unshare ignores SIGTERM while it waits, and its child gets SIGKILL when it is gone.
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
		# shellcheck disable=SC2016 # the inner shell's
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
