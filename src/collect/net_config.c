/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net_config.c - rtnetlink(7) as JSON. See net_config.h. */
#include "collect/net_config.h"

#include <arpa/inet.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <stdio.h>
#include <string.h>

#include "reach/util.h"

static uint32_t number(const struct rtattr *a)
{
	uint32_t v = 0;

	if (a && RTA_PAYLOAD(a) >= sizeof(v))
		memcpy(&v, RTA_DATA(a), sizeof(v));
	return v;
}

static void put_text(struct nsv_jout *j, const char *key, const struct rtattr *a)
{
	if (a)
		nsv_jout_bytes(j, key, RTA_DATA(a), strnlen(RTA_DATA(a), RTA_PAYLOAD(a)));
	else
		nsv_jout_null(j, key);
}

static void put_address(struct nsv_jout *j, const char *key, int family, const struct rtattr *a)
{
	char text[INET6_ADDRSTRLEN];
	size_t want = family == AF_INET6 ? 16 : 4;

	if (a && RTA_PAYLOAD(a) >= want && inet_ntop(family, RTA_DATA(a), text, sizeof(text)))
		nsv_jout_text(j, key, text);
	else
		nsv_jout_null(j, key);
}

static void put_hardware(struct nsv_jout *j, const char *key, const struct rtattr *a)
{
	char text[3 * 32 + 1] = "";
	const unsigned char *p = a ? RTA_DATA(a) : NULL;
	size_t n = a ? RTA_PAYLOAD(a) : 0;

	for (size_t i = 0; i < n && i < 32; i++)
		(void)snprintf(text + 3 * i, 4, "%02x%s", p[i], i + 1 < n && i < 31 ? ":" : "");
	nsv_jout_text(j, key, a ? text : NULL);
}

static const char *family_word(int family)
{
	return family == AF_INET6 ? "inet6" : family == AF_INET ? "inet" : "other";
}

static void put_link(void *ctx, const struct nlmsghdr *h, const void *data, size_t len)
{
	const struct ifinfomsg *m = data;
	const struct rtattr *a[IFLA_LINKINFO + 1], *kind[IFLA_INFO_KIND + 1] = { 0 };
	struct nsv_jout *j = ctx;

	if (h->nlmsg_type != RTM_NEWLINK || len < sizeof(*m))
		return;
	nsv_netlink_attributes(data, len, sizeof(*m), a, IFLA_LINKINFO);
	if (a[IFLA_LINKINFO])
		nsv_netlink_attributes(RTA_DATA(a[IFLA_LINKINFO]), RTA_PAYLOAD(a[IFLA_LINKINFO]), 0,
				       kind, IFLA_INFO_KIND);
	nsv_jout_begin(j, NULL, '{');
	nsv_jout_i64(j, "index", m->ifi_index);
	put_text(j, "name", a[IFLA_IFNAME]);
	put_text(j, "kind", kind[IFLA_INFO_KIND]);
	nsv_jout_u64(j, "flags", m->ifi_flags);
	nsv_jout_bool(j, "up", m->ifi_flags & 1);
	nsv_jout_bool(j, "promiscuous", m->ifi_flags & 0x100);
	nsv_jout_u64(j, "mtu", number(a[IFLA_MTU]));
	put_hardware(j, "hardware_address", a[IFLA_ADDRESS]);
	nsv_jout_end(j, '{');
}

static void put_interface_address(void *ctx, const struct nlmsghdr *h, const void *data, size_t len)
{
	const struct ifaddrmsg *m = data;
	const struct rtattr *a[IFA_LOCAL + 1];
	struct nsv_jout *j = ctx;

	if (h->nlmsg_type != RTM_NEWADDR || len < sizeof(*m))
		return;
	nsv_netlink_attributes(data, len, sizeof(*m), a, IFA_LOCAL);
	nsv_jout_begin(j, NULL, '{');
	nsv_jout_u64(j, "interface", m->ifa_index);
	nsv_jout_text(j, "family", family_word(m->ifa_family));
	put_address(j, "address", m->ifa_family, a[IFA_LOCAL] ? a[IFA_LOCAL] : a[IFA_ADDRESS]);
	put_address(j, "peer", m->ifa_family, a[IFA_ADDRESS]);
	nsv_jout_u64(j, "prefix", m->ifa_prefixlen);
	nsv_jout_u64(j, "scope", m->ifa_scope);
	nsv_jout_end(j, '{');
}

