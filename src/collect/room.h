/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* room.h - whether what is to be collected fits where the package is to be. */
#ifndef NSV_COLLECT_ROOM_H
#define NSV_COLLECT_ROOM_H

#include "collect/internal.h"

/*
 * Sets c->expected to what the file systems hold of which everything is asked for, as far as that
 * is known without a walk. -ENOSPC with @e, unless the options say to go on.
 */
int nsv_room_look(struct nsv_collection *c, struct nsv_error *e);

#endif
