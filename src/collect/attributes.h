/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* attributes.h - all that the kernel tells of an open file, as a member of the package has it. */
#ifndef NSV_COLLECT_ATTRIBUTES_H
#define NSV_COLLECT_ATTRIBUTES_H

#include <sys/stat.h>

#include "collect/internal.h"

/* @copy: whose rules for attributes count. xattrs are the caller's to clear. 0 or -errno. */
int nsv_member_fill(const struct nsv_collection *c, struct nsv_copy *copy, int fd, bool opath,
		    const char *path, struct nsv_entity *m);

/* The same without xattrs, of what statx(2) said: STATX_BASIC_STATS | STATX_BTIME. */
void nsv_member_set(const struct nsv_collection *c, const struct statx *s, const char *path,
		    struct nsv_entity *m);

#endif
