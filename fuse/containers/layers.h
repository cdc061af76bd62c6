/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layers.h - which overlays are known to lie on local file systems only.
 *
 * An overlay over a FUSE server is as endless as the server likes, and the kernel does not tell
 * what an overlay lies on. The options in mountinfo name paths, but the mounter's: a user's
 * namespace may call anything "/var/lib/docker". So an overlay is believed to be local only if its
 * device is in this process's own table of mounts. No user namespace can mount there, so root did,
 * and those paths are the ones that this table shows. Any other overlay may lie on a server.
 *
 * Threads: any. One lock, held while the host's own procfs is read.
 */
#ifndef NSV_FUSE_LAYERS_H
#define NSV_FUSE_LAYERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reach/mountinfo.h"

struct layers {
	pthread_mutex_t lock;
	int64_t read_at; /* ns, coarse monotonic clock; 0: never */
	uint32_t *local; /* devices (nsv_mount_dev()) of overlays on local file systems */
	size_t n, room;
};

void layers_init(struct layers *l);
void layers_done(struct layers *l);

/*
 * Whether the overlay of device @dev is known to be local. What was read is used for 50 ms, so one
 * that was mounted just now may not be.
 */
bool layers_local(struct layers *l, int procfs, uint32_t dev);

/*
 * Whether no layer of the overlay @line lies below a mount of @list that is served; a layer without
 * a path from the root is taken for one below the overlay's own mount point. False too if
 * the line names no layer. Unescapes @line's options in place.
 */
bool layers_are_local(const struct nsv_mount_list *list, struct nsv_mount_line *line);

#endif
