/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* frozen.h - a collection whose container is frozen (freeze.h) meanwhile, and what is said of it.
 */
#ifndef NSV_COLLECT_FROZEN_H
#define NSV_COLLECT_FROZEN_H

#include "collect/freeze.h"
#include "collect/internal.h"

/* Where it can't be had the collection goes on without, and says so. */
void nsv_collection_freeze(struct nsv_collection *c);
void nsv_collection_thaw(struct nsv_collection *c);
/* "freeze" of collection.json; after the thawing. Nothing where nothing was asked for. */
void nsv_frozen_put(struct nsv_collection *c, struct nsv_jout *j);

#endif
