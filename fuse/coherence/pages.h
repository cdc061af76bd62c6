/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pages.h - whether the pages that the kernel keeps of a file are still the file's.
 *
 * Each open compares the file's times and size with those at the open through which the pages were
 * read. They are kept as a stamp of 32 bits in the node: there are many nodes. The stamp is keyed,
 * so a container can't write a file such that it gets the old stamp.
 *
 * Times tell two changes apart only where some time lies in between: what is read of a file just
 * changed gets no stamp, and is read again at the next open. Nor does what another machine or
 * program serves, whose clock may be any.
 *
 * What a container writes through a mapping may leave the times as they are. mapped.h drops such
 * pages while it may happen and an event tells of its end: only files of which events tell get a
 * stamp (file.c).
 *
 * A stamp is noted when the first read comes, not at the open: until then the kernel may not have
 * dropped the old pages yet, and another open at the same time would keep them.
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

/* Of the regular file @node with attributes @st as of now; 0: none. */
uint32_t pages_stamp(const struct tree *t, const struct view_options *options,
		     const struct node *node, const struct statx *st);

/* Whether pages that the kernel has of it were read when it had this stamp; never for 0. */
bool pages_kept(const struct node *node, uint32_t stamp);

/* They are read now, through an open that got this stamp. */
void pages_read(struct node *node, uint32_t stamp);

#endif
