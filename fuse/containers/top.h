/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top.h - the view's own folders: one folder for each container, and .by-id, .by-name, .by-pid with
 * links to them.
 *
 * Nothing polls. Who lists a folder, or looks for a name that is not known, has /proc scanned;
 * those who come while a scan runs wait for the next one together. A name never changes while its
 * container lives, and a container that has ended is seen to have at the next look at its pidfd.
 *
 * Threads: any. One lock over the list, not held during a scan, which a thread of its own does.
 */
#ifndef NSV_FUSE_TOP_H
#define NSV_FUSE_TOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <nsview/error.h>

#include "fuse/containers/container.h"
#include "fuse/handles/listing.h"
#include "fuse/options.h"
#include "fuse/tree/tree.h"

struct top;

enum top_change {
	TOP_CAME,
	TOP_FOLLOWED, /* it is known by another process now */
	TOP_WENT,
};

/* Told, without a lock held, of each container to which that happened. NULL is fine. */
typedef void (*top_change_fn)(void *data, struct container *container, enum top_change change);

/* @owner: whom an ordinary user's containers are asked through, or NULL. */
int top_new(const struct view_options *options, int procfs, struct owner *owner,
	    struct top **ret_top);
struct top *top_free(struct top *t);

/* Before the first look: the device number of the view itself (container.h). */
void top_set_device(struct top *t, uint32_t dev);
void top_set_change(struct top *t, top_change_fn fn, void *data);

/*
 * Has /proc looked at now. @names: also where nothing came or went, for engines' names. -ETIMEDOUT
 * where that takes more than ten seconds: it goes on.
 */
int top_scan(struct top *t, bool names);

/* No more scans: before what top_change_fn uses is freed. False where one hangs: free nothing. */
bool top_stop(struct top *t);

/*
 * Looks up @name in a folder of kind @dir (NODE_TOP or NODE_BY_*): *ret_id, *ret_st. For a
 * container or a link to one, *ret_place is counted for the caller, else NULL. -ENOENT; @scans: for
 * a name that is not known only after a scan.
 */
int top_lookup(struct top *t, enum node_kind dir, const char *name, bool scans,
	       struct node_id *ret_id, struct stat *ret_st, struct container **ret_container);

/* Attributes of such a node, and the text of a link (malloc'd). */
int top_getattr(struct top *t, const struct node *node, struct stat *ret_st);
int top_readlink(struct top *t, const struct node *node, char **ret_text);

/* What such a folder holds now. */
int top_list(struct top *t, enum node_kind dir, struct listing *l);

#endif
