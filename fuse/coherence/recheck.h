/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recheck.h - files whose changes events tell of, looked at again all the same.
 *
 * A watch is of a folder, and tells what is done to a file by its names there. A container can give
 * a file another name in a folder that nobody looks at, link(2), and write to it by that one: no
 * event comes of either. But the file's ctime changes, and no program can set that. So each node
 * keeps a stamp of the ctime that the kernel has cached, and while a container is looked at
 * (mapped.h) its nodes are gone through in turns, a little each time; what has another ctime is
 * invalidated.
 *
 * Threads: any. Between calls nothing is held.
 */
#ifndef NSV_FUSE_RECHECK_H
#define NSV_FUSE_RECHECK_H

#include <stdint.h>
#include <sys/stat.h>

#include "fuse/containers/container.h"
#include "fuse/tree/tree.h"

/* Of attributes that the kernel may cache for long; never 0, which is for all others. */
uint32_t recheck_stamp(const struct tree *t, const struct statx *st);

/*
 * Looks at nodes of @p from *cursor on (0 at first; 0 again once all were looked at), for about
 * @budget_us microseconds, and calls @invalidate with the numbers of those that changed. May hang
 * in the container.
 */
void recheck_some(struct tree *t, struct container *p, uint64_t *cursor, unsigned budget_us,
		  void (*invalidate)(void *data, uint64_t number), void *data);

#endif
