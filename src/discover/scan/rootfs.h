/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rootfs.h - whose "/" it is, and what file system that is.
 *
 * A container may have a FUSE server of its own as its root, which may never answer, or
 * not answer us (EACCES, without allow_other). Nothing here asks it: identity comes from what the
 * kernel has in memory, the type from mountinfo; statfs(2) is not used. No state, no locks.
 */
#ifndef NSV_DISCOVER_ROOTFS_H
#define NSV_DISCOVER_ROOTFS_H

#include <stdbool.h>
#include <stdint.h>

struct nsv_rootfs {
	uint64_t dev;	 /* of the file system */
	uint64_t ino;	 /* 0: it would not say */
	uint64_t mnt_id; /* as in mountinfo */
	bool known;	 /* else all of it failed, but there is one */
};

/* The root of DIR ("PID"). -ENOENT, -ESRCH: it has ended; -EACCES: may not be looked at. */
int nsv_rootfs_read(int procfs, const char *dir, struct nsv_rootfs *ret);

bool nsv_rootfs_same(const struct nsv_rootfs *a, const struct nsv_rootfs *b);

/*
 * Its type as mountinfo has it ("fuse.fuse-overlayfs"), terminated in @buf; "" when not known.
 * @by_id: mnt_id is to be believed (not in a recorded tree).
 */
void nsv_rootfs_type(int procfs, const char *dir, const struct nsv_rootfs *root, bool by_id,
		     char *buf, unsigned size);

#endif
