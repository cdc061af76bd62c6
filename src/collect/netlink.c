/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netlink.c - sockets from another namespace, and dumps over them. See netlink.h. */
#include "collect/netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "reach/helper.h"
#include "reach/message.h"
#include "reach/userns.h"
#include "reach/util.h"

#define SECONDS 5
#define BUFFER	((size_t)64 * 1024)

struct work {
	int ns, owner, sock; /* ns: none where it is ours */
};

static void make_sockets(void *data, pid_t parent)
{
	const struct work *w = data;
	int fds[2] = { NSV_FD_NONE, NSV_FD_NONE };
	int32_t result = 0;

	if (w->ns >= 0 && setns(w->ns, CLONE_NEWNET) < 0) {
		result = -errno;
		if (result == -EPERM && w->owner >= 0)
			result = nsv_helper_join_userns(w->owner, parent);
		if (result == 0 && setns(w->ns, CLONE_NEWNET) < 0)
			result = -errno;
	}
	if (result == 0) {
		fds[0] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
		fds[1] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
		if (fds[0] < 0)
			result = -errno;
	}
	(void)nsv_packet_send(w->sock, &(struct nsv_packet){ .head = &result,
							     .head_len = sizeof(result),
							     .fds = fds,
							     .n_fds = result < 0   ? 0
								      : fds[1] < 0 ? 1
										   : 2 });
}

int nsv_netlink_open(int procfs, const char *dir, struct nsv_netlink *ret)
{
	char path[64];
	nsv_autofd int ns = NSV_FD_NONE, own = NSV_FD_NONE, owner = NSV_FD_NONE;
	struct nsv_helper h = NSV_HELPER_NONE;
	int socks[2], fds[2] = { NSV_FD_NONE, NSV_FD_NONE };
	int32_t result = 0;
	struct nsv_packet p = {
		.head = &result, .head_len = sizeof(result), .fds = fds, .n_fds = 2
	};
	int r;

	(void)snprintf(path, sizeof(path), "%s/ns/net", dir);
	ns = openat(procfs, path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	owner = nsv_userns_of(ns);
	own = openat(procfs, "self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own >= 0 && nsv_same_ns(own, ns))
		nsv_close_p(&ns);
	r = nsv_helper_start(&(struct nsv_helper_plan){ .run = make_sockets,
							.data =
							    &(struct work){ ns, owner, socks[1] },
							.keep = (int[]){ ns, owner, socks[1] },
							.n_keep = 3,
							.seconds = SECONDS + 1 },
			     &h);
	nsv_close(socks[1]);
	if (r == 0)
		r = nsv_packet_recv(socks[0], &p, nsv_now_ms() + SECONDS * 1000L);
	nsv_close(socks[0]);
	(void)nsv_helper_end(&h, NSV_HELPER_END_MS);
	if (r < 0 || result < 0)
		return r < 0 ? r : result;
	ret->route = fds[0];
	ret->diag = fds[1];
	return 0;
}

void nsv_netlink_close(struct nsv_netlink *n)
{
	nsv_close_p(&n->route);
	nsv_close_p(&n->diag);
}

/* 1: the answer is at its end. */
static int take_part(const char *buf, size_t len, nsv_netlink_fn *fn, void *ctx)
{
	int left = (int)len;

	for (const struct nlmsghdr *h = (const void *)buf; NLMSG_OK(h, (unsigned)left);
	     h = NLMSG_NEXT(h, left)) {
		if (h->nlmsg_type == NLMSG_DONE)
			return 1;
		if (h->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
		fn(ctx, h, NLMSG_DATA(h), h->nlmsg_len - NLMSG_HDRLEN);
	}
	return 0;
}

int nsv_netlink_dump(int sock, uint16_t type, const void *body, size_t len, nsv_netlink_fn *fn,
		     void *ctx)
{
	nsv_autofree char *buf = malloc(BUFFER);
	struct {
		struct nlmsghdr h;
		char body[64];
	} q = { .h = { .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
	int r = 0;

	if (!buf || len > sizeof(q.body))
		return buf ? -EINVAL : -ENOMEM;
	if (sock < 0)
		return -EPROTONOSUPPORT;
	memcpy(q.body, body, len);
	q.h.nlmsg_len = (uint32_t)NLMSG_LENGTH(len);
	if (send(sock, &q, q.h.nlmsg_len, 0) < 0)
		return -errno;
	while (r == 0) {
		ssize_t n;

		r = nsv_wait_readable(sock, nsv_now_ms() + SECONDS * 1000L);
		if (r < 0)
			break;
		n = recv(sock, buf, BUFFER, 0);
		r = n < 0 ? -errno : take_part(buf, (size_t)n, fn, ctx);
	}
	return r > 0 ? 0 : r;
}

void nsv_netlink_attributes(const void *data, size_t len, size_t head, const struct rtattr **table,
			    unsigned max)
{
	const struct rtattr *a = (const void *)((const char *)data + NLMSG_ALIGN(head));
	int left = (int)len - (int)NLMSG_ALIGN(head);

	memset(table, 0, sizeof(const struct rtattr *) * (max + 1));
	for (; left > 0 && RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		unsigned type = a->rta_type & (uint16_t)~NLA_F_NESTED;

		if (type <= max)
			table[type] = a;
	}
}
