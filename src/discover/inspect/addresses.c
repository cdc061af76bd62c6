/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * addresses.c - reads the interfaces and addresses of the calling thread's network namespace
 * through rtnetlink(7), and turns them into an inspection's list.
 *
 * Defends against the container's root, which may send to any netlink socket in its namespace: the
 * socket is connected to the kernel, so other senders are refused. Lists are bounded. A list that
 * changed while it was read (NLM_F_DUMP_INTR) is read again, five times at most. No locks.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "discover/inspect/inspector.h"
#include "reach/util.h"

#define TRIES 5

struct request {
	struct nlmsghdr head;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg address;
	};
};

static int open_netlink(void)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	nsv_autofd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	return nsv_steal_fd(&fd);
}

/* Doubles a list; -E2BIG at the bound. */
static int make_room(void *list_p, size_t n, size_t *room, size_t size)
{
	void **list = list_p, *bigger;
	size_t want = *room ? 2 * *room : 64;

	if (n < *room)
		return 0;
	if (n >= NSV_ADDRESSES_MAX)
		return -E2BIG;
	bigger = reallocarray(*list, want, size);
	if (!bigger)
		return -ENOMEM;
	*list = bigger;
	*room = want;
	return 0;
}

/* Finds an attribute of @type within @len bytes; NULL: none. */
static const struct rtattr *attribute(const struct rtattr *a, size_t len, unsigned type)
{
	for (int left = (int)len; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == type)
			return a;
	return NULL;
}

static int take_link(struct nsv_net_records *records, const struct nlmsghdr *h)
{
	const struct ifinfomsg *msg = NLMSG_DATA(h);
	struct nsv_link_record *link;
	const struct rtattr *name;
	int r;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*msg)))
		return -EBADMSG;
	name = attribute(IFLA_RTA(msg), IFLA_PAYLOAD(h), IFLA_IFNAME);
	r = make_room(&records->links, records->n_links, &records->room_links, sizeof(*link));
	if (r < 0)
		return r;
	link = &records->links[records->n_links++];
	*link =
	    (struct nsv_link_record){ .index = (uint32_t)msg->ifi_index, .flags = msg->ifi_flags };
	if (name)
		memcpy(link->name, RTA_DATA(name),
		       nsv_min((size_t)RTA_PAYLOAD(name), sizeof(link->name)));
	return 0;
}

static int take_address(struct nsv_net_records *records, const struct nlmsghdr *h)
{
	const struct ifaddrmsg *msg = NLMSG_DATA(h);
	struct nsv_address_record *address;
	const struct rtattr *a;
	size_t want;
	int r;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*msg)))
		return -EBADMSG;
	if (msg->ifa_family != AF_INET && msg->ifa_family != AF_INET6)
		return 0;
	want = msg->ifa_family == AF_INET ? 4 : 16;
	/* On a point-to-point link IFA_ADDRESS is the peer's address. */
	a = attribute(IFA_RTA(msg), IFA_PAYLOAD(h), IFA_LOCAL);
	if (!a)
		a = attribute(IFA_RTA(msg), IFA_PAYLOAD(h), IFA_ADDRESS);
	if (!a || RTA_PAYLOAD(a) < want)
		return 0;
	r = make_room(&records->addresses, records->n_addresses, &records->room_addresses,
		      sizeof(*address));
	if (r < 0)
		return r;
	address = &records->addresses[records->n_addresses++];
	*address = (struct nsv_address_record){ .index = msg->ifa_index,
						.order = (uint32_t)records->n_addresses,
						.family = msg->ifa_family,
						.prefix = msg->ifa_prefixlen,
						.scope = msg->ifa_scope };
	memcpy(address->bytes, RTA_DATA(a), want);
	return 0;
}

