/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view.h - the whole state of a mounted view.
 *
 * Locks, in this order; each is released before the next room is called, and none is held while a
 * container's file system is asked: a folder's listing (dir.c, of one open folder; this one is
 * held, and delays who shares the open folder only), top, a container's mount table, tree.
 */
#ifndef NSV_FUSE_VIEW_H
#define NSV_FUSE_VIEW_H

#include <stdatomic.h>
#include <stdint.h>

#include <fuse3/fuse_lowlevel.h>

#include <nsview/error.h>

#include "fuse/coherence/coherence.h"
#include "fuse/containers/container.h"
#include "fuse/containers/top.h"
#include "fuse/handles/listings.h"
#include "fuse/handles/opened.h"
#include "fuse/options.h"
#include "fuse/session/passthrough.h"
#include "fuse/tree/tree.h"

struct view {
	struct passthrough_user io; /* first: passthrough.h finds it there */
	int max_fds;		    /* of this process */
	const struct view_options *options;
	int procfs;		       /* O_PATH, the host's */
	unsigned dev_major, dev_minor; /* of the view itself, once mounted */
	struct listings *listings;     /* where the kernel opens folders by itself; else NULL */
	bool no_open;		       /* it opens files by itself too */
	bool keeps_links;	       /* and keeps texts of links */
	struct owner *owner;	       /* an ordinary user's, else NULL */
	struct tree *tree;
	struct opened opened, opened_dirs;
	struct top *top;
	struct coherence *coherence;  /* once the daemon serves; NULL: nothing is told */
	struct fuse_session *session; /* once there is one */
};

int view_new(const struct view_options *options, struct view **ret_view, struct nsv_error *e);
/* After the session has ended. NULL is fine. Returns NULL. */
struct view *view_free(struct view *v);

/*
 * After the mount and before the first request: learns its device number, so that it is known
 * where it is seen again in a container, without asking the view.
 */
int view_mounted(struct view *v, const char *mountpoint, struct nsv_error *e);

#endif
