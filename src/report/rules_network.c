/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules_network.c - sockets that listen, read along, or belong to nothing. */
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "report/rules.h"
#include "report/words.h"

static const char *holder(const struct nsv_case *c)
{
	const struct nsv_process_fact *p = nsv_facts_process(c->f, c->socket->pid);

	return p ? p->exe : "";
}

/* Clients of DHCP and routers' daemons read packets for a living. */
static bool is_network_tool(const struct nsv_case *c)
{
	static const char *const tools[] = {
		"dhclient*",	  "dhcpcd*", "udhcpc*",	       "systemd-network*",
		"NetworkManage*", "ping*",   "arping*",	       "keepalived",
		"radvd",	  "bird*",   "wpa_supplicant", "lldpd"
	};
	const char *exe = holder(c);

	return NSV_WORD_IN(exe, strlen(exe), tools);
}

bool nsv_rule_packet_socket(struct nsv_case *c)
{
	if (strcmp(c->socket->family, "packet") != 0 || is_network_tool(c))
		return false;
	nsv_case_detail(c, "%s", c->socket->type);
	return true;
}

bool nsv_rule_raw_socket(struct nsv_case *c)
{
	if (!nsv_begins(c->socket->protocol, "raw") || is_network_tool(c))
		return false;
	nsv_case_detail(c, "IP protocol %lld", (long long)c->socket->local_port);
	return true;
}

bool nsv_rule_abstract_socket(struct nsv_case *c)
{
	if (strcmp(c->socket->family, "unix") != 0 || !c->socket->listening ||
	    (c->socket->has_path && c->socket->path[0] != '@'))
		return false;
	nsv_case_detail(c, "%s", c->socket->has_path ? c->socket->path : "without any name");
	return true;
}

bool nsv_rule_socket_of_nobody(struct nsv_case *c)
{
	const struct nsv_case_socket *s = c->socket;

	/* Docker's own name server listens in each container, from outside. */
	if (strcmp(s->state, "listen") != 0 || s->holders || nsv_begins(s->local, "127.0.0.11:"))
		return false;
	nsv_case_detail(c, "%s %s", s->protocol, s->local);
	return true;
}

bool nsv_rule_promiscuous(struct nsv_case *c)
{
	if (!c->interface->promiscuous)
		return false;
	nsv_case_detail(c, "%s", c->interface->name);
	return true;
}
