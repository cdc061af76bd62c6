/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount_points.h - finds the mount points that changed since the table of mounts was read last. No
 * locks: used by one thread at a time.
 */
#ifndef NSV_FUSE_MOUNT_POINTS_H
#define NSV_FUSE_MOUNT_POINTS_H

#include <stdbool.h>

#include "reach/mountinfo.h"

struct container;

/* Initialize with zeroes. */
struct mount_points {
	struct nsv_mount_list list;
	bool known; /* a table was read before */
};

/* A longer table fails with -E2BIG. */
#define MOUNT_POINTS_MAX 100000

void mount_points_clear(struct mount_points *m);

typedef void (*mount_point_fn)(void *data, const struct container *container, char *point,
			       bool changed);

/*
 * Reads the table again, and calls @fn for each mount point, also for removed ones; @fn may write
 * to the text of @point. Mount IDs are reused, so @changed may be wrongly false. The first call
 * reports no mount points. On -E2BIG, -ENOMEM or another -errno any mount point may have changed.
 */
int mount_points_update(struct mount_points *m, struct nsv_mountinfo *table, mount_point_fn fn,
			void *data, const struct container *container);

#endif
