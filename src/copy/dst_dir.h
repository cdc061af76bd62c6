/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dst_dir.h - makes the directory of the destination that belongs to one of a source. */
#ifndef NSV_COPY_DST_DIR_H
#define NSV_COPY_DST_DIR_H

#include "internal.h"

/*
 * Makes and opens dir->dst as @name in @dstdir; an empty name is @dstdir itself. The last user of
 * @dir sets its metadata. @quiet: a directory that existed is not counted nor told. A dry run only
 * opens it; without one dir->dst stays NSV_FD_NONE, and so below it (@dstdir < 0). Reports
 * failures; 0 or -errno.
 */
int nsv_dst_dir(struct nsv_dir *dir, int dstdir, const char *name, bool quiet);

#endif
