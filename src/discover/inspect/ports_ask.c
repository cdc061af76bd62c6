/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ports_ask.c - asks the kernel for TCP sockets that listen, in the calling thread's network
 * namespace, by sock_diag(7). The tables in /proc walk all buckets of the kernel's hash of
 * connections, of all namespaces together, which takes 5 ms each on a machine of 24 GiB.
 *
 * Defends against the container's root, which may send to any netlink socket in its namespace: the
 * socket is connected to the kernel, so other senders are refused. The list is bounded. No locks.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "discover/inspect/ports.h"
#include "reach/util.h"

#define TCP_LISTENS 10 /* as the kernel numbers states */

struct request {
	struct nlmsghdr head;
	struct inet_diag_req_v2 diag;
};

static int take_socket(struct nsv_ports *p, const struct nlmsghdr *h)
{
	const struct inet_diag_msg *msg = NLMSG_DATA(h);
	struct nsv_port *port;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*msg)))
		return -EBADMSG;
	if (msg->idiag_state != TCP_LISTENS ||
	    (msg->idiag_family != AF_INET && msg->idiag_family != AF_INET6))
		return 0;
	if (p->n == NSV_PORTS_MAX) {
		p->cut = true;
		return -E2BIG;
	}
	port = &p->list[p->n++];
	*port = (struct nsv_port){ .family = msg->idiag_family,
				   .port = ntohs(msg->id.idiag_sport),
				   .uid = msg->idiag_uid,
				   .inode = msg->idiag_inode };
	memcpy(port->address, msg->id.idiag_src, msg->idiag_family == AF_INET ? 4 : 16);
	return 0;
}

/* Takes one datagram: 0 read on, 1 the list is complete, -EINTR the list changed meanwhile. */
static int take_messages(struct nsv_ports *p, const void *bytes, size_t len)
{
	const struct nlmsghdr *h = bytes;

	for (; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
		int r = 0;

		if (h->nlmsg_flags & NLM_F_DUMP_INTR)
			return -EINTR;
		if (h->nlmsg_type == NLMSG_DONE)
			return h->nlmsg_len >= NLMSG_LENGTH(sizeof(int)) &&
				       *(const int *)NLMSG_DATA(h) < 0
				   ? *(const int *)NLMSG_DATA(h)
				   : 1;
		if (h->nlmsg_type == NLMSG_ERROR) {
			if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
				return -EBADMSG;
			r = ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
			return r ? r : 1;
		}
		if (h->nlmsg_type == SOCK_DIAG_BY_FAMILY)
			r = take_socket(p, h);
		if (r < 0)
			return r;
	}
	return 0;
}

static int dump(struct nsv_ports *p, int family)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	nsv_autofd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	const struct request rq = {
		.head = { .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			  .nlmsg_len = sizeof(rq) },
		.diag = { .sdiag_family = (uint8_t)family,
			  .sdiag_protocol = IPPROTO_TCP,
			  .idiag_states = 1U << TCP_LISTENS },
	};
	_Alignas(struct nlmsghdr) char bytes[32U * 1024]; /* the kernel's largest dump message */
	int r = 0;

	if (fd < 0 || connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0 ||
	    send(fd, &rq, sizeof(rq), 0) < 0)
		return -errno;
	while (r == 0) {
		ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_TRUNC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n > (ssize_t)sizeof(bytes))
			return -EMSGSIZE;
		r = take_messages(p, bytes, (size_t)n);
	}
	return r;
}

int nsv_ports_ask(struct nsv_ports *ret)
{
	struct nsv_ports ports = { .list = calloc(NSV_PORTS_MAX, sizeof(*ports.list)) };
	int r = ports.list ? dump(&ports, AF_INET) : -ENOMEM;

	if (r == 1)
		r = dump(&ports, AF_INET6);
	if (r < 0 && r != -E2BIG) {
		nsv_ports_done(&ports);
		return r;
	}
	*ret = ports;
	return 0;
}
