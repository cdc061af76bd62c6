/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lists.c - see lists.h. JSON is written by collect/jout.h, which keeps odd bytes exactly. */
#include "report/lists.h"

#include <inttypes.h>
#include <string.h>

#include "base/util.h"
#include "collect/jout.h"

#define FORMAT_VERSION 1

static void put_finding(struct nsv_jout *j, const struct nsv_finding *f)
{
	nsv_jout_begin(j, NULL, '{');
	nsv_jout_text(j, "rule", f->rule->id);
	nsv_jout_text(j, "severity", nsv_severity_word(f->severity));
	nsv_jout_text(j, "title", f->rule->title);
	nsv_jout_text(j, "reason", f->rule->reason);
	nsv_jout_text(j, "subject", f->subject);
	nsv_jout_text(j, "detail", f->detail);
	nsv_jout_text(j, "evidence", f->evidence);
	if (f->pid)
		nsv_jout_i64(j, "pid", f->pid);
	else
		nsv_jout_null(j, "pid");
	nsv_jout_u64(j, "times", f->times);
	nsv_jout_end(j, '{');
}

static void put_member(struct nsv_jout *j, const char *key, struct nsv_json o, const char *from)
{
	char text[2048];

	if (nsv_fact_get(o, from, text, sizeof(text)))
		nsv_jout_text(j, key, text);
	else
		nsv_jout_null(j, key);
}

static const char *signature_word(enum nsv_signature signature)
{
	switch (signature) {
	case NSV_SIGNATURE_UNCHECKED:
		return "unchecked";
	case NSV_SIGNATURE_VALID:
		return "valid";
	case NSV_SIGNATURE_INVALID:
		return "invalid";
	case NSV_SIGNATURE_OTHER_KEY:
		return "other-key";
	default:
		return "none";
	}
}

static void put_head(struct nsv_jout *j, const struct nsv_model *m)
{
	struct nsv_json collection = m->source.json[NSV_SOURCE_COLLECTION];
	struct nsv_json container = m->source.json[NSV_SOURCE_CONTAINER];
	struct nsv_json inner = nsv_fact_member(container, "container");

	nsv_jout_text(j, "format", "nsview-findings");
	nsv_jout_u64(j, "format_version", FORMAT_VERSION);
	nsv_jout_text(j, "package", m->package);
	nsv_jout_text(j, "root_hash",
		      *m->source.verified.root_hash ? m->source.verified.root_hash : NULL);
	nsv_jout_bool(j, "whole", m->source.verified.whole);
	nsv_jout_bool(j, "complete", m->source.verified.complete);
	nsv_jout_text(j, "signature", signature_word(m->source.verified.signature));
	nsv_jout_begin(j, "container", '{');
	put_member(j, "name", inner, "name");
	put_member(j, "engine", inner, "engine");
	put_member(j, "id", inner, "id");
	put_member(j, "image", inner, "image");
	put_member(j, "hostname", container, "hostname");
	nsv_jout_end(j, '{');
	put_member(j, "host", nsv_fact_member(collection, "host"), "name");
	put_member(j, "collected", collection, "started");
	put_member(j, "case", nsv_fact_member(collection, "case"), "id");
	nsv_jout_begin(j, "counts", '{');
	for (unsigned s = 0; s < NSV_SEVERITIES; s++)
		nsv_jout_u64(j, nsv_severity_word((enum nsv_severity)s), m->findings.totals[s]);
	nsv_jout_end(j, '{');
}

void nsv_list_json(struct nsv_out *o, const struct nsv_model *m)
{
	struct nsv_text text = NSV_TEXT_INIT;
	struct nsv_jout j = { .t = &text, .lines = 2 };
	char buf[4096];
	int64_t n;

	nsv_jout_begin(&j, NULL, '{');
	put_head(&j, m);
	nsv_jout_begin(&j, "findings", '[');
	for (size_t i = 0; i < m->findings.n; i++)
		put_finding(&j, &m->findings.list[i]);
	nsv_jout_end(&j, '[');
	nsv_jout_end(&j, '{');
	nsv_jout_line(&j);
	(void)nsv_text_flush(&text);
	for (uint64_t off = 0; (n = nsv_text_read(&text, off, buf, sizeof(buf))) > 0;
	     off += (uint64_t)n)
		nsv_out_put(o, buf, (size_t)n);
	nsv_text_free(&text);
}

/* ---- Markdown ---- */

static void item(struct nsv_out *o, const char *title, struct nsv_json v, const char *key)
{
	char text[1024];

	if (!nsv_fact_get(v, key, text, sizeof(text)))
		return;
	nsv_out_printf(o, "- %s: ", title);
	nsv_out_markdown(o, text);
	nsv_out_puts(o, "\n");
}

static void head(struct nsv_out *o, const struct nsv_model *m)
{
	struct nsv_json collection = m->source.json[NSV_SOURCE_COLLECTION];
	struct nsv_json container = m->source.json[NSV_SOURCE_CONTAINER];
	struct nsv_json inner = nsv_fact_member(container, "container");
	const struct nsv_verify_result *v = &m->source.verified;
	bool altered = v->missing || v->extra || v->altered || !*v->root_hash;

	nsv_out_puts(o, "# Evidence of a container\n\n");
	item(o, "Container", inner, "name");
	item(o, "Image", inner, "image");
	item(o, "ID", inner, "id");
	item(o, "Host", nsv_fact_member(collection, "host"), "name");
	item(o, "Collected", collection, "started");
	item(o, "Case", nsv_fact_member(collection, "case"), "id");
	item(o, "Examiner", nsv_fact_member(collection, "case"), "examiner");
	nsv_out_puts(o, "- Package: ");
	nsv_out_markdown(o, m->package);
	nsv_out_printf(o, "\n- Root hash: `%s`\n- %s, %s; signature: %s\n",
		       *v->root_hash ? v->root_hash : "missing",
		       altered ? "**ALTERED**" : "Unaltered",
		       v->complete ? "complete" : "**incomplete**", signature_word(v->signature));
}

void nsv_list_markdown(struct nsv_out *o, const struct nsv_model *m)
{
	const struct nsv_finding *last = NULL;

	head(o, m);
	nsv_out_puts(o, "\n## Findings\n");
	if (!m->findings.n)
		nsv_out_puts(o,
			     "\nNo rule found anything. That is no proof that there is nothing.\n");
	for (size_t i = 0; i < m->findings.n; i++) {
		const struct nsv_finding *f = &m->findings.list[i];

		if (!last || last->rule != f->rule || last->severity != f->severity)
			nsv_out_printf(o, "\n### %s: %s\n\n%s (`%s`)\n\n",
				       nsv_severity_word(f->severity), f->rule->title,
				       f->rule->reason, f->rule->id);
		last = f;
		nsv_out_puts(o, "- ");
		nsv_out_markdown(o, f->subject);
		if (*f->detail) {
			nsv_out_puts(o, ": ");
			nsv_out_markdown(o, f->detail);
		}
		nsv_out_puts(o, ", in ");
		nsv_out_markdown(o, f->evidence);
		if (f->times > 1)
			nsv_out_printf(o, " (%" PRIu64 " times)", f->times);
		nsv_out_puts(o, "\n");
	}
}
