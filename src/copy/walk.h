/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * walk.h - walks through a tree of any depth and size with few open fds.
 *
 * The walk lists each directory once: files go to the visitor at once, names of subdirectories onto
 * a stack (a spool: memory, then a file), and the walk enters these afterwards. The deepest levels
 * stay open. Levels above are closed and opened again by "..", which must lead to the directory
 * (device and inode) that was left, as a container may have moved it. The walk does not recurse, so
 * depth costs no stack. One thread.
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
	 * Called before a directory is listed: @dir->src is open and its attributes are set. Any
	 * value but 0 leaves the directory out; the visitor has reported why. @empty: a mount point
	 * whose content is left out.
	 */
	int (*enter)(struct nsv_walk *w, struct nsv_dir *dir, bool empty);
	/* Called for every other entry. @follow: follow this link. */
	void (*entry)(struct nsv_walk *w, struct nsv_dir *dir, const char *name, unsigned type,
		      bool follow);
	/* Whether the walk leaves @name in @dir out; called before any look at it. NULL: never. */
	bool (*skip)(struct nsv_walk *w, struct nsv_dir *dir, const char *name);
	/* Called before the walk looks at the directory @name in @dir; NULL: never. */
	void (*approach)(struct nsv_walk *w, struct nsv_dir *dir, const char *name);
	/* Waits until the walk is the only user of @dir; NULL: there are no other users. */
	void (*settle)(struct nsv_walk *w, struct nsv_dir *dir);

	/* Lists by name, files before folders; a very large folder in parts, each sorted alone. */
	bool sorted;

	/* Private to walk.c. */
	unsigned max_open;
	struct nsv_spool names;
	struct nsv_sorted listed; /* of the folder at hand */
	unsigned lowest;	  /* depth of the topmost open level below the top */
	char *buf;
};

/* Walks @top (src open; taken, also on failure). Failures below are reported, not returned. */
int nsv_walk_run(struct nsv_walk *w, struct nsv_dir *top);

#endif
