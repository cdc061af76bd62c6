/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network.h - network.json: each network namespace of the container's processes. */
#ifndef NSV_COLLECT_NETWORK_H
#define NSV_COLLECT_NETWORK_H

#include "collect/internal.h"

/* After the processes. 0 or -errno of the package. */
int nsv_collect_network(struct nsv_collection *c);

#endif
