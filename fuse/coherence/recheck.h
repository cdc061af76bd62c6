/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recheck.h - checks files again whose changes make events, because events can miss one case.
 *
 * A watch on a folder reports changes of a file through its names there. A container can give the
 * file another name in an unwatched folder, by link(2), and write through that name: no event
 * reports either. But the write changes the file's ctime, which no program can set. So each node
 * records a stamp of the ctime that the kernel has cached. While a container is in use (mapped.h),
 * its nodes are checked in turns, a few at a time, and a node with another ctime is invalidated.
 *
 * Threads: any. No lock is held between calls.
 */
#ifndef NSV_FUSE_RECHECK_H
#define NSV_FUSE_RECHECK_H

#include <stdint.h>
#include <sys/stat.h>

#include "fuse/containers/container.h"
#include "fuse/tree/tree.h"

/* The stamp of attributes that the kernel may cache for long; never 0, which means none. */
uint32_t recheck_stamp(const struct tree *t, const struct statx *st);

/*
 * Checks nodes of @p from *cursor on, for about @budget_us microseconds, and calls @invalidate
 * with the numbers of those that changed. *cursor is 0 at first, and again after the last node.
 * May hang in the container.
 */
void recheck_some(struct tree *t, struct container *p, uint64_t *cursor, unsigned budget_us,
		  void (*invalidate)(void *data, uint64_t number), void *data);

#endif
