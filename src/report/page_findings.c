/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page_findings.c - findings, those of one rule and severity together. */
#include <inttypes.h>
#include <string.h>

#include "report/part.h"

#define SHOWN 5 /* of one rule, before the others are folded away */

/* Where in the page the thing stands. */
static void subject(struct nsv_out *o, const struct nsv_model *m, const struct nsv_finding *f)
{
	bool in_page = f->pid && nsv_facts_process(&m->facts, f->pid);

	if (in_page)
		nsv_out_printf(o, "<a href=\"#p-%" PRId64 "\">", f->pid);
	nsv_out_cut(o, f->subject, 400);
	if (in_page)
		nsv_out_puts(o, "</a>");
}

static void one(struct nsv_out *o, const struct nsv_model *m, const struct nsv_finding *f)
{
	nsv_out_puts(o, "<li><div class=\"what\">");
	subject(o, m, f);
	if (f->times > 1)
		nsv_out_printf(o, " <span class=\"times\">%" PRIu64 " times</span>", f->times);
	nsv_out_puts(o, "</div>");
	if (*f->detail) {
		nsv_out_puts(o, "<div class=\"detail\">");
		nsv_out_cut(o, f->detail, 1200);
		nsv_out_puts(o, "</div>");
	}
	nsv_out_puts(o, "<div class=\"evidence\"><span class=\"vh\">Evidence: </span>");
	/* A name without end makes no command. */
	if (strlen(f->evidence) <= 1000)
		nsv_part_extract(o, m, f->evidence);
	else
		nsv_out_cut(o, f->evidence, 1000);
	nsv_out_puts(o, "</div></li>\n");
}

/* As many as are of one rule and severity. */
static size_t group(const struct nsv_findings *all, size_t from)
{
	size_t n = 1;

	while (from + n < all->n && all->list[from + n].rule == all->list[from].rule &&
	       all->list[from + n].severity == all->list[from].severity)
		n++;
	return n;
}

/* Returns how many of the @n were written. */
static size_t card(struct nsv_out *o, const struct nsv_model *m, size_t from, size_t n,
		   uint64_t end)
{
	const struct nsv_finding *f = &m->findings.list[from];
	const char *severity = nsv_severity_word(f->severity);
	size_t i = 0;

	nsv_out_printf(o,
		       "<article class=\"finding %s\" data-severity=\"%s\" data-rule=\"%s\">\n"
		       "<h3><span class=\"badge %s\">%s</span> %s</h3>\n<p class=\"why\">%s "
		       "<span class=\"rule\">%s</span></p>\n<ul>\n",
		       severity, severity, f->rule->id, severity, severity, f->rule->title,
		       f->rule->reason, f->rule->id);
	for (; i < n && (i == 0 || o->bytes < end); i++) {
		if (i == SHOWN && n > SHOWN + 1)
			nsv_out_printf(o, "</ul>\n<details><summary>%zu more</summary>\n<ul>\n",
				       n - i);
		one(o, m, f + i);
	}
	nsv_out_puts(o, n > SHOWN + 1 && i > SHOWN ? "</ul>\n</details>\n</article>\n"
						   : "</ul>\n</article>\n");
	return i;
}

void nsv_part_findings(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	const struct nsv_findings *all = &m->findings;
	uint64_t end = o->bytes + room, total = 0;
	size_t i = 0, shown = 0;

	for (unsigned s = 0; s < NSV_SEVERITIES; s++)
		total += all->totals[s];
	if (!all->n)
		nsv_part_none(o, "No rule found anything. That is no proof that there is nothing.");
	while (i < all->n && o->bytes < end) {
		size_t n = group(all, i);

		shown += card(o, m, i, n, end);
		i += n;
	}
	if (total > shown)
		nsv_part_more(o, total - shown, "findings",
			      "nscollect report --json, or processes.json");
}
