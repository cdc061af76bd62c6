/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page_processes.c - processes as a tree. */
#include <inttypes.h>
#include <string.h>

#include "base/util.h"
#include "report/part.h"

#define DEPTH_SHOWN 12u /* page.css has a class for each */

static void ids(struct nsv_out *o, const struct nsv_process_fact *p)
{
	nsv_out_printf(o, "<td class=\"num\">%" PRId64 "</td><td class=\"num\">%" PRId64 "</td>",
		       p->pid, p->inside);
	if (p->uid < 0)
		nsv_out_puts(o, "<td class=\"num\"></td>");
	else
		nsv_out_printf(o, "<td class=\"num\">%" PRId64 "</td>", p->uid);
}

/* How severe the worst of a process is, and how many findings it has. */
static void flags(struct nsv_out *o, const struct nsv_model *m, const struct nsv_case_process *p)
{
	const struct nsv_findings *all = &m->findings;
	const struct nsv_rule *last = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const struct nsv_finding *f = &all->list[i];

		if (f->pid != p->fact->pid || f->rule == last)
			continue;
		last = f->rule;
		nsv_part_badge(o, nsv_severity_word(f->severity), f->rule->id);
		nsv_out_puts(o, " ");
	}
}

static void row(struct nsv_out *o, const struct nsv_model *m, const struct nsv_process_fact *fact,
		struct nsv_case_process *p)
{
	nsv_case_process_read(fact, p);
	nsv_out_printf(o, "<tr id=\"p-%" PRId64 "\">", fact->pid);
	nsv_out_printf(o, "<td class=\"tree d%u\"><b>",
		       nsv_min((unsigned)fact->depth, DEPTH_SHOWN));
	nsv_out_cut(o, p->name, 200);
	nsv_out_puts(o, "</b><div class=\"command\">");
	nsv_out_cut(o, p->command, 600);
	nsv_out_puts(o, "</div>");
	/* Where the command says it already, it is left out. */
	if (p->has_exe && strcmp(p->exe, p->argv0) != 0) {
		nsv_out_puts(o, "<div class=\"exe\">");
		nsv_out_cut(o, p->exe, 400);
		nsv_out_puts(o, "</div>");
	}
	nsv_out_puts(o, "</td>");
	nsv_out_puts(o, "<td>");
	flags(o, m, p);
	nsv_out_puts(o, "</td>");
	ids(o, fact);
	nsv_out_puts(o, "<td class=\"when\">");
	nsv_out_time(o, fact->started);
	nsv_out_puts(o, "</td></tr>\n");
}

void nsv_part_processes(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	const struct nsv_facts *f = &m->facts;
	nsv_autofree struct nsv_case_process *p = malloc(sizeof(*p));
	uint64_t end = o->bytes + room;
	size_t i = 0;

	if (!f->n_processes || !p) {
		nsv_part_none(o, "The package tells of no process.");
		return;
	}
	nsv_part_table(o, "t-processes", "Processes");
	nsv_part_column(o, "Process", "text");
	nsv_part_column(o, "Findings", "text");
	nsv_part_column(o, "PID on host", "num");
	nsv_part_column(o, "PID inside", "num");
	nsv_part_column(o, "User", "num");
	nsv_part_column(o, "Started (UTC)", "text");
	nsv_part_body(o);
	for (; i < f->n_processes && o->bytes < end; i++)
		row(o, m, &f->processes[f->tree[i]], p);
	nsv_part_table_end(o);
	nsv_part_more(o, f->n_processes - i + f->more_processes, "processes", "processes.json");
}
