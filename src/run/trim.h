/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trim.h - takes out of an attached clone what a tool must not walk into: file systems that the
 * kernel makes up, and those that wait for a server.
 */
#ifndef NSV_RUN_TRIM_H
#define NSV_RUN_TRIM_H

#include <stddef.h>
#include <stdint.h>

struct nsv_trimmed {
	size_t served;	 /* mounts of servers that were taken out */
	char first[128]; /* one of their mount points, as the container sees it; may be cut */
};

/*
 * Unmounts such file systems below the mount point @root, which itself stays, whatever it is. What
 * is locked, by a user namespace in between, is covered with the empty folder @empty, of which
 * @empty_dev is the device (nsv_mount_dev()). No call waits for a server. @procfs: the host's
 * /proc.
 *
 * The container may rename folders meanwhile, and so have a path lead to another of its mounts. The
 * table of mounts is read again until nothing is left to take out, and compared: 0 means that no
 * other mount is gone or covered. -EAGAIN: one is, or the renames did not stop.
 */
int nsv_trim(int procfs, const char *root, int empty, uint32_t empty_dev, struct nsv_trimmed *ret);

#endif
