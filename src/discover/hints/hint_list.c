/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hint_list.c - finds containers in the lists of containers/storage, which may have thousands of
 * entries. A list is read once and an index made of it; only a wanted entry is looked into. No
 * locks: one thread.
 *
 * A user's container may name root's list. So a list that the user's quota does not allow is not
 * taken for an empty one, and lists that are read for users push out none that was read for root.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "discover/hints/hints.h"
#include "reach/util.h"

static int by_id(const void *a, const void *b)
{
	const struct nsv_hint_entry *x = a, *y = b;
	int order = memcmp(x->id, y->id, NSV_HINT_ID_LEN);

	return order ? order : (x->id > y->id) - (x->id < y->id);
}

static int by_id_only(const void *a, const void *b)
{
	const struct nsv_hint_entry *x = a, *y = b;

	return memcmp(x->id, y->id, NSV_HINT_ID_LEN);
}

/* The number of entries of @list with an ID; notes them in @to, unless that is NULL. */
static size_t find_entries(struct nsv_json list, struct nsv_hint_entry *to)
{
	struct nsv_json_walk w = nsv_json_walk(list);
	struct nsv_json key, value;
	size_t n = 0;

	while (!w.object && nsv_json_next(&w, &key, &value)) {
		struct nsv_json_member id = { "id", { 0 } };

		nsv_json_members(value, &id, 1);
		if (id.value.len != NSV_HINT_ID_LEN + 2 || *id.value.at != '"')
			continue;
		if (to)
			to[n] = (struct nsv_hint_entry){ id.value.at + 1, value };
		n++;
	}
	return n;
}

/* Counting and noting are a pass each over the list, and over the members of its entries. */
#define PASSES 4

static size_t drop_doubles(struct nsv_hint_entry *entries, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!kept || by_id_only(&entries[kept - 1], &entries[i]) != 0)
			entries[kept++] = entries[i];
	return kept;
}

/* Makes the index of l->text. A text that is no list has no entries. */
static int make_index(struct nsv_hints *h, struct nsv_hint_list *l, size_t len)
{
	struct nsv_json list;

	if (!nsv_hint_charge(&h->quotas, h->payer, (uint64_t)len * (1 + PASSES)))
		return -EDQUOT;
	if (!nsv_json_whole(l->text, len, &list))
		return 0;
	l->n = find_entries(list, NULL);
	l->entries = l->n ? calloc(l->n, sizeof(*l->entries)) : NULL;
	if (!l->entries) {
		l->n = 0;
		return 0;
	}
	(void)find_entries(list, l->entries);
	qsort(l->entries, l->n, sizeof(*l->entries), by_id);
	l->n = drop_doubles(l->entries, l->n);
	return 0;
}

static void list_clear(struct nsv_hint_list *l)
{
	free(l->entries);
	free(l->text);
	*l = (struct nsv_hint_list){ 0 };
}

static struct nsv_hint_list *oldest(struct nsv_hints *h)
{
	const size_t root = NSV_HINT_LISTS_ROOT;

	if (h->payer == 0)
		return &h->lists[h->next_root_list++ % root];
	return &h->lists[root + h->next_list++ % (NSV_HINT_LISTS - root)];
}

/* A list that was read before, or reads it and replaces the oldest. NULL: it can't. */
static struct nsv_hint_list *get_list(struct nsv_hints *h, int dir, const char *name,
				      uint32_t owner)
{
	struct nsv_hint_list new = { 0 }, *l;
	struct stat st;
	ssize_t len;
	char *exact;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return NULL;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(h->lists); i++) {
		l = &h->lists[i];
		if (l->ino == st.st_ino && l->dev == st.st_dev)
			return l;
	}
	len = nsv_hint_read(h, dir, name, NSV_HINT_LIST_MAX, true, owner);
	if (len <= 0)
		return NULL;
	new.text = nsv_steal_ptr(h->file);
	h->file_size = 0;
	exact = realloc(new.text, (size_t)len + 1);
	new.text = exact ? exact : new.text;
	if (make_index(h, &new, (size_t)len) < 0) {
		list_clear(&new);
		return NULL;
	}
	new.dev = st.st_dev;
	new.ino = st.st_ino;
	l = oldest(h);
	list_clear(l);
	*l = new;
	return l;
}

struct nsv_json nsv_hint_find_in_list(struct nsv_hints *h, int dir, const char *name,
				      const char *id, uint32_t owner)
{
	const struct nsv_hint_list *l = get_list(h, dir, name, owner);
	const struct nsv_hint_entry wanted = { .id = id };
	const struct nsv_hint_entry *found = NULL;

	if (l && l->n)
		found = bsearch(&wanted, l->entries, l->n, sizeof(wanted), by_id_only);
	return found ? found->json : (struct nsv_json){ 0 };
}

void nsv_hint_lists_done(struct nsv_hints *h)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(h->lists); i++)
		list_clear(&h->lists[i]);
}
