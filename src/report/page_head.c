/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page_head.c - whose evidence it is, and whether it can be relied on. */
#include <inttypes.h>
#include <string.h>

#include <nsview/sign.h>

#include "base/util.h"
#include "report/part.h"

struct where {
	struct nsv_out *o;
	struct nsv_json collection, container, inner;
};

static struct where where_of(struct nsv_out *o, const struct nsv_model *m)
{
	struct where w = { .o = o,
			   .collection = m->source.json[NSV_SOURCE_COLLECTION],
			   .container = m->source.json[NSV_SOURCE_CONTAINER] };

	w.inner = nsv_fact_member(w.container, "container");
	return w;
}

/* A row of the list, left out where there is nothing to say. */
static void row(struct where *w, const char *title, struct nsv_json o, const char *key)
{
	char text[2048];

	if (!nsv_fact_get(o, key, text, sizeof(text)))
		return;
	nsv_out_printf(w->o, "<div><dt>%s</dt><dd>", title);
	nsv_out_text(w->o, text);
	nsv_out_puts(w->o, "</dd></div>\n");
}

static void time_row(struct where *w, const char *title, int64_t when)
{
	if (when == INT64_MIN)
		return;
	nsv_out_printf(w->o, "<div><dt>%s</dt><dd>", title);
	nsv_out_time(w->o, when);
	nsv_out_puts(w->o, " UTC</dd></div>\n");
}

static void title(struct where *w)
{
	char text[NSV_FACT_NAME];
	struct nsv_json target = nsv_fact_member(w->collection, "target");

	if (!nsv_fact_get(w->inner, "name", text, sizeof(text)) &&
	    !nsv_fact_get(w->container, "hostname", text, sizeof(text)))
		(void)nsv_fact_get(target, "spec", text, sizeof(text));
	nsv_out_text(w->o, *text ? text : "container");
}

/* Leads to the findings, by how severe they are. */
static void found(struct nsv_out *o, const struct nsv_model *m)
{
	bool any = false;

	for (unsigned s = 0; s < NSV_SEVERITIES; s++) {
		const char *word = nsv_severity_word((enum nsv_severity)s);

		if (!m->findings.totals[s])
			continue;
		any = true;
		nsv_out_printf(o,
			       "<a class=\"badge %s\" href=\"#findings\">%" PRIu64
			       " %s<span class=\"vh\"> findings</span></a>",
			       word, m->findings.totals[s], word);
	}
	if (!any)
		nsv_part_badge(o, "plain", "No findings");
}

static void signature(struct nsv_out *o, const struct nsv_model *m)
{
	switch (m->source.verified.signature) {
	case NSV_SIGNATURE_VALID:
		nsv_part_badge(o, "good", "Signature: valid");
		break;
	case NSV_SIGNATURE_INVALID:
		nsv_part_badge(o, "high", "Signature: INVALID");
		break;
	case NSV_SIGNATURE_OTHER_KEY:
		nsv_part_badge(o, "high", "Signature: NOT BY THIS KEY");
		break;
	case NSV_SIGNATURE_UNCHECKED:
		nsv_part_badge(o, "plain", "Signed: not checked, --key does");
		break;
	default:
		nsv_part_badge(o, m->key ? "high" : "plain", "Not signed");
	}
}

static void hash_row(struct nsv_out *o, const char *title, const char *hash)
{
	nsv_out_printf(o, "<div><dt>%s</dt><dd><code class=\"copy\">", title);
	nsv_out_html(o, hash, strlen(hash));
	nsv_out_puts(o, "</code></dd></div>\n");
}

static void key_row(struct nsv_out *o, const struct nsv_model *m)
{
	if (m->key)
		hash_row(o, "Checked with the key", nsv_public_key_text(m->key));
}

static void state(struct nsv_out *o, const struct nsv_model *m)
{
	const struct nsv_verify_result *v = &m->source.verified;
	bool altered = v->missing || v->extra || v->altered || !*v->root_hash;
	bool damaged = !v->whole && !altered && v->complete;

	nsv_out_puts(o, "<p class=\"state\">");
	if (altered || damaged)
		nsv_part_badge(o, "high", "Altered: not as it was collected");
	else
		nsv_part_badge(o, "good", "Unaltered: every hash is right");
	if (v->complete)
		nsv_part_badge(o, "good", "Complete");
	else
		nsv_part_badge(o, "medium", "Incomplete: see what is missing");
	signature(o, m);
	found(o, m);
	nsv_out_puts(o, "</p>\n");
}

static void operator_row(struct where *w)
{
	struct nsv_json operator= nsv_fact_member(w->collection, "operator");

	if (!operator.at)
		return;
	nsv_out_printf(w->o,
		       "<div><dt>Collected by</dt><dd>user %" PRId64 ", effective %" PRId64
		       "</dd></div>\n",
		       nsv_fact_number(nsv_fact_member(operator, "uid"), -1),
		       nsv_fact_number(nsv_fact_member(operator, "euid"), -1));
}

