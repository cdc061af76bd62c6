/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mounts.h - what kind of file system a mount inside a container is, without touching it: asking a
 * hung server what it is would hang too. The answer is in /proc/PID/mountinfo, by mount ID.
 *
 * A mount ID may be used again, so what was read is used for 50 ms; mount points are few.
 *
 * Threads: any. One lock, held while the host's own procfs is read.
 */
#ifndef NSV_FUSE_MOUNTS_H
#define NSV_FUSE_MOUNTS_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#include "fuse/containers/layers.h"
#include "reach/mountinfo.h"

struct mounts {
	pthread_mutex_t lock;
	struct layers *layers; /* borrowed; NULL: no overlay is known to be local */
	int64_t read_at;       /* ns, coarse monotonic clock; 0: never */
	struct nsv_mount_list list;
};

void mounts_init(struct mounts *m, struct layers *layers);
void mounts_done(struct mounts *m);

/*
 * What mount @id is (enum nsv_fs_flags), as the process @pid sees it below @procfs. NSV_FS_LAYERED
 * means an overlay that may lie on a server. -ESTALE: there
 * is none of that ID, or the process has ended.
 */
int mounts_flags(struct mounts *m, int procfs, pid_t pid, uint64_t id, unsigned *ret);

/* Something was mounted: what was read is stale. */
void mounts_forget(struct mounts *m);

/*
 * What the file system of device @dev (nsv_mount_dev()) is, as far as this process has it mounted
 * too: for a root that is no mount point, whose mount is in no table that can be read. -ESTALE: it
 * has not.
 */
int mounts_flags_of_device(struct mounts *m, int procfs, uint32_t dev, unsigned *ret);

#endif
