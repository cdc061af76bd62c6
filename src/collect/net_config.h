/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net_config.h - interfaces, addresses, routes, neighbours and rules of a network namespace. */
#ifndef NSV_COLLECT_NET_CONFIG_H
#define NSV_COLLECT_NET_CONFIG_H

#include "collect/jout.h"
#include "collect/netlink.h"

/* Each as an array of its name into the object at hand. 0, or the first -errno. */
int nsv_net_config_put(struct nsv_jout *j, const struct nsv_netlink *n);

#endif
