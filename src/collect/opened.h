/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * opened.h - files that processes have open, mapped or run, by fds that lead to them whatever has
 * become of their names: hashed, and taken into the package where no name leads to them any more.
 */
#ifndef NSV_COLLECT_OPENED_H
#define NSV_COLLECT_OPENED_H

#include <sys/stat.h>

#include "collect/internal.h"

/* What has been seen of it: each file is hashed and taken once. Private. */
struct nsv_inodes;

int nsv_inodes_new(struct nsv_inodes **ret);
struct nsv_inodes *nsv_inodes_free(struct nsv_inodes *i);

/* Facts that ask no server of a file system. 0 or -errno. */
int nsv_opened_look(int pathfd, struct statx *ret);
/*
 * The hash of the regular file behind @pathfd, in hex, or NULL with why in *ret_why. Lasts as long
 * as the inodes. Not of what a server answers for.
 */
const char *nsv_opened_hash(struct nsv_collection *c, int pathfd, const struct statx *s,
			    const char **ret_why);
/*
 * Takes it as the member @path, unless it is there already: the member's name, or NULL with
 * *ret_why. Lasts likewise.
 */
const char *nsv_opened_take(struct nsv_collection *c, int pathfd, const struct statx *s,
			    const char *path, const char **ret_why);

#endif
