/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tree.h - copies one source, a file or a tree, into DEST, or counts it. */
#ifndef NSV_COPY_TREE_H
#define NSV_COPY_TREE_H

#include "internal.h"

/* Copies the file or tree @pathfd_take (O_PATH). Reports failures; 0 or the first -errno. */
int nsv_tree_copy(struct nsv_source *s, const char *path, int pathfd_take);

/* count.c: only counts the files, directories and bytes of @pathfd_take. 0 or -errno. */
int nsv_tree_count(struct nsv_source *s, int pathfd_take);

#endif