/* Takes one datagram: 0 read on, 1 the list is complete, -EINTR the list changed meanwhile. */
static int take_messages(struct nsv_net_records *records, const void *bytes, size_t len)
{
	const struct nlmsghdr *h = bytes;

	for (; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
		int r = 0;

		if (h->nlmsg_flags & NLM_F_DUMP_INTR)
			return -EINTR;
		switch (h->nlmsg_type) {
		case NLMSG_DONE:
			return 1;
		case NLMSG_ERROR:
			if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
				return -EBADMSG;
			r = ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
			return r ? r : 1;
		case RTM_NEWLINK:
			r = take_link(records, h);
			break;
		case RTM_NEWADDR:
			r = take_address(records, h);
			break;
		default:
			break;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static int dump(int fd, uint16_t type, struct nsv_net_records *records)
{
	struct request rq = { .head = { .nlmsg_type = type,
					.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
					.nlmsg_len = sizeof(rq),
					.nlmsg_seq = 1 } };
	_Alignas(struct nlmsghdr) char bytes[32U * 1024]; /* the kernel's largest dump message */
	int r = 0;

	if (type == RTM_GETLINK)
		rq.link = (struct ifinfomsg){ .ifi_family = AF_UNSPEC };
	else
		rq.address = (struct ifaddrmsg){ .ifa_family = AF_UNSPEC };
	if (send(fd, &rq, sizeof(rq), 0) < 0)
		return -errno;
	while (r == 0) {
		struct sockaddr_nl from = { 0 };
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(fd, bytes, sizeof(bytes), MSG_TRUNC, (struct sockaddr *)&from,
				     &from_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n > (ssize_t)sizeof(bytes))
			return -EMSGSIZE;
		if (from.nl_pid == 0)
			r = take_messages(records, bytes, (size_t)n);
	}
	return r;
}

int nsv_net_read(struct nsv_net_records *ret)
{
	struct nsv_net_records records = { 0 };
	int r = -EINTR;

	for (unsigned n = 0; n < TRIES && (r == -EINTR || r == -ENOBUFS); n++) {
		nsv_autofd int fd = open_netlink();

		if (fd < 0)
			return fd;
		records.n_links = records.n_addresses = 0;
		r = dump(fd, RTM_GETLINK, &records);
		if (r == 1 || r == -E2BIG) {
			nsv_autofd int second = open_netlink();

			records.cut = r == -E2BIG;
			r = second < 0 ? second : dump(second, RTM_GETADDR, &records);
		}
	}
	if (r == -E2BIG)
		records.cut = true;
	else if (r < 0) {
		nsv_net_done(&records);
		return r;
	}
	*ret = records;
	return 0;
}

void nsv_net_done(struct nsv_net_records *records)
{
	nsv_free_p(&records->links);
	nsv_free_p(&records->addresses);
	*records = (struct nsv_net_records){ 0 };
}

static int by_index(const void *a, const void *b)
{
	const struct nsv_link_record *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

/* Sorts IPv4 first, like ip(8): AF_INET is the lower number. */
static int by_link(const void *a, const void *b)
{
	const struct nsv_address_record *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	if (x->family != y->family)
		return x->family - y->family;
	return x->order < y->order ? -1 : x->order > y->order;
}

static const char *scope_name(struct nsv_inspector *in, unsigned scope)
{
	switch (scope) {
	case RT_SCOPE_UNIVERSE:
		return "global";
	case RT_SCOPE_SITE:
		return "site";
	case RT_SCOPE_LINK:
		return "link";
	case RT_SCOPE_HOST:
		return "host";
	case RT_SCOPE_NOWHERE:
		return "nowhere";
	default:
		return nsv_arena_printf(&in->arena, "%u", scope);
	}
}

int nsv_net_show(struct nsv_inspector *in, struct nsv_net_records *records)
{
	struct nsv_address *list =
	    nsv_arena_alloc(&in->arena, (records->n_addresses + 1) * sizeof(*list));

	if (!list)
		return -ENOMEM;
	if (records->n_links)
		qsort(records->links, records->n_links, sizeof(*records->links), by_index);
	if (records->n_addresses)
		qsort(records->addresses, records->n_addresses, sizeof(*records->addresses),
		      by_link);
	for (size_t n = 0; n < records->n_addresses; n++) {
		const struct nsv_address_record *from = &records->addresses[n];
		const struct nsv_link_record key = { .index = from->index };
		const struct nsv_link_record *link =
		    records->n_links
			? bsearch(&key, records->links, records->n_links, sizeof(key), by_index)
			: NULL;
		struct nsv_address *to = &list[n];

		to->index = from->index;
		to->family = from->family;
		to->prefix = from->prefix;
		to->up = link && (link->flags & IFF_UP);
		to->scope = scope_name(in, from->scope);
		to->interface = link ? nsv_arena_strn(&in->arena, link->name,
						      strnlen(link->name, sizeof(link->name)))
				     : nsv_arena_printf(&in->arena, "if%u", from->index);
		if (!to->scope || !to->interface ||
		    !inet_ntop(to->family, from->bytes, to->text, sizeof(to->text)))
			return -ENOMEM;
	}
	in->lists.addresses = list;
	in->i.n_addresses = records->n_addresses;
	if (records->cut)
		return nsv_inspect_missing(in, "addresses", 0, "too many: the rest is left out");
	return 0;
}
