/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_changes.c - what was changed: by changes.json, or else files whose ctime is later than the
 * container's start. A table of the first ones, and data for the tree that the page's script
 * makes of them: [path, "A", "C", "D", "V" or "?", type, size, mode, mtime].
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "report/case_file.h"
#include "report/part.h"

#define STATIC_ROWS 200

struct changed {
	const struct nsv_model *m;
	struct nsv_lines lines;
	struct nsv_changed_walk walk;
	struct nsv_case_file file;
};

static struct changed *begin(const struct nsv_model *m)
{
	struct changed *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->m = m;
	c->walk = nsv_changed_walk(&m->facts);
	c->lines = nsv_facts_lines(&m->source, NSV_SOURCE_FILES);
	return c;
}

static bool next(struct changed *c)
{
	struct nsv_json o;

	if (c->m->facts.has_changes)
		return nsv_changed_next(&c->walk, &c->file);
	while (nsv_fact_line(&c->lines, &o)) {
		nsv_case_file_read(&c->m->facts, o, &c->file);
		if (*c->file.path && c->file.ctime != INT64_MIN &&
		    c->m->facts.started != INT64_MIN && c->file.ctime > c->m->facts.started)
			return true;
	}
	return false;
}

/* '?' where the package has no list. */
static char letter_of(const struct changed *c)
{
	return c->m->facts.has_changes ? c->walk.kind : '?';
}

static const char *word_of(const struct changed *c)
{
	switch (letter_of(c)) {
	case 'A':
		return "added";
	case 'C':
		return "changed";
	case 'D':
		return "deleted";
	case 'V':
		return "on a volume";
	default:
		return "since the start";
	}
}

static void row(struct nsv_out *o, const struct changed *c)
{
	const struct nsv_case_file *f = &c->file;

	nsv_out_printf(o, "<tr><td>%s</td><td class=\"mono\">", word_of(c));
	nsv_out_cut(o, f->path, 500);
	nsv_out_puts(o, "</td><td>");
	nsv_out_text(o, f->type);
	nsv_out_printf(o, "</td><td class=\"num\" data-v=\"%" PRId64 "\">", f->size);
	nsv_out_size(o, f->size);
	nsv_out_printf(o, "</td><td class=\"mono\">%04o</td><td class=\"when\">", f->mode);
	nsv_out_time(o, f->mtime);
	nsv_out_puts(o, "</td></tr>\n");
}

/* Why there is no list, where the package says so. */
static void reason(struct nsv_out *o, struct nsv_json about)
{
	char text[512];

	if (!nsv_fact_get(about, "reason", text, sizeof(text)))
		return;
	nsv_out_puts(o, " (");
	nsv_out_text(o, text);
	nsv_out_puts(o, ")");
}

void nsv_part_changes_how(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	struct nsv_json about = nsv_fact_member(m->source.json[NSV_SOURCE_CHANGES], "about");

	(void)room;
	if (m->facts.has_changes) {
		nsv_out_puts(o, "<p class=\"lead\">Against the image, by "
				"<code>changes.json</code>");
		reason(o, about);
		nsv_out_puts(o, ". What a changed text was before lies below "
				"<code>changes/before</code>.</p>\n");
	} else if (m->facts.has_files) {
		nsv_out_puts(o, "<p class=\"lead\">The package has no list of changes against the "
				"image");
		reason(o, about);
		nsv_out_puts(o, ". Here are the files whose status changed after the container "
				"started: whether they are new is not known.</p>\n");
	} else {
		nsv_part_none(o, "Neither files nor changes were collected.");
	}
}

void nsv_part_changes(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	struct changed *c = begin(m);
	uint64_t end = o->bytes + room, more = 0;
	size_t n = 0;

	if (c && (m->facts.has_changes || m->facts.has_files)) {
		nsv_out_puts(o, "<div id=\"changes-table\">\n");
		nsv_part_table(o, "t-changes", "Changed files");
		nsv_part_column(o, "Change", "text");
		nsv_part_column(o, "Path", "text");
		nsv_part_column(o, "Type", "text");
		nsv_part_column(o, "Size", "num");
		nsv_part_column(o, "Mode", "text");
		nsv_part_column(o, "Modified (UTC)", "text");
		nsv_part_body(o);
		while (next(c)) {
			if (n == STATIC_ROWS || o->bytes >= end) {
				more++;
				continue;
			}
			row(o, c);
			n++;
		}
		if (!n)
			nsv_out_puts(o, "<tr><td colspan=\"6\" class=\"none\">No change."
					"</td></tr>\n");
		nsv_part_table_end(o);
		nsv_part_more(o, more, "changes",
			      m->facts.has_changes ? "changes.json" : "files.jsonl");
		nsv_out_puts(o, "</div>\n");
	}
	free(c);
}

void nsv_part_changes_data(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	struct changed *c = begin(m);
	uint64_t end = o->bytes + room, more = 0;
	size_t n = 0;

	nsv_out_puts(o, "{\"rows\":[");
	while (c && next(c)) {
		const struct nsv_case_file *f = &c->file;

		if (o->bytes >= end) {
			more++;
			continue;
		}
		nsv_out_puts(o, n++ ? ",\n[" : "\n[");
		nsv_out_json(o, f->path);
		nsv_out_printf(o, ",\"%c\",", letter_of(c));
		nsv_out_json(o, f->type);
		nsv_out_printf(o, ",%" PRId64 ",\"%04o\",%" PRId64 "]", f->size, f->mode,
			       f->mtime == INT64_MIN ? 0 : f->mtime);
	}
	nsv_out_printf(o, "],\n\"more\":%" PRIu64 "}", more);
	free(c);
}
