/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netlink.h - asks the kernel about a network namespace, by sockets that a helper made in there
 * (netlink(7)): a socket stays in the namespace it was made in. What comes back is the kernel's.
 * No locks: one thread.
 */
#ifndef NSV_COLLECT_NETLINK_H
#define NSV_COLLECT_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

struct nsv_netlink {
	int route, diag; /* of NETLINK_ROUTE and NETLINK_SOCK_DIAG */
};

#define NSV_NETLINK_INIT                        \
	{                                       \
		.route = -EBADF, .diag = -EBADF \
	}

/* In the namespace of the process "PID" below @procfs. 0 or -errno. */
int nsv_netlink_open(int procfs, const char *dir, struct nsv_netlink *ret);
void nsv_netlink_close(struct nsv_netlink *n);

/* Called for each message of an answer; its own payload begins at @data. */
typedef void nsv_netlink_fn(void *ctx, const struct nlmsghdr *h, const void *data, size_t len);

/* A request of @type with the body @body, as a dump. 0 or -errno. */
int nsv_netlink_dump(int sock, uint16_t type, const void *body, size_t len, nsv_netlink_fn *fn,
		     void *ctx);
/* Splits attributes behind a payload's head into @table, by type, up to @max; others are NULL. */
void nsv_netlink_attributes(const void *data, size_t len, size_t head, const struct rtattr **table,
			    unsigned max);

#endif
