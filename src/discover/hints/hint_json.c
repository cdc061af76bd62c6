/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hint_json.c - takes texts and labels out of state files. A file may hold anything: the user whose
 * container it is for pays for each pass over a part of it (quota.h), and a member of the wrong
 * type counts as missing. No locks: one thread.
 */
#include <string.h>

#include "discover/hints/hints.h"
#include "reach/util.h"

void nsv_hint_members(struct nsv_hints *h, struct nsv_json o, struct nsv_json_member *members,
		      size_t n)
{
	if (!nsv_hint_charge(&h->quotas, h->payer, o.len))
		o = (struct nsv_json){ 0 };
	nsv_json_members(o, members, n);
}

const char *nsv_hint_text(struct nsv_hints *h, struct nsv_json v)
{
	return nsv_json_string(v, h->text, sizeof(h->text)) > 0 ? h->text : NULL;
}

const char *nsv_hint_keep_json(struct nsv_hints *h, struct nsv_json v)
{
	return nsv_hint_keep(h, nsv_hint_text(h, v));
}

struct nsv_json nsv_hint_inner(struct nsv_hints *h, struct nsv_json v, char *buf)
{
	ssize_t len = nsv_json_string(v, buf, NSV_HINT_TEXT_MAX + 1);
	struct nsv_json json = { 0 };

	if (len > 0 && nsv_hint_charge(&h->quotas, h->payer, (uint64_t)len))
		(void)nsv_json_whole(buf, (size_t)len, &json);
	return json;
}

static size_t count_members(struct nsv_json o)
{
	struct nsv_json_walk w = nsv_json_walk(o);
	struct nsv_json key, value;
	size_t n = 0;

	while (n < NSV_HINT_LABELS_MAX && nsv_json_next(&w, &key, &value))
		n += key.at ? 1 : 0;
	return n;
}

/* A copy that may be empty; NULL: no text, no memory, or too much is kept already. */
static const char *keep_any(struct nsv_hints *h, struct nsv_json v)
{
	ssize_t len = nsv_json_string(v, h->text, sizeof(h->text));

	if (len < 0 || !nsv_hint_charge_kept(&h->quotas, h->payer, (uint64_t)len + 1))
		return NULL;
	return nsv_arena_strn(&h->scan->arena, h->text, (size_t)len);
}

void nsv_hint_labels(struct nsv_hints *h, struct nsv_container *c, struct nsv_json o)
{
	struct nsv_json_walk w = nsv_json_walk(o);
	struct nsv_json key, value;
	struct nsv_label *labels;
	size_t n = 0, max;

	if (!w.object || !nsv_hint_charge(&h->quotas, h->payer, 2 * o.len))
		return;
	max = count_members(o);
	if (!max || !nsv_hint_charge_kept(&h->quotas, h->payer, max * sizeof(*labels)))
		return;
	labels = nsv_arena_alloc(&h->scan->arena, max * sizeof(*labels));
	if (!labels)
		return;
	for (size_t i = 0; i < max && nsv_json_next(&w, &key, &value); i++) {
		/* An empty key is two quotes; a value that is no string has no quote. */
		if (key.len <= 2 || *value.at != '"')
			continue;
		labels[n].value = keep_any(h, value);
		labels[n].key = labels[n].value ? nsv_hint_keep_json(h, key) : NULL;
		if (labels[n].key)
			n++;
	}
	c->labels = n ? labels : NULL;
	c->n_labels = n;
}
