/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rootfs.h - identity and file system type of a process's root directory.
 *
 * A container's root may be on its own FUSE server, which may hang or refuse us (EACCES, without
 * allow_other). These calls send it no request: identity comes from attributes that the kernel has
 * cached (AT_STATX_DONT_SYNC, statx(2)), the type from mountinfo. statfs(2) would ask the server.
 * No state, no locks.
 */
#ifndef NSV_DISCOVER_ROOTFS_H
#define NSV_DISCOVER_ROOTFS_H

#include <stdbool.h>
#include <stdint.h>

struct nsv_rootfs {
	uint64_t dev;	 /* device of the file system */
	uint64_t ino;	 /* 0: unknown, the server refused */
	uint64_t mnt_id; /* as in mountinfo (Linux 5.8); 0: unknown */
	bool known;	 /* false: a root exists, but statx(2) failed */
};

/* Reads the root of process directory @dir ("PID"). -ENOENT, -ESRCH: the process has ended;
 * -EACCES, -EPERM: the caller has no permission. */
int nsv_rootfs_read(int procfs, const char *dir, struct nsv_rootfs *ret);

/* False where one of them is unknown. */
bool nsv_rootfs_same(const struct nsv_rootfs *a, const struct nsv_rootfs *b);

/*
 * Writes the type as mountinfo has it ("fuse.fuse-overlayfs") to @buf, terminated; "" when unknown.
 * @by_id: find the mount by mnt_id. False in a recorded tree, whose mount IDs are another
 * machine's.
 */
void nsv_rootfs_type(int procfs, const char *dir, const struct nsv_rootfs *root, bool by_id,
		     char *buf, unsigned size);

#endif
