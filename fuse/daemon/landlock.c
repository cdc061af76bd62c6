/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * landlock.c - a ruleset that handles all rights to change and has no rule. The numbers are written
 * down here, as kernel headers may be older than the kernel. No state, no locks.
 */
#include "fuse/daemon/landlock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "reach/util.h"

/* The same on all architectures. */
#define CREATE_RULESET 444
#define RESTRICT_SELF  446
#define VERSION	       1U

#define FS_EXECUTE    (1ULL << 0)
#define FS_WRITE_FILE (1ULL << 1)
#define FS_REMOVE_ETC (0x1ffULL << 4) /* REMOVE_DIR, REMOVE_FILE, MAKE_* */
#define FS_REFER      (1ULL << 13)    /* ABI 2; before, it is always refused */
#define FS_TRUNCATE   (1ULL << 14)    /* ABI 3 */
#define FS_IOCTL_DEV  (1ULL << 15)    /* ABI 5 */
#define NET_TCP	      3ULL	      /* ABI 4: bind and connect */
#define SCOPE_SOCKET  (1ULL << 0)     /* ABI 6: abstract UNIX sockets */

struct ruleset {
	uint64_t fs, net, scoped;
};

int landlock_give_up_changes(void)
{
	struct ruleset rules = { .fs = FS_EXECUTE | FS_WRITE_FILE | FS_REMOVE_ETC };
	nsv_autofd int fd = NSV_FD_NONE;
	long abi = syscall(CREATE_RULESET, NULL, 0, VERSION);
	size_t size = sizeof(rules.fs);

	if (abi < 0)
		return -errno;
	if (abi >= 2)
		rules.fs |= FS_REFER;
	if (abi >= 3)
		rules.fs |= FS_TRUNCATE;
	if (abi >= 4) {
		rules.net = NET_TCP;
		size += sizeof(rules.net);
	}
	if (abi >= 5)
		rules.fs |= FS_IOCTL_DEV;
	if (abi >= 6) {
		rules.scoped = SCOPE_SOCKET;
		size += sizeof(rules.scoped);
	}
	fd = (int)syscall(CREATE_RULESET, &rules, size, 0U);
	if (fd < 0 || syscall(RESTRICT_SELF, fd, 0U) < 0)
		return -errno;
	return (int)abi;
}
