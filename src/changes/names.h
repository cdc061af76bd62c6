/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * names.h - the names in several folders, each once, sorted, in parts that fit into a budget of
 * memory: a container can put any number of names into a folder.
 */
#ifndef NSV_CHANGES_NAMES_H
#define NSV_CHANGES_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NSV_NAMES_BUDGET ((size_t)32 << 20) /* for the folders of one path together */

struct nsv_names {
	const int *dirs; /* borrowed, readable */
	size_t n_dirs;
	size_t *budget;	 /* what is left, shared */
	size_t taken;	 /* of it */
	size_t dir;	 /* the one that is read */
	off_t at;	 /* where it goes on */
	bool parts, end; /* there is more than one part; this was the last */
	char *text;	 /* terminated names */
	size_t used, size;
	uint32_t *index;
	size_t n, room;
};

/* @dirs stay the caller's, and are at their beginning. */
void nsv_names_begin(struct nsv_names *n, const int *dirs, size_t n_dirs, size_t *budget);
/* The next part. 1; 0: there is none; or -errno of getdents64(2), -ENOMEM. */
int nsv_names_next(struct nsv_names *n);
const char *nsv_names_get(const struct nsv_names *n, size_t i);
void nsv_names_free(struct nsv_names *n);

#endif
