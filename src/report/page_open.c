/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page_open.c - mounts, and files that are open and were deleted. */
#include <inttypes.h>
#include <string.h>

#include "base/util.h"
#include "report/part.h"

static void mount_row(struct nsv_out *o, const struct nsv_mount_fact *m)
{
	char options[512], outcome[32], reason[256];

	(void)nsv_fact_get(m->json, "options", options, sizeof(options));
	(void)nsv_fact_get(m->json, "outcome", outcome, sizeof(outcome));
	(void)nsv_fact_get(m->json, "reason", reason, sizeof(reason));
	nsv_out_puts(o, "<tr><td class=\"mono\">");
	nsv_out_cut(o, m->target, 400);
	nsv_out_puts(o, "</td><td>");
	nsv_out_text(o, m->type);
	nsv_out_puts(o, "</td><td class=\"mono\">");
	nsv_out_cut(o, m->source, 300);
	nsv_out_puts(o, "</td><td class=\"mono\">");
	nsv_out_cut(o, m->root, 400);
	nsv_out_puts(o, "</td><td class=\"small\">");
	nsv_out_text(o, options);
	nsv_out_puts(o, "</td><td>");
	nsv_out_text(o, outcome);
	if (*reason) {
		nsv_out_puts(o, "<div class=\"small\">");
		nsv_out_text(o, reason);
		nsv_out_puts(o, "</div>");
	}
	nsv_out_puts(o, "</td></tr>\n");
}

void nsv_part_mounts(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	uint64_t end = o->bytes + room;
	size_t i = 0;

	nsv_part_table(o, "t-mounts", "Mounts");
	nsv_part_column(o, "Place", "text");
	nsv_part_column(o, "Type", "text");
	nsv_part_column(o, "Source", "text");
	nsv_part_column(o, "Root of it", "text");
	nsv_part_column(o, "Options", "text");
	nsv_part_column(o, "In the package", "text");
	nsv_part_body(o);
	for (; i < m->facts.n_mounts && o->bytes < end; i++)
		mount_row(o, &m->facts.mounts[i]);
	if (!i)
		nsv_out_puts(o, "<tr><td colspan=\"6\" class=\"none\">No mount.</td></tr>\n");
	nsv_part_table_end(o);
	nsv_part_more(o, m->facts.n_mounts - i + m->facts.more_mounts, "mounts", "mounts.json");
}

/* ---- files without a name ---- */

struct opened {
	struct nsv_out *o;
	const struct nsv_model *m;
	uint64_t end, more;
	size_t n;
};

static void opened_row(struct opened *w, const struct nsv_process_fact *p, const char *how,
		       const char *path, int64_t size, const char *content)
{
	if (w->o->bytes >= w->end) {
		w->more++;
		return;
	}
	w->n++;
	nsv_out_puts(w->o, "<tr><td>");
	nsv_part_process_link(w->o, &w->m->facts, p->pid);
	nsv_out_puts(w->o, "</td><td>");
	nsv_out_text(w->o, how);
	nsv_out_puts(w->o, "</td><td class=\"mono\">");
	nsv_out_cut(w->o, path, 400);
	nsv_out_printf(w->o, "</td><td class=\"num\" data-v=\"%" PRId64 "\">", size);
	nsv_out_size(w->o, size);
	nsv_out_puts(w->o, "</td><td>");
	if (*content)
		nsv_part_extract(w->o, w->m, content);
	else
		nsv_out_puts(w->o, "<span class=\"quiet\">not taken</span>");
	nsv_out_puts(w->o, "</td></tr>\n");
}

static void opened_of(struct opened *w, const struct nsv_process_fact *fact)
{
	nsv_autofree struct nsv_case_process *p = malloc(sizeof(*p));
	struct nsv_json_walk fds, maps;
	struct nsv_json key, v;
	struct nsv_case_fd fd;
	struct nsv_case_map map;

	if (!p)
		return;
	nsv_case_process_read(fact, p);
	if (p->deleted || p->replaced)
		opened_row(w, fact, p->deleted ? "runs, deleted" : "runs, replaced", p->exe,
			   nsv_fact_number(nsv_fact_member(nsv_fact_member(fact->json, "exe"),
							   "size"),
					   -1),
			   p->content);
	fds = nsv_json_walk(p->fds);
	while (nsv_json_next(&fds, &key, &v)) {
		char how[64];

		nsv_case_fd_read(v, &fd);
		if (!fd.deleted)
			continue;
		(void)snprintf(how, sizeof(how), "fd %" PRId64 ", %s", fd.fd, fd.access);
		opened_row(w, fact, how, fd.target, fd.size, fd.content);
	}
	maps = nsv_json_walk(p->maps);
	while (nsv_json_next(&maps, &key, &v)) {
		nsv_case_map_read(v, &map);
		if (*map.content)
			opened_row(w, fact, "mapped", map.path, -1, map.content);
	}
}

void nsv_part_opened(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	struct opened w = { .o = o, .m = m, .end = o->bytes + room };

	nsv_part_table(o, "t-opened", "Files without a name");
	nsv_part_column(o, "Process", "text");
	nsv_part_column(o, "How", "text");
	nsv_part_column(o, "What it was called", "text");
	nsv_part_column(o, "Size", "num");
	nsv_part_column(o, "Content", "text");
	nsv_part_body(o);
	for (size_t i = 0; i < m->facts.n_processes; i++)
		opened_of(&w, &m->facts.processes[i]);
	if (!w.n)
		nsv_out_puts(o, "<tr><td colspan=\"5\" class=\"none\">Every open file has its "
				"name.</td></tr>\n");
	nsv_part_table_end(o);
	nsv_part_more(o, w.more, "such files", "processes.json");
}
