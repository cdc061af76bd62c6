/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net_sockets.h - the sockets of a network namespace, of all families, with who has them. */
#ifndef NSV_COLLECT_NET_SOCKETS_H
#define NSV_COLLECT_NET_SOCKETS_H

#include "collect/netlink.h"
#include "collect/processes.h"

/*
 * "sockets": [...] into the object at hand, of the namespace of the process @dir. @ours: those
 * alone that a process of the container has. What could not be asked for goes into @missing.
 */
void nsv_net_sockets_put(struct nsv_collection *c, struct nsv_jout *j, const char *dir,
			 const struct nsv_netlink *n, bool ours, struct nsv_text *missing);

#endif
