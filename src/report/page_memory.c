/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page_memory.c - cores of processes, each with the command that opens it in gdb. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "report/part.h"
#include "report/words.h"

/* Names of members and of programs are the package's: neither leads out of where it lies. */
static bool leads_out(const char *path)
{
	return nsv_begins(path, "../") || strstr(path, "/../") || nsv_ends(path, "/..");
}

/* A word that is @folder, a slash, and @rest. */
static void word(struct nsv_out *o, const char *folder, const char *rest)
{
	char path[2 * NSV_FACT_PATH];
	size_t len = strlen(folder);

	(void)snprintf(path, sizeof(path), "%s%s%s", folder,
		       len && folder[len - 1] == '/' ? "" : "/", rest);
	nsv_out_shell(o, path);
}

static void command(struct nsv_out *o, const struct nsv_model *m, const char *member,
		    const char *exe)
{
	const char *folder = m->is_folder ? m->package : "evidence";
	char sysroot[NSV_FACT_PATH];

	nsv_out_puts(o, "<code class=\"copy\">");
	if (!m->is_folder) {
		nsv_out_puts(o, "mkdir -p evidence &amp;&amp; tar -C evidence -xf ");
		nsv_out_shell(o, m->package);
		nsv_out_puts(o, " &amp;&amp; ");
	}
	/* The container's files must not have gdb run anything. */
	nsv_out_puts(o, "gdb -nx -iex &#39;set auto-load off&#39; -iex ");
	(void)snprintf(sysroot, sizeof(sysroot), "set sysroot %s", folder);
	word(o, sysroot, "[root]");
	if (*exe && !leads_out(exe)) {
		nsv_out_puts(o, " -se ");
		word(o, folder, exe);
	}
	nsv_out_puts(o, " -c ");
	word(o, folder, member);
	nsv_out_puts(o, "</code>");
}

/* The program as a member of the package; a deleted one lies elsewhere there. */
static void exe_of(const struct nsv_process_fact *fact, struct nsv_case_process *p, char *buf,
		   size_t size)
{
	nsv_case_process_read(fact, p);
	if (*p->content)
		(void)snprintf(buf, size, "%s", p->content);
	else if (!p->deleted && *p->exe == '/')
		(void)snprintf(buf, size, "[root]%s", p->exe);
}

static void row(struct nsv_out *o, const struct nsv_model *m, struct nsv_json v,
		struct nsv_case_process *p)
{
	int64_t pid = nsv_fact_number(nsv_fact_member(v, "pid"), 0);
	int64_t size = nsv_fact_number(nsv_fact_member(v, "size"), -1);
	const struct nsv_process_fact *fact = nsv_facts_process(&m->facts, pid);
	char member[128], outcome[32], reason[256], exe[NSV_FACT_PATH + 8] = "";

	if (fact)
		exe_of(fact, p, exe, sizeof(exe));
	(void)nsv_fact_get(v, "member", member, sizeof(member));
	(void)nsv_fact_get(v, "outcome", outcome, sizeof(outcome));
	(void)nsv_fact_get(v, "reason", reason, sizeof(reason));
	nsv_out_puts(o, "<tr><td>");
	nsv_part_process_link(o, &m->facts, pid);
	nsv_out_printf(o, "</td><td class=\"num\" data-v=\"%" PRId64 "\">", size);
	nsv_out_size(o, size);
	nsv_out_puts(o, "</td><td>");
	nsv_out_text(o, outcome);
	if (*reason) {
		nsv_out_puts(o, "<div class=\"small\">");
		nsv_out_text(o, reason);
		nsv_out_puts(o, "</div>");
	}
	nsv_out_puts(o, "</td><td>");
	if (*member && *member != '/' && !leads_out(member))
		command(o, m, member, exe);
	nsv_out_puts(o, "</td></tr>\n");
}

void nsv_part_memory(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	struct nsv_json_walk w = nsv_json_walk(m->source.json[NSV_SOURCE_MEMORY]);
	nsv_autofree struct nsv_case_process *p = calloc(1, sizeof(*p));
	uint64_t end = o->bytes + room, more = 0;
	struct nsv_json key, v;

	if (!m->source.json[NSV_SOURCE_MEMORY].at || !p)
		return;
	nsv_out_puts(o,
		     "<h3>Memory</h3>\n<div class=\"tools\" data-for=\"t-memory\" hidden></div>\n");
	nsv_part_table(o, "t-memory", "Memory");
	nsv_part_column(o, "Process", "text");
	nsv_part_column(o, "Size", "num");
	nsv_part_column(o, "Outcome", "text");
	nsv_part_column(o, "Open it", "text");
	nsv_part_body(o);
	while (nsv_json_next(&w, &key, &v)) {
		if (o->bytes < end)
			row(o, m, v, p);
		else
			more++;
	}
	nsv_part_table_end(o);
	nsv_part_more(o, more, "cores", "memory.json");
}
