/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* root.h - the container's files into the package, below "[root]/". */
#ifndef NSV_COLLECT_ROOT_H
#define NSV_COLLECT_ROOT_H

#include "collect/mounts.h"
#include "collect/path_set.h"

/* All of it, or what o->paths ask for and what changed. 0, or -errno when the package can't be
 * written. */
int nsv_collect_root(struct nsv_collection *c, const struct nsv_mount_rules *rules,
		     const struct nsv_path_set *changed);

#endif
