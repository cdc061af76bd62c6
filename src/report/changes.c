/* SPDX-License-Identifier: GPL-2.0-or-later */
/* changes.c - changes.json, and files in its light. See changes.h. */
#include "report/changes.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "reach/util.h"
#include "report/case_file.h"

static uint64_t hash_of(const char *path)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	uint64_t v = 0;

	/* A cryptographic one: nobody makes two paths meet. */
	if (EVP_Digest(path, strlen(path), sum, NULL, EVP_sha256(), NULL))
		memcpy(&v, sum, sizeof(v));
	return v;
}

static int by_path(const void *a, const void *b)
{
	const struct nsv_report_change *x = a, *y = b;

	return x->path < y->path ? -1 : x->path > y->path;
}

struct nsv_report_changes_walk nsv_report_changes_walk(const struct nsv_facts *f)
{
	struct nsv_json all = f->s->json[NSV_SOURCE_CHANGES];

	/* A list, or an object that has it. */
	if (all.at && *all.at == '{')
		all = nsv_fact_member(all, "changes");
	return (struct nsv_report_changes_walk){ .f = f, .entries = nsv_json_walk(all) };
}

static enum nsv_changed word_of(struct nsv_json o)
{
	static const char *const keys[] = { "change", "kind", "status" };
	char word[16] = "";

	for (size_t i = 0; i < NSV_ARRAY_SIZE(keys) && !*word; i++)
		(void)nsv_fact_get(o, keys[i], word, sizeof(word));
	switch (*word | 0x20) {
	case 'a':
		return NSV_CHANGED_ADDED;
	case 'd':
		return NSV_CHANGED_DELETED;
	case 'c':
	case 'm':
		return NSV_CHANGED_MODIFIED;
	default:
		return NSV_CHANGED_UNKNOWN;
	}
}

bool nsv_report_changes_next(struct nsv_report_changes_walk *w, struct nsv_case_file *ret)
{
	struct nsv_json key, o;

	if (!nsv_json_next(&w->entries, &key, &o))
		return false;
	nsv_case_file_read(w->f, o, ret);
	/* Paths of the container, with or without a slash in front. */
	if (*ret->member != '/' && strlen(ret->member) + 1 < sizeof(ret->member)) {
		memmove(ret->member + 1, ret->member, strlen(ret->member) + 1);
		ret->member[0] = '/';
	}
	ret->path = ret->member;
	ret->changed = word_of(o);
	ret->mount = nsv_facts_mount(w->f, ret->path);
	return true;
}

int nsv_report_changes_read(struct nsv_report_changes *c, const struct nsv_facts *f)
{
	struct nsv_report_changes_walk w = nsv_report_changes_walk(f);
	struct nsv_case_file *file = malloc(sizeof(*file));
	size_t room = 0;
	int r = file ? 0 : -ENOMEM;

	*c = (struct nsv_report_changes){ 0 };
	while (r == 0 && nsv_report_changes_next(&w, file)) {
		if (c->n == NSV_CHANGES_MAX) {
			c->cut = true;
			break;
		}
		if (c->n == room) {
			struct nsv_report_change *list;

			room = room ? room * 2 : 256;
			list = realloc(c->list, room * sizeof(*list));
			if (!list) {
				r = -ENOMEM;
				break;
			}
			c->list = list;
		}
		c->list[c->n++] = (struct nsv_report_change){ .path = hash_of(file->path),
							      .changed = (uint8_t)file->changed };
	}
	if (c->n)
		qsort(c->list, c->n, sizeof(*c->list), by_path);
	free(file);
	return r;
}

void nsv_report_changes_free(struct nsv_report_changes *c)
{
	free(c->list);
}

static struct nsv_report_change *find(const struct nsv_report_changes *c, const char *path)
{
	const struct nsv_report_change wanted = { .path = hash_of(path) };

	return c->n ? bsearch(&wanted, c->list, c->n, sizeof(wanted), by_path) : NULL;
}

void nsv_report_changes_apply(struct nsv_report_changes *c, const struct nsv_facts *f,
			      struct nsv_case_file *file)
{
	bool root = !file->mount || !strcmp(file->mount->target, "/");
	struct nsv_report_change *change;

	if (f->has_changes && root) {
		change = find(c, file->path);
		file->changed = change	 ? (enum nsv_changed)change->changed
				: c->cut ? NSV_CHANGED_UNKNOWN
					 : NSV_CHANGED_NO;
		if (change)
			change->seen = true;
		return;
	}
	file->changed =
	    file->ctime != INT64_MIN && f->started != INT64_MIN && file->ctime > f->started
		? NSV_CHANGED_SINCE_START
		: NSV_CHANGED_UNKNOWN;
}

bool nsv_report_changes_seen(const struct nsv_report_changes *c, const char *path)
{
	const struct nsv_report_change *change = find(c, path);

	return change && change->seen;
}
