/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* changes.h - what the container changed since its image: changes.json, and originals. */
#ifndef NSV_COLLECT_CHANGES_H
#define NSV_COLLECT_CHANGES_H

#include "collect/internal.h"
#include "collect/path_set.h"

/* @changed gets the paths of what was added or changed, and is still there. 0, or -errno when the
 * package can't be written. */
int nsv_collect_changes(struct nsv_collection *c, struct nsv_path_set *changed);

#endif
