/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* walk.h - the walk while it runs, for the files of this room. */
#ifndef NSV_CHANGES_WALK_H
#define NSV_CHANGES_WALK_H

#include "changes/internal.h"
#include "changes/stack.h"

struct nsv_changes_walk {
	struct nsv_changes *c;
	const struct nsv_layers *l;
	nsv_change_fn *fn;
	void *data;
	size_t budget; /* names.h */
	char *path;    /* of the file at hand */
	size_t len, size;
	unsigned depth;
	bool between; /* two containers are compared */
	bool image;   /* what the image has is told of, and nothing else */
	char *buf;    /* NSV_WALK_BUFFER bytes, for contents and attributes */
};

#define NSV_WALK_BUFFER ((size_t)256 * 1024)

/* Appends "/NAME"; the caller cuts it off by setting len again. -ENOMEM. */
int nsv_walk_push(struct nsv_changes_walk *w, const char *name);
void nsv_walk_cut(struct nsv_changes_walk *w, size_t len);
/* Not 0 ends the walk. */
int nsv_walk_problem(struct nsv_changes_walk *w, int err);
bool nsv_walk_cancelled(const struct nsv_changes_walk *w);

/* ---- compare.c ---- */

/* Attributes of a file, as the container @t numbers owners; the text of a link is free(3)d by the
 * caller. */
void nsv_side_fill(const struct nsv_target *t, const struct nsv_layered *f,
		   struct nsv_change_side *ret);
/*
 * What two files of one name differ in, and hashes them where contents are asked for. 0 or more:
 * enum nsv_change_what; -errno.
 */
int nsv_sides_compare(struct nsv_changes_walk *w, const struct nsv_layered *a,
		      struct nsv_change_side *old, const struct nsv_layered *b,
		      struct nsv_change_side *now);
/* Hashes one that has no counterpart, where that is asked for. 0 or -errno. */
int nsv_side_hash(struct nsv_changes_walk *w, const struct nsv_layered *f,
		  struct nsv_change_side *side);

/* ---- volumes.c ---- */

int nsv_walk_volumes(struct nsv_changes_walk *w);

#endif
