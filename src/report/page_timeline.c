/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_timeline.c - moments as data for the page's script: [microseconds, kinds, text]. Of more
 * than KEPT the newest count. Times of one file at one moment make one entry, as mactime(1) has
 * them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "report/part.h"

#define KEPT ((size_t)200000)

struct moment {
	int64_t when;
	const char *at; /* its first line */
	uint32_t len;
	uint8_t kinds;
};

enum { MODIFIED = 1, ACCESSED = 2, CHANGED = 4, BORN = 8, STARTED = 16, OTHER = 32 };

struct heap { /* the oldest on top */
	struct moment *list;
	size_t n;
	uint64_t all;
};

static unsigned kind_of(struct nsv_json desc)
{
	return nsv_json_is(desc, "Content Modification Time")	 ? MODIFIED
	       : nsv_json_is(desc, "Last Access Time")		 ? ACCESSED
	       : nsv_json_is(desc, "Metadata Modification Time") ? CHANGED
	       : nsv_json_is(desc, "Creation Time")		 ? BORN
	       : nsv_json_is(desc, "Start Time")		 ? STARTED
								 : OTHER;
}

static void sift_down(struct heap *h, size_t i)
{
	for (;;) {
		size_t least = i;
		struct moment swap;

		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < h->n; k++)
			if (h->list[k].when < h->list[least].when)
				least = k;
		if (least == i)
			return;
		swap = h->list[i];
		h->list[i] = h->list[least];
		h->list[least] = swap;
		i = least;
	}
}

static void take(struct heap *h, const struct moment *m)
{
	h->all++;
	if (h->n < KEPT) {
		h->list[h->n++] = *m;
		for (size_t i = h->n / 2; h->n == KEPT && i-- > 0;)
			sift_down(h, i);
	} else if (m->when > h->list[0].when) {
		h->list[0] = *m;
		sift_down(h, 0);
	}
}

static int newest_first(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->when != y->when)
		return x->when > y->when ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

struct line {
	struct nsv_json when, desc, file, file_exact;
};

static void split(struct nsv_json o, struct line *ret)
{
	struct nsv_json_member m[] = { { .key = "datetime" },
				       { .key = "timestamp_desc" },
				       { .key = "filename" },
				       { .key = "filename_base64" } };

	nsv_json_members(o, m, NSV_ARRAY_SIZE(m));
	*ret = (struct line){ m[0].value, m[1].value, m[2].value, m[3].value };
}

static bool same(struct nsv_json a, struct nsv_json b)
{
	return a.at && b.at && a.len == b.len && !memcmp(a.at, b.at, a.len);
}

/* The lines of one file come one after the other: those of one moment become one. */
static void read_all(struct heap *h, const struct nsv_source *s)
{
	struct nsv_lines l = nsv_facts_lines(s, NSV_SOURCE_TIMELINE);
	struct moment held[4] = { 0 };
	struct nsv_json file = { 0 }, o;
	size_t n = 0;

	while (nsv_fact_line(&l, &o)) {
		struct moment m = { .at = o.at, .len = (uint32_t)nsv_min(o.len, (size_t)1 << 20) };
		struct line line;
		size_t i = 0;

		split(o, &line);
		m.when = nsv_fact_time(line.when);
		m.kinds = (uint8_t)kind_of(line.desc);
		if (m.when == INT64_MIN || o.len > (size_t)1 << 20)
			continue;
		if (!same(file, line.file) || n == NSV_ARRAY_SIZE(held)) {
			for (; i < n; i++)
				take(h, &held[i]);
			n = i = 0;
			file = line.file;
		}
		while (i < n && held[i].when != m.when)
			i++;
		if (i < n)
			held[i].kinds |= m.kinds;
		else
			held[n++] = m;
	}
	for (size_t i = 0; i < n; i++)
		take(h, &held[i]);
}

static void put_kinds(struct nsv_out *o, unsigned kinds)
{
	static const char letters[] = "macbp?";

	nsv_out_puts(o, "\"");
	for (unsigned i = 0; letters[i]; i++)
		if (kinds >> i & 1)
			nsv_out_put(o, letters + i, 1);
	nsv_out_puts(o, "\"");
}

static void put_moment(struct nsv_out *o, const struct moment *m)
{
	const struct nsv_json v = { m->at, m->len };
	char text[1024];
	struct line line;

	split(v, &line);
	if (!nsv_fact_text(line.file, line.file_exact, text, sizeof(text)))
		(void)nsv_fact_get(v, "message", text, sizeof(text));
	nsv_out_printf(o, "[%" PRId64 ",", m->when);
	put_kinds(o, m->kinds);
	nsv_out_puts(o, ",");
	nsv_out_json(o, text);
	nsv_out_puts(o, "]");
}

void nsv_part_timeline_data(struct nsv_out *o, const struct nsv_model *m, uint64_t room)
{
	struct heap h = { .list = malloc(KEPT * sizeof(*h.list)) };
	uint64_t end = o->bytes + room;
	size_t i = 0;

	if (h.list)
		read_all(&h, &m->source);
	if (h.n)
		qsort(h.list, h.n, sizeof(*h.list), newest_first);
	nsv_out_puts(o, "{\"rows\":[");
	for (; i < h.n && o->bytes < end; i++) {
		nsv_out_puts(o, i ? ",\n" : "\n");
		put_moment(o, &h.list[i]);
	}
	nsv_out_printf(o,
		       "],\n\"all\":%" PRIu64 ",\"started\":%" PRId64 ",\"collected\":%" PRId64 "}",
		       h.all, m->facts.started == INT64_MIN ? 0 : m->facts.started,
		       m->facts.collected == INT64_MIN ? 0 : m->facts.collected);
	free(h.list);
}
