/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dest_make.h - makes the directories that are missing on the way to DEST (NSV_COPY_MKDIR). */
#ifndef NSV_COPY_DEST_MAKE_H
#define NSV_COPY_DEST_MAKE_H

#include "internal.h"

/*
 * Makes the directories of @path that are missing; the last name, too, if DEST has to be a
 * directory
 * (@many, a slash at the end). In a dry run nothing is made: if some are missing, fills @ret for a
 * DEST that is not there (no fd), with its text. 0 or -errno.
 */
int nsv_dest_make(struct nsv_copy *c, const char *path, bool many, struct nsv_dest *ret,
		  struct nsv_error *e);

#endif
