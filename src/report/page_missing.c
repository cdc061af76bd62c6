/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page_missing.c - what was asked for and is not in the package as it was, and why. */
#include <inttypes.h>
#include <string.h>

#include "report/part.h"

static bool row(struct nsv_out *o, struct nsv_json v)
{
	char kind[32], name[NSV_FACT_PATH], outcome[32], reason[512];

	(void)nsv_fact_get(v, "outcome", outcome, sizeof(outcome));
	if (!strcmp(outcome, "taken") || !strcmp(outcome, "empty"))
		return false;
	(void)nsv_fact_get(v, "kind", kind, sizeof(kind));
	(void)nsv_fact_get(v, "name", name, sizeof(name));
	(void)nsv_fact_get(v, "reason", reason, sizeof(reason));
	nsv_out_puts(o, "<tr><td>");
	if (!strcmp(outcome, "failed"))
		nsv_part_badge(o, "high", "failed");
	else
		nsv_out_text(o, outcome);
	nsv_out_puts(o, "</td><td>");
	nsv_out_text(o, kind);
	nsv_out_puts(o, "</td><td class=\"mono\">");
	nsv_out_cut(o, name, 500);
	nsv_out_puts(o, "</td><td>");
	nsv_out_text(o, reason);
	nsv_out_puts(o, "</td></tr>\n");
	return true;
}

void nsv_part_missing(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	struct nsv_json_walk w =
	    nsv_json_walk(nsv_fact_member(m->source.json[NSV_SOURCE_COLLECTION], "outcomes"));
	uint64_t end = o->bytes + room, more = 0;
	struct nsv_json key, v;
	size_t n = 0;

	nsv_part_table(o, "t-missing", "What was skipped or failed");
	nsv_part_column(o, "Outcome", "text");
	nsv_part_column(o, "Kind", "text");
	nsv_part_column(o, "Name", "text");
	nsv_part_column(o, "Reason", "text");
	nsv_part_body(o);
	while (nsv_json_next(&w, &key, &v)) {
		if (o->bytes >= end)
			more++;
		else
			n += row(o, v);
	}
	if (!n)
		nsv_out_puts(o, "<tr><td colspan=\"4\" class=\"none\">Nothing: all that was asked "
				"for is there.</td></tr>\n");
	nsv_part_table_end(o);
	nsv_part_more(o, more, "outcomes", "collection.json");
}
