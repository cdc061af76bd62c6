/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page_network.c - sockets with the processes that have them. */
#include <inttypes.h>
#include <string.h>

#include "base/util.h"
#include "report/part.h"

#define HOLDERS_SHOWN 3

static void holders(struct nsv_out *o, const struct nsv_model *m, const struct nsv_case_socket *s)
{
	struct nsv_json_walk w = nsv_json_walk(s->processes);
	struct nsv_json key, h;
	size_t n = 0;

	while (n < HOLDERS_SHOWN && nsv_json_next(&w, &key, &h)) {
		nsv_out_puts(o, n++ ? ", " : "");
		nsv_part_process_link(o, &m->facts, nsv_fact_number(nsv_fact_member(h, "pid"), 0));
	}
	if (s->holders > n)
		nsv_out_printf(o, " and %zu more", s->holders - n);
	if (!s->holders)
		nsv_out_puts(o, "<span class=\"quiet\">none here</span>");
}

static void row(struct nsv_out *o, const struct nsv_model *m, struct nsv_json json,
		struct nsv_case_socket *s)
{
	nsv_case_socket_read(json, s);
	nsv_out_puts(o, "<tr><td>");
	nsv_out_text(o, *s->protocol ? s->protocol : s->family);
	if (*s->type && strcmp(s->family, s->protocol) != 0) {
		nsv_out_puts(o, " ");
		nsv_out_text(o, s->type);
	}
	nsv_out_puts(o, "</td><td>");
	nsv_out_text(o, s->listening ? "listen" : s->state);
	nsv_out_puts(o, "</td><td class=\"mono\">");
	nsv_out_cut(o, s->has_path ? s->path : s->local, 300);
	nsv_out_puts(o, "</td><td class=\"mono\">");
	nsv_out_text(o, s->remote);
	nsv_out_puts(o, "</td><td>");
	holders(o, m, s);
	nsv_out_puts(o, "</td></tr>\n");
}

static size_t rows(struct nsv_out *o, const struct nsv_model *m, uint64_t end, uint64_t *ret_more)
{
	struct nsv_json_walk spaces = nsv_json_walk(m->source.json[NSV_SOURCE_NETWORK]);
	nsv_autofree struct nsv_case_socket *s = malloc(sizeof(*s));
	struct nsv_json key, space, socket;
	size_t n = 0;

	while (s && nsv_json_next(&spaces, &key, &space)) {
		struct nsv_json_walk w = nsv_json_walk(nsv_fact_member(space, "sockets"));

		while (nsv_json_next(&w, &key, &socket)) {
			if (o->bytes >= end) {
				(*ret_more)++;
				continue;
			}
			row(o, m, socket, s);
			n++;
		}
	}
	return n;
}

static void addresses(struct nsv_out *o, const struct nsv_model *m)
{
	struct nsv_json_walk w =
	    nsv_json_walk(nsv_fact_member(m->source.json[NSV_SOURCE_CONTAINER], "addresses"));
	struct nsv_json key, a;
	char text[64];
	unsigned n = 0;

	while (n < 64 && nsv_json_next(&w, &key, &a)) {
		nsv_out_puts(o, n++ ? ", " : "<p>Addresses: ");
		(void)nsv_fact_get(a, "address", text, sizeof(text));
		nsv_out_puts(o, "<code>");
		nsv_out_text(o, text);
		nsv_out_printf(o, "/%" PRId64 "</code> on ",
			       nsv_fact_number(nsv_fact_member(a, "prefix"), 0));
		(void)nsv_fact_get(a, "interface", text, sizeof(text));
		nsv_out_text(o, text);
	}
	nsv_out_puts(o, n ? "</p>\n" : "");
}

void nsv_part_network(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	uint64_t more = 0;

	addresses(o, m);
	nsv_part_table(o, "t-sockets", "Sockets");
	nsv_part_column(o, "Kind", "text");
	nsv_part_column(o, "State", "text");
	nsv_part_column(o, "Local address or path", "text");
	nsv_part_column(o, "Remote address", "text");
	nsv_part_column(o, "Processes", "text");
	nsv_part_body(o);
	if (!rows(o, m, o->bytes + room, &more))
		nsv_out_puts(o, "<tr><td colspan=\"5\" class=\"none\">No socket.</td></tr>\n");
	nsv_part_table_end(o);
	nsv_part_more(o, more, "sockets", "network.json");
}
