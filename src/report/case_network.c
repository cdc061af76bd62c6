/* SPDX-License-Identifier: GPL-2.0-or-later */
/* case_network.c - a socket and an interface, decoded from network.json. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "report/case.h"

enum {
	FAMILY,
	PROTOCOL,
	STATE,
	TYPE,
	LOCAL,
	LOCAL_PORT,
	REMOTE,
	REMOTE_PORT,
	PATH,
	TWIN,
	LISTENING,
	INODE,
	PROCESSES,
	MEMBERS
};

/* An address with its port; of vsock it is a number. */
static void read_address(struct nsv_json address, int64_t port, char *buf, size_t size)
{
	char text[48];
	int64_t number = nsv_fact_number(address, -1);

	if (number >= 0)
		(void)snprintf(text, sizeof(text), "%" PRId64, number);
	else if (!nsv_fact_text(address, (struct nsv_json){ 0 }, text, sizeof(text)))
		(void)snprintf(text, sizeof(text), "%s", "");
	if (!*text)
		buf[0] = '\0';
	else if (port < 0)
		(void)snprintf(buf, size, "%s", text);
	else
		(void)snprintf(buf, size, strchr(text, ':') ? "[%s]:%" PRId64 : "%s:%" PRId64, text,
			       port);
}

static void read_holders(struct nsv_case_socket *s)
{
	struct nsv_json_walk w = nsv_json_walk(s->processes);
	struct nsv_json key, o;

	s->holders = 0;
	s->pid = 0;
	while (nsv_json_next(&w, &key, &o))
		if (s->holders++ == 0)
			s->pid = nsv_fact_number(nsv_fact_member(o, "pid"), 0);
}

void nsv_case_socket_read(struct nsv_json o, struct nsv_case_socket *s)
{
	struct nsv_json_member v[MEMBERS] = {
		[FAMILY] = { .key = "family" },
		[PROTOCOL] = { .key = "protocol" },
		[STATE] = { .key = "state" },
		[TYPE] = { .key = "type" },
		[LOCAL] = { .key = "local_address" },
		[LOCAL_PORT] = { .key = "local_port" },
		[REMOTE] = { .key = "remote_address" },
		[REMOTE_PORT] = { .key = "remote_port" },
		[PATH] = { .key = "path" },
		[TWIN] = { .key = "path_base64" },
		[LISTENING] = { .key = "listening" },
		[INODE] = { .key = "inode" },
		[PROCESSES] = { .key = "processes" },
	};
	const struct nsv_json none = { 0 };

	nsv_json_members(o, v, MEMBERS);
	(void)nsv_fact_text(v[FAMILY].value, none, s->family, sizeof(s->family));
	(void)nsv_fact_text(v[PROTOCOL].value, none, s->protocol, sizeof(s->protocol));
	(void)nsv_fact_text(v[STATE].value, none, s->state, sizeof(s->state));
	(void)nsv_fact_text(v[TYPE].value, none, s->type, sizeof(s->type));
	s->has_path = nsv_fact_text(v[PATH].value, v[TWIN].value, s->path, sizeof(s->path)) > 0;
	s->local_port = nsv_fact_number(v[LOCAL_PORT].value, -1);
	s->remote_port = nsv_fact_number(v[REMOTE_PORT].value, -1);
	s->inode = nsv_fact_number(v[INODE].value, 0);
	s->listening = nsv_fact_true(v[LISTENING].value) || !strcmp(s->state, "listen");
	s->processes = v[PROCESSES].value;
	read_address(v[LOCAL].value, s->local_port, s->local, sizeof(s->local));
	read_address(v[REMOTE].value, s->remote_port, s->remote, sizeof(s->remote));
	read_holders(s);
}

void nsv_case_interface_read(struct nsv_json o, struct nsv_case_interface *i)
{
	(void)nsv_fact_get(o, "name", i->name, sizeof(i->name));
	(void)nsv_fact_get(o, "kind", i->kind, sizeof(i->kind));
	i->promiscuous = nsv_fact_true(nsv_fact_member(o, "promiscuous"));
}
