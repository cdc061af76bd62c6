/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * beneath.c - openat2(2) without links. The kernel answers EAGAIN while anything is renamed or
 * mounted, so the call is repeated, a bounded number of times. No state, no locks.
 */
#include "reach/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_RETRIES 64

int open_beneath(int dirfd, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (uint64_t)(unsigned)flags | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	for (unsigned i = 0;; i++) {
		long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno != EINTR && (errno != EAGAIN || i >= MAX_RETRIES))
			return -errno;
	}
}
