/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tree.h - one source into DEST. */
#ifndef NSV_COPY_TREE_H
#define NSV_COPY_TREE_H

#include "internal.h"

/* Copies what @pathfd (O_PATH, owned by this call) is. Failures are reported; 0 or the first. */
int nsv_tree_copy(struct nsv_source *s, const char *path, int pathfd_take);

/* count.c: only counts what it is. */
int nsv_tree_count(struct nsv_source *s, int pathfd_take);

#endif
