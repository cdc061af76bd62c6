# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# common.sh - compares nsrun --inside with an engine's exec. Source after base.sh.
#
#   inside_tar                    sets $INSIDE_TAR: a busybox system with nsv-confinement in /bin and users
#   inside OPTION... SPEC COMMAND...   nsrun --inside, run by $AS if it is set, ended after a minute
#   same CONTAINER [OPTION...]    a check: COMMAND sees the same as by `engine exec`

# Leaks can't be looked for in processes that have made themselves undumpable.
# A fault ends the process by its signal, as without sanitizers.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0:handle_segv=0

inside_tar() {
	local name dir=$TEST_TMP/inside-root

	busybox_tar
	mkdir "$dir"
	tar -C "$dir" -xf "$BUSYBOX_TAR"
	install -m 755 "$NSVIEW_BUILD/tests/nsv-confinement" "$NSVIEW_BUILD/tests/nsv-intruder" "$dir/bin"
	for name in sh cat id echo grep head sleep; do
		ln -sf busybox "$dir/bin/$name"
	done
	cat >"$dir/etc/passwd" <<-'END'
		root:x:0:0:root:/root:/bin/sh
		app:x:1000:1000:an application:/home/app:/bin/sh
		nobody:x:65534:65534:nobody:/:/bin/sh
	END
	cat >"$dir/etc/group" <<-'END'
		root:x:0:
		app:x:1000:
		extra:x:2000:app,root
		nogroup:x:65534:
	END
	INSIDE_TAR=$TEST_TMP/inside.tar
	tar --numeric-owner -C "$dir" -cf "$INSIDE_TAR" .
}

inside() {
	${AS-} timeout -k 5 60 "$NSVIEW_BIN/nsrun" --inside "$@"
}

# What differs by nature: the parent's PID, in the host's PID namespace; the number of the terminal.
fields() {
	tr -d '\r' | grep -v '^parent ' | sed 's/device 88[0-9a-f]* /device 88xx /'
}

same() {
	local container=$1 what

	shift
	what="$container $*, by ${AS:-root}"
	engine exec "$@" "$container" /bin/nsv-confinement </dev/null 2>&1 | fields >"$TEST_TMP/wanted"
	check "$what: the engine's exec ran" grep -q '^working directory ' "$TEST_TMP/wanted"
	inside "$@" "$container" /bin/nsv-confinement </dev/null 2>&1 | fields >"$TEST_TMP/got"
	check "$what: the same confinement" diff "$TEST_TMP/wanted" "$TEST_TMP/got"
}

# The answers of the kernel to each system call: the filters do the same.
same_calls() {
	engine exec "$1" /bin/nsv-confinement --syscalls </dev/null >"$TEST_TMP/wanted" 2>&1
	check "$1: the engine's exec ran" grep -q '^syscall 400: ' "$TEST_TMP/wanted"
	inside "$1" /bin/nsv-confinement --syscalls </dev/null >"$TEST_TMP/got" 2>&1
	check "$1: the same system calls" diff "$TEST_TMP/wanted" "$TEST_TMP/got"
}
