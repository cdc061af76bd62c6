/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount_points.h - which mount points came or went since the last look at a table of mounts. No
 * locks: of one thread at a time.
 */
#ifndef NSV_FUSE_MOUNT_POINTS_H
#define NSV_FUSE_MOUNT_POINTS_H

#include <stdbool.h>

#include "reach/mountinfo.h"

struct container;

/* Starts as zeroes. */
struct mount_points {
	struct nsv_mount_list list;
	bool known; /* was read before */
};

/* More than that are not remembered. */
#define MOUNT_POINTS_MAX 100000

void mount_points_clear(struct mount_points *m);

typedef void (*mount_point_fn)(void *data, const struct container *container, char *point,
			       bool changed);

/*
 * Reads the table anew and calls @fn for each point, also those that went; the text may be changed.
 * Not @changed may be wrong, as mount IDs are used again. The first time it calls for none. -E2BIG,
 * -ENOMEM or another -errno: nothing is known, and any point may have changed.
 */
int mount_points_update(struct mount_points *m, struct nsv_mountinfo *table, mount_point_fn fn,
			void *data, const struct container *container);

#endif
