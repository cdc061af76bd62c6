/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view.h - the whole state of a mounted view.
 *
 * Locks, in this order: a folder's listing (dir.c, of one open folder), top, a container's mount
 * table, tree. Each is released before another room is called, and none is held while a
 * container's file system is asked. The exception is a folder's listing: its lock is held
 * meanwhile, and delays only users of the same open folder.
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
#include "fuse/handles/held_locks.h"
#include "fuse/handles/listings.h"
#include "fuse/handles/opened.h"
#include "fuse/handles/readers.h"
#include "fuse/options.h"
#include "fuse/session/passthrough.h"
#include "fuse/tree/tree.h"
#include "reach/opener.h"

struct view {
	struct passthrough_user io; /* first: passthrough.h finds it there */
	int max_fds;		    /* the limit of this process, RLIMIT_NOFILE */
	const struct view_options *options;
	int procfs;		       /* owned, O_PATH of the host's /proc */
	unsigned dev_major, dev_minor; /* of the view itself, once mounted */
	struct listings *listings;
	struct held_locks *locks; /* with locks=container, else NULL */
	_Atomic unsigned waiting; /* readers that wait for a lock */
	/* Files may have SELinux labels: the host has SELinux, or one was seen. */
	_Atomic bool has_labels;
	bool no_opendir;	  /* the kernel opens folders by itself */
	bool no_open;		  /* it opens files by itself too */
	bool keeps_links;	  /* and keeps texts of links */
	struct owner *owner;	  /* an ordinary user's, else NULL */
	struct nsv_opener opener; /* see top.h; once has_opener is set */
	bool has_opener;
	struct prober *prober;
	struct tree *tree;
	struct opened opened, opened_dirs;
	struct readers readers;
	struct top *top;
	struct coherence *coherence;  /* set once the daemon serves; NULL: no notifications */
	struct fuse_session *session; /* owned by nsviewd.c; set at the mount */
};

int view_new(const struct view_options *options, struct view **ret_view, struct nsv_error *e);
/* Call after the session has ended. NULL is fine. Returns NULL. */
struct view *view_free(struct view *v);

/*
 * Call after the mount and before the first request: records the view's device number, by which
 * the view is recognized inside a container without asking it. 0 or -errno, and a message in @e.
 */
int view_mounted(struct view *v, const char *mountpoint, struct nsv_error *e);

#endif
