/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pages.h - decides whether the kernel's cached pages of a file are still true.
 *
 * Each open compares the file's times and size with those at the open through which the pages were
 * read. The node keeps them as a stamp of 32 bits, because there are many nodes. The stamp is
 * keyed, so a container can't make a file that gets the old stamp.
 *
 * Times distinguish two changes only if the clock ticked in between. So a file that changed just
 * now gets no stamp, and is read again at the next open. Neither do files of servers, whose clocks
 * may differ.
 *
 * A write through a mapping may leave the times as they are. While such a write is possible,
 * mapped.h invalidates the pages, and an event marks its end. So only files with watched events
 * get a stamp (file.c).
 *
 * The node records a stamp at the first read, not at the open: until then the kernel may still
 * have old pages, and another open at the same time would keep them.
 *
 * Threads: any, without a lock.
 */
#ifndef NSV_FUSE_PAGES_H
#define NSV_FUSE_PAGES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "fuse/options.h"
#include "fuse/tree/tree.h"

/* The stamp of the regular file @node with the current attributes @st; 0: none. */
uint32_t pages_stamp(const struct tree *t, const struct view_options *options,
		     const struct node *node, const struct statx *st);

/* Whether the kernel's pages were read with this stamp; false for 0. */
bool pages_kept(const struct node *node, uint32_t stamp);

/* Call when pages are read through an open with this stamp. */
void pages_read(struct node *node, uint32_t stamp);

#endif