static void put_route(void *ctx, const struct nlmsghdr *h, const void *data, size_t len)
{
	const struct rtmsg *m = data;
	const struct rtattr *a[RTA_TABLE + 1];
	struct nsv_jout *j = ctx;

	if (h->nlmsg_type != RTM_NEWROUTE || len < sizeof(*m))
		return;
	nsv_netlink_attributes(data, len, sizeof(*m), a, RTA_TABLE);
	nsv_jout_begin(j, NULL, '{');
	nsv_jout_text(j, "family", family_word(m->rtm_family));
	put_address(j, "destination", m->rtm_family, a[RTA_DST]);
	nsv_jout_u64(j, "prefix", m->rtm_dst_len);
	put_address(j, "gateway", m->rtm_family, a[RTA_GATEWAY]);
	put_address(j, "source", m->rtm_family, a[RTA_PREFSRC]);
	nsv_jout_u64(j, "interface", number(a[RTA_OIF]));
	nsv_jout_u64(j, "metric", number(a[RTA_PRIORITY]));
	nsv_jout_u64(j, "table", a[RTA_TABLE] ? number(a[RTA_TABLE]) : m->rtm_table);
	nsv_jout_u64(j, "type", m->rtm_type);
	nsv_jout_u64(j, "protocol", m->rtm_protocol);
	nsv_jout_u64(j, "scope", m->rtm_scope);
	nsv_jout_end(j, '{');
}

static void put_neighbour(void *ctx, const struct nlmsghdr *h, const void *data, size_t len)
{
	const struct ndmsg *m = data;
	const struct rtattr *a[NDA_LLADDR + 1];
	struct nsv_jout *j = ctx;

	if (h->nlmsg_type != RTM_NEWNEIGH || len < sizeof(*m))
		return;
	nsv_netlink_attributes(data, len, sizeof(*m), a, NDA_LLADDR);
	nsv_jout_begin(j, NULL, '{');
	nsv_jout_i64(j, "interface", m->ndm_ifindex);
	nsv_jout_text(j, "family", family_word(m->ndm_family));
	put_address(j, "address", m->ndm_family, a[NDA_DST]);
	put_hardware(j, "hardware_address", a[NDA_LLADDR]);
	nsv_jout_u64(j, "state", m->ndm_state);
	nsv_jout_end(j, '{');
}

static void put_rule(void *ctx, const struct nlmsghdr *h, const void *data, size_t len)
{
	const struct fib_rule_hdr *m = data;
	const struct rtattr *a[FRA_TABLE + 1];
	struct nsv_jout *j = ctx;

	if (h->nlmsg_type != RTM_NEWRULE || len < sizeof(*m))
		return;
	nsv_netlink_attributes(data, len, sizeof(*m), a, FRA_TABLE);
	nsv_jout_begin(j, NULL, '{');
	nsv_jout_text(j, "family", family_word(m->family));
	nsv_jout_u64(j, "priority", number(a[FRA_PRIORITY]));
	put_address(j, "from", m->family, a[FRA_SRC]);
	nsv_jout_u64(j, "from_prefix", m->src_len);
	put_address(j, "to", m->family, a[FRA_DST]);
	nsv_jout_u64(j, "to_prefix", m->dst_len);
	nsv_jout_u64(j, "mark", number(a[FRA_FWMARK]));
	nsv_jout_u64(j, "table", a[FRA_TABLE] ? number(a[FRA_TABLE]) : m->table);
	nsv_jout_u64(j, "action", m->action);
	nsv_jout_end(j, '{');
}

int nsv_net_config_put(struct nsv_jout *j, const struct nsv_netlink *n)
{
	static const struct {
		const char *key;
		uint16_t type;
		size_t len;
		nsv_netlink_fn *fn;
	} parts[] = {
		{ "interfaces", RTM_GETLINK, sizeof(struct ifinfomsg), put_link },
		{ "addresses", RTM_GETADDR, sizeof(struct ifaddrmsg), put_interface_address },
		{ "routes", RTM_GETROUTE, sizeof(struct rtmsg), put_route },
		{ "neighbours", RTM_GETNEIGH, sizeof(struct ndmsg), put_neighbour },
		{ "rules", RTM_GETRULE, sizeof(struct fib_rule_hdr), put_rule },
	};
	const char zeros[32] = { 0 };
	int first = 0;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(parts); i++) {
		int r;

		nsv_jout_begin(j, parts[i].key, '[');
		r = nsv_netlink_dump(n->route, parts[i].type, zeros, parts[i].len, parts[i].fn, j);
		nsv_jout_end(j, '[');
		first = first ? first : r;
	}
	return first;
}
