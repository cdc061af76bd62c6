/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* parents.h - gives a source its whole path below DEST (NSV_COPY_PARENTS). */
#ifndef NSV_COPY_PARENTS_H
#define NSV_COPY_PARENTS_H

#include "internal.h"

/* The directories above one source, and what they need to tell of failures. */
struct nsv_parents {
	struct nsv_source s;
	struct nsv_source *of;
	struct nsv_dir *last; /* the lowest; NULL: none */
};

/* The names in @path with slashes between, malloc'd: no slash at an end, no ".". */
char *nsv_parents_path(const char *path);

/*
 * Makes the directories above the last name of s->base, like those in the source's path @path, and
 * sets s->dstdir to the lowest. Without NSV_COPY_PARENTS nothing is to be made. Reports failures;
 * 0 or -errno. Always followed by nsv_parents_end().
 */
int nsv_parents_make(struct nsv_source *s, const char *path, struct nsv_parents *ret);

/* Sets the metadata of the directories, the lowest first. */
void nsv_parents_end(struct nsv_parents *p);

#endif
