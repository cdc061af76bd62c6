/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* manifest.h - the members that say what the package is: listings, log, collection.json, uac.log.
 */
#ifndef NSV_COLLECT_MANIFEST_H
#define NSV_COLLECT_MANIFEST_H

#include "collect/internal.h"

/* All but SHA256SUMS. 0 or -errno of the package. */
int nsv_manifest_write(struct nsv_collection *c, bool complete);

#endif