void nsv_part_head(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	struct where w = where_of(o, m);
	struct nsv_json host = nsv_fact_member(w.collection, "host");
	struct nsv_json kase = nsv_fact_member(w.collection, "case");
	struct nsv_json pod = nsv_fact_member(w.inner, "pod");

	(void)room;
	nsv_out_puts(o, "<p class=\"kind\">Evidence of a container</p>\n<h1>");
	title(&w);
	nsv_out_puts(o, "</h1>\n");
	state(o, m);
	nsv_out_puts(o, "<dl class=\"facts\">\n");
	row(&w, "Image", w.inner, "image");
	row(&w, "Engine", w.inner, "engine");
	row(&w, "Container ID", w.inner, "id");
	row(&w, "Pod", pod, "name");
	row(&w, "Pod’s namespace", pod, "namespace");
	row(&w, "Host name inside", w.container, "hostname");
	row(&w, "Host", host, "name");
	row(&w, "Kernel", host, "kernel");
	time_row(&w, "Running since", m->facts.started);
	time_row(&w, "Collected", m->facts.collected);
	row(&w, "Case", kase, "id");
	row(&w, "Examiner", kase, "examiner");
	operator_row(&w);
	hash_row(o, "Root hash",
		 *m->source.verified.root_hash ? m->source.verified.root_hash : "missing");
	row(&w, "Note", kase, "note");
	nsv_out_puts(o, "</dl>\n");
}

static void commands(struct nsv_out *o, const struct nsv_model *m)
{
	static const char *const verbs[] = { "nscollect verify ", "nscollect list " };

	nsv_out_puts(o, "<div><dt>Commands</dt><dd>");
	for (size_t i = 0; i < NSV_ARRAY_SIZE(verbs); i++) {
		nsv_out_printf(o, "<code class=\"copy\">%s", verbs[i]);
		nsv_out_shell(o, m->package);
		nsv_out_puts(o, "</code><br>");
	}
	if (!m->is_folder) {
		nsv_out_puts(o,
			     "<code class=\"copy\">mkdir evidence &amp;&amp; tar -C evidence -xf ");
		nsv_out_shell(o, m->package);
		nsv_out_puts(o, "</code>");
	}
	nsv_out_puts(o, "</dd></div>\n");
}

static void differences(struct nsv_out *o, const struct nsv_model *m)
{
	if (!m->n_differences)
		return;
	nsv_out_puts(o, "<h3>What is not as it was</h3>\n<ul>\n");
	for (size_t i = 0; i < m->n_differences; i++) {
		const struct nsv_difference *d = &m->differences[i];

		nsv_out_printf(o, "<li>%s: <code>", d->word);
		nsv_out_text(o, d->name);
		nsv_out_puts(o, "</code> ");
		nsv_out_text(o, d->text);
		nsv_out_puts(o, "</li>\n");
	}
	nsv_out_puts(o, "</ul>\n");
	if (m->more_differences)
		nsv_out_printf(o, "<p class=\"more\">%" PRIu64 " more: see nscollect verify.</p>\n",
			       m->more_differences);
}

void nsv_part_custody(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	struct where w = where_of(o, m);
	struct nsv_json host = nsv_fact_member(w.collection, "host");
	struct nsv_json tool = nsv_fact_member(w.collection, "tool");
	const char *hash = m->source.verified.root_hash;

	(void)room;
	nsv_out_puts(o, "<dl class=\"facts wide\">\n<div><dt>Package</dt><dd>");
	nsv_out_text(o, m->package);
	nsv_out_printf(o, ", %" PRIu64 " members</dd></div>\n", m->source.verified.members);
	hash_row(o, "Root hash", *hash ? hash : "missing");
	key_row(o, m);
	row(&w, "Collection", w.collection, "id");
	time_row(&w, "Begun", nsv_fact_time(nsv_fact_member(w.collection, "started")));
	time_row(&w, "Ended", nsv_fact_time(nsv_fact_member(w.collection, "ended")));
	operator_row(&w);
	row(&w, "Command", tool, "command_line");
	row(&w, "Version", tool, "version");
	row(&w, "Program’s hash", tool, "sha256");
	row(&w, "Boot ID", host, "boot_id");
	nsv_out_printf(o, "<div><dt>Clock</dt><dd>%s</dd></div>\n",
		       nsv_fact_true(
			   nsv_fact_member(nsv_fact_member(host, "clock"), "synchronised"))
			   ? "synchronised"
			   : "not synchronised: times may be wrong");
	commands(o, m);
	nsv_out_puts(o, "</dl>\n");
	differences(o, m);
}

void nsv_part_counts(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	(void)room;
	for (unsigned s = 0; s < NSV_SEVERITIES; s++) {
		nsv_out_printf(o, "<span class=\"count %s\"><b>%" PRIu64 "</b> %s</span> ",
			       nsv_severity_word((enum nsv_severity)s), m->findings.totals[s],
			       nsv_severity_word((enum nsv_severity)s));
	}
}
