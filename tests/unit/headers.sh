#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each public header stands by itself and beside all others, in C11 and in C++11 and later, without
# a warning, whichever system headers come before. In C++ options start as in C.
. "$(dirname "$0")/../fixtures/base.sh"

warn=(-Wall -Wextra -Wpedantic -Wshadow -Werror -I"$NSVIEW_SOURCE/include" -fsyntax-only)
system=$TEST_TMP/system.h
all=$TEST_TMP/all.h
# Those that define the most names.
printf '#include <%s>\n' arpa/inet.h dirent.h elf.h errno.h fcntl.h ftw.h glob.h grp.h limits.h \
	linux/capability.h linux/fs.h linux/magic.h linux/netlink.h linux/prctl.h linux/seccomp.h mntent.h \
	net/if.h netdb.h netinet/in.h poll.h pthread.h pwd.h sched.h signal.h stdio.h stdlib.h string.h \
	sys/epoll.h sys/fsuid.h sys/inotify.h sys/mman.h sys/mount.h sys/prctl.h sys/ptrace.h \
	sys/resource.h sys/socket.h sys/stat.h sys/statfs.h sys/syscall.h sys/sysmacros.h sys/types.h \
	sys/utsname.h sys/wait.h sys/xattr.h syslog.h termios.h time.h unistd.h utime.h >"$system"
for header in "$NSVIEW_SOURCE"/include/nsview/*.h; do
	printf '#include <nsview/%s>\n' "${header##*/}"
done >"$all"

compile() { # DESCRIPTION COMPILER STANDARD FILE [OPTION...]
	local language=c

	[[ $2 != *++ ]] || language=c++
	check "$1 ($2 -std=$3)" "$2" -x "$language" "-std=$3" "${warn[@]}" "${@:5}" "$4"
}
dialects=(gcc:c11 gcc:gnu17 g++:c++11 g++:c++17)
for compiler in clang:c11 clang++:c++11 clang++:c++20; do
	! command -v "${compiler%%:*}" >/dev/null || dialects+=("$compiler")
done
for dialect in "${dialects[@]}"; do
	while read -r line; do
		one=$TEST_TMP/one.h
		printf '%s\n' "$line" >"$one"
		compile "$line" "${dialect%%:*}" "${dialect#*:}" "$one"
	done <"$all"
	compile "all headers" "${dialect%%:*}" "${dialect#*:}" "$all"
	compile "all headers, after the system's" "${dialect%%:*}" "${dialect#*:}" "$all" -D_GNU_SOURCE -include "$system"
done
echo 'int f(void) { int nothing; return 0; }' >"$TEST_TMP/bad.h"
check_not "control: a warning is a failure" gcc -x c -std=c11 "${warn[@]}" "$TEST_TMP/bad.h"
echo '#define options 1' >"$TEST_TMP/taken.h"
check_not "control: a name that a header before defines" gcc -x c -std=c11 "${warn[@]}" \
	-include "$TEST_TMP/taken.h" "$all"

# The bytes of each struct of options, as C and as C++ begin it.
{
	cat "$all"
	printf '#include <stdio.h>\n#include <string.h>\nint main(void)\n{\n'
	sed -nE 's/^#define (NSV_([A-Z]+)_OPTIONS_INIT).*/\1 \2/p' "$NSVIEW_SOURCE"/include/nsview/*.h | sort -u |
		while read -r init name; do
			printf '{ static struct nsv_%s_options o = %s;\n' "${name,,}" "$init"
			printf 'unsigned char b[sizeof(o)]; memcpy(b, &o, sizeof(o)); printf("%s");\n' "$name"
			printf 'for (size_t i = 0; i < sizeof(b); i++) printf(" %%x", b[i]);\nputs(""); }\n'
		done
	printf 'return 0;\n}\n'
} >"$TEST_TMP/begin.c"
options=(-Wall -Wextra -Wpedantic -Werror -I"$NSVIEW_SOURCE/include")
check "options in C" gcc -std=c11 "${options[@]}" -o "$TEST_TMP/in_c" "$TEST_TMP/begin.c"
check "options in C++" g++ -std=c++11 "${options[@]}" -x c++ -o "$TEST_TMP/in_cpp" "$TEST_TMP/begin.c"
check "there are six of them or more" test "$("$TEST_TMP/in_c" | wc -l)" -ge 6
check_eq "both begin with the same bytes" "$("$TEST_TMP/in_cpp")" "$("$TEST_TMP/in_c")"
test_done
