/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page.c - fills page/page.html: "@{name}" in it stands for a part. The page may run its own
 * script and style only, which its Content-Security-Policy names by their hashes, and may ask
 * nobody for anything.
 */
#include "report/page.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/util.h"
#include "report/embedded.h"

static void put_hash(struct nsv_out *o, const char *data, size_t len)
{
	unsigned char sum[EVP_MAX_MD_SIZE] = { 0 }, text[64] = { 0 };

	(void)EVP_Digest(data, len, sum, NULL, EVP_sha256(), NULL);
	(void)EVP_EncodeBlock(text, sum, 32);
	nsv_out_printf(o, "'sha256-%s'", (const char *)text);
}

static void put_policy(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	(void)m;
	(void)room;
	nsv_out_puts(o, "default-src 'none'; style-src ");
	put_hash(o, nsv_page_css, nsv_page_css_len);
	nsv_out_puts(o, "; script-src ");
	put_hash(o, nsv_page_js, nsv_page_js_len);
	nsv_out_puts(o, "; base-uri 'none'; form-action 'none'");
}

static void put_css(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	(void)m;
	(void)room;
	nsv_out_put(o, nsv_page_css, nsv_page_css_len);
}

static void put_js(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	(void)m;
	(void)room;
	nsv_out_put(o, nsv_page_js, nsv_page_js_len);
}

static void put_title(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	(void)room;
	/* The name of the package is the operator's; a title has no markup. */
	nsv_out_puts(o, "Evidence: ");
	for (const char *p = m->package; *p; p++)
		if ((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f)
			nsv_out_html(o, p, 1);
}

static void put_version(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	(void)m;
	(void)room;
	nsv_out_puts(o, NSVIEW_VERSION);
}

#define KB ((uint64_t)1000)

/* Their rooms add up to less than 20 MB. */
static const struct {
	const char *name;
	nsv_part *put;
	uint64_t room;
} parts[] = {
	{ "policy", put_policy, 0 },
	{ "css", put_css, 0 },
	{ "js", put_js, 0 },
	{ "title", put_title, 0 },
	{ "version", put_version, 0 },
	{ "head", nsv_part_head, 0 },
	{ "counts", nsv_part_counts, 0 },
	{ "findings", nsv_part_findings, 1500 * KB },
	{ "processes", nsv_part_processes, 2500 * KB },
	{ "network", nsv_part_network, 1000 * KB },
	{ "mounts", nsv_part_mounts, 500 * KB },
	{ "opened", nsv_part_opened, 1000 * KB },
	{ "memory", nsv_part_memory, 300 * KB },
	{ "changes-how", nsv_part_changes_how, 0 },
	{ "changes", nsv_part_changes, 300 * KB },
	{ "missing", nsv_part_missing, 700 * KB },
	{ "custody", nsv_part_custody, 0 },
	{ "changes-data", nsv_part_changes_data, 2500 * KB },
	{ "timeline-data", nsv_part_timeline_data, 9000 * KB },
};

static void put_part(struct nsv_out *o, const struct nsv_model *m, const char *name, size_t len)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(parts); i++)
		if (strlen(parts[i].name) == len && !memcmp(parts[i].name, name, len))
			parts[i].put(o, m, parts[i].room);
}

void nsv_page_write(struct nsv_out *o, const struct nsv_model *m)
{
	const char *at = nsv_page_html, *end = nsv_page_html + nsv_page_html_len;

	while (at < end) {
		const char *mark = memmem(at, (size_t)(end - at), "@{", 2);
		const char *close = mark ? memchr(mark, '}', (size_t)(end - mark)) : NULL;

		if (!close) {
			nsv_out_put(o, at, (size_t)(end - at));
			return;
		}
		nsv_out_put(o, at, (size_t)(mark - at));
		put_part(o, m, mark + 2, (size_t)(close - mark - 2));
		at = close + 1;
	}
}
