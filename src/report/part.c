/* SPDX-License-Identifier: GPL-2.0-or-later */
/* part.c - see part.h. */
#include "report/part.h"

#include <inttypes.h>
#include <string.h>

void nsv_part_column(struct nsv_out *o, const char *title, const char *type)
{
	nsv_out_printf(o, "<th scope=\"col\" data-type=\"%s\">%s</th>", type, title);
}

void nsv_part_table(struct nsv_out *o, const char *id, const char *caption)
{
	nsv_out_printf(o,
		       "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">"
		       "<table id=\"%s\" class=\"data\"><caption class=\"vh\">%s</caption>"
		       "<thead><tr>",
		       caption, id, caption);
}

void nsv_part_body(struct nsv_out *o)
{
	nsv_out_puts(o, "</tr></thead>\n<tbody>\n");
}

void nsv_part_table_end(struct nsv_out *o)
{
	nsv_out_puts(o, "</tbody></table></div>\n");
}

void nsv_part_more(struct nsv_out *o, uint64_t n, const char *what, const char *member)
{
	if (n)
		nsv_out_printf(o,
			       "<p class=\"more\">%" PRIu64 " more %s: see <code>%s</code> in the "
			       "package.</p>\n",
			       n, what, member);
}

void nsv_part_none(struct nsv_out *o, const char *text)
{
	nsv_out_printf(o, "<p class=\"none\">%s</p>\n", text);
}

void nsv_part_extract(struct nsv_out *o, const struct nsv_model *m, const char *member)
{
	nsv_out_puts(o, "<code class=\"copy\">");
	if (m->is_folder) {
		size_t len = strlen(m->package);

		nsv_out_puts(o, "cat ");
		/* As one word each: a name of the container's may need quotes. */
		nsv_out_shell(o, m->package);
		nsv_out_puts(o, len && m->package[len - 1] == '/' ? "" : "/");
		nsv_out_shell(o, member);
	} else {
		nsv_out_puts(o, "tar -xOf ");
		nsv_out_shell(o, m->package);
		nsv_out_puts(o, " --no-wildcards ");
		nsv_out_shell(o, member);
	}
	/* The terminal must not take a container's bytes for its own orders. */
	nsv_out_puts(o, " | cat -v | less</code>");
}

void nsv_part_process_link(struct nsv_out *o, const struct nsv_facts *f, int64_t pid)
{
	const struct nsv_process_fact *p = nsv_facts_process(f, pid);

	if (!p) {
		nsv_out_printf(o, "%" PRId64, pid);
		return;
	}
	nsv_out_printf(o, "<a href=\"#p-%" PRId64 "\">%" PRId64 "</a> ", pid, pid);
	nsv_out_text(o, p->name);
}

void nsv_part_badge(struct nsv_out *o, const char *kind, const char *text)
{
	nsv_out_printf(o, "<span class=\"badge %s\">%s</span>", kind, text);
}
