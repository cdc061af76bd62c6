/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * walk.h - goes through a tree of any depth and size with few open fds.
 *
 * Each directory is listed once, in one pass: what is no directory goes to the
 * visitor at once, the names of subdirectories are put on a stack (a spool: memory,
 * then a file) and entered afterwards. The deepest levels stay open; levels above are closed
 * and reached again by "..", which must lead to the very directory (device and inode)
 * that was left: a container may have moved it. No recursion: depth costs no stack.
 */
#ifndef NSV_COPY_WALK_H
#define NSV_COPY_WALK_H

#include "internal.h"
#include "sorted.h"
#include "spool.h"

struct nsv_walk {
	struct nsv_source *s;
	void *data; /* the visitor's */
	/*
	 * A directory is about to be listed: @dir->src is open and its attributes are set.
	 * 0, or another value: leave it out (a failure has been reported). @empty: it is a mount
	 * point whose content is left out.
	 */
	int (*enter)(struct nsv_walk *w, struct nsv_dir *dir, bool empty);
	/* Anything else. @follow: a link that is to be followed. */
	void (*entry)(struct nsv_walk *w, struct nsv_dir *dir, const char *name, unsigned type,
		      bool follow);
	/* Whether @name in @dir is left out, before anything looks at it; NULL: nothing is. */
	bool (*skip)(struct nsv_walk *w, struct nsv_dir *dir, const char *name);
	/* Waits until nothing but the walk uses @dir; NULL: nothing else ever does. */
	void (*settle)(struct nsv_walk *w, struct nsv_dir *dir);

	/* By name, files before folders; a very large folder in parts, each sorted by itself. */
	bool sorted;

	/* The walk's own. */
	unsigned max_open;
	struct nsv_spool names;
	struct nsv_sorted listed; /* of the folder at hand */
	unsigned lowest; /* depth of the topmost level that is open, besides the top itself */
	char *buf;
};

/* Walks @top (src open; taken, also on failure). Failures below are reported, not returned. */
int nsv_walk_run(struct nsv_walk *w, struct nsv_dir *top);

#endif
