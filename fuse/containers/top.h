/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top.h - the view's own folders: the mount point, with a folder for each container, and .by-id,
 * .by-name and .by-pid with links to these.
 *
 * Nothing polls. Listing a folder, or looking up an unknown name, triggers a scan of /proc;
 * requests that arrive during a scan share the next one. A name never changes while its container
 * lives. The pidfd says when a container has ended.
 *
 * Threads: any. top.lock protects the list. A thread of its own scans, without the lock.
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

struct nsv_opener;
struct prober;
struct top;

enum top_change {
	TOP_CAME,
	TOP_FOLLOWED, /* another process represents the container now */
	TOP_WENT,
};

/* Called for each change of a container, without a lock held. May be NULL. */
typedef void (*top_change_fn)(void *data, struct container *container, enum top_change change);

/* The processes that do what this one may not; each may be NULL, and then it does so itself. They
 * have to live longer. */
struct outside {
	struct owner *owner; /* whom an ordinary user's containers are asked through */
	const struct nsv_opener *opener;
	struct prober *prober;
};

int top_new(const struct view_options *options, int procfs, const struct outside *outside,
	    struct top **ret_top);
struct top *top_free(struct top *t);

/* Call before the first scan: sets the device number of the view itself (container.h). */
void top_set_device(struct top *t, uint32_t dev);
void top_set_change(struct top *t, top_change_fn fn, void *data);

/*
 * Waits for a scan of /proc that begins now. @names: read engines' names even if no container came
 * or went. -ETIMEDOUT after ten seconds, and the scan goes on; or another -errno.
 */
int top_scan(struct top *t, bool names);

/*
 * Ends scanning; call before freeing data of top_change_fn. False: a scan hangs, so free nothing
 * that it uses.
 */
bool top_stop(struct top *t);

/*
 * Looks up @name in a folder of kind @dir (NODE_TOP or NODE_BY_*). For a container or a link to
 * one, *ret_container is a new reference, else NULL. @scans: scan for an unknown name. -ENOENT, or
 * another -errno.
 */
int top_lookup(struct top *t, enum node_kind dir, const char *name, bool scans,
	       struct node_id *ret_id, struct stat *ret_st, struct container **ret_container);

/* Attributes of such a node; the text of a link, malloc'd. */
int top_getattr(struct top *t, const struct node *node, struct stat *ret_st);
int top_readlink(struct top *t, const struct node *node, char **ret_text);

/* What such a folder holds now. */
int top_list(struct top *t, enum node_kind dir, const struct listing_order *order,
	     struct listing *l);

#endif
