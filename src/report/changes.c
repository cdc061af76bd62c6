/* SPDX-License-Identifier: GPL-2.0-or-later */
/* changes.c - changes.json, and files in its light. See changes.h. */
#include "report/changes.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
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
	const struct nsv_changed_file *x = a, *y = b;

	return x->path < y->path ? -1 : x->path > y->path;
}

struct nsv_changed_walk nsv_changed_walk(const struct nsv_facts *f)
{
	struct nsv_json all = f->s->json[NSV_SOURCE_CHANGES];

	return (struct nsv_changed_walk){ .f = f,
					  .entries =
					      nsv_json_walk(nsv_fact_member(all, "changes")) };
}

/* A file that was opened for writing, or whose time alone differs, is as the image has it. */
static bool differs(struct nsv_json what)
{
	struct nsv_json_walk w = nsv_json_walk(what);
	struct nsv_json key, v;

	while (nsv_json_next(&w, &key, &v))
		if (nsv_json_is(v, "content") || nsv_json_is(v, "metadata") ||
		    nsv_json_is(v, "type"))
			return true;
	return false;
}

static enum nsv_changed changed_of(char kind, struct nsv_json what)
{
	switch (kind) {
	case 'A':
		return NSV_CHANGED_ADDED;
	case 'D':
		return NSV_CHANGED_DELETED;
	case 'C':
		return differs(what) ? NSV_CHANGED_MODIFIED : NSV_CHANGED_NO;
	default:
		return NSV_CHANGED_UNKNOWN;
	}
}

static enum nsv_changed by_time(const struct nsv_facts *f, const struct nsv_case_file *file)
{
	return file->ctime != INT64_MIN && f->started != INT64_MIN && file->ctime > f->started
		   ? NSV_CHANGED_SINCE_START
		   : NSV_CHANGED_UNKNOWN;
}

static char kind_of(struct nsv_json v)
{
	char word[4] = "";

	return nsv_json_string(v, word, sizeof(word)) == 1 ? *word : '!';
}

bool nsv_changed_next(struct nsv_changed_walk *w, struct nsv_case_file *ret)
{
	enum { KIND, PATH, TWIN, WHAT, OLD, NEW };
	struct nsv_json_member v[] = {
		[KIND] = { .key = "kind" },	   [PATH] = { .key = "path" },
		[TWIN] = { .key = "path_base64" }, [WHAT] = { .key = "what" },
		[OLD] = { .key = "old" },	   [NEW] = { .key = "new" },
	};
	struct nsv_json key, o;

	while (nsv_json_next(&w->entries, &key, &o)) {
		nsv_json_members(o, v, NSV_ARRAY_SIZE(v));
		w->kind = kind_of(v[KIND].value);
		if (!strchr("ACDV", w->kind)) {
			w->problems = true;
			continue;
		}
		nsv_case_file_side(v[w->kind == 'D' ? OLD : NEW].value, ret);
		(void)nsv_fact_text(v[PATH].value, v[TWIN].value, ret->member, sizeof(ret->member));
		ret->path = ret->member;
		ret->mount = nsv_facts_mount(w->f, ret->path);
		ret->changed =
		    w->kind == 'V' ? by_time(w->f, ret) : changed_of(w->kind, v[WHAT].value);
		return true;
	}
	return false;
}

int nsv_changed_read(struct nsv_changed_files *c, const struct nsv_facts *f)
{
	struct nsv_changed_walk w = nsv_changed_walk(f);
	struct nsv_case_file *file = malloc(sizeof(*file));
	size_t room = 0;
	int r = file ? 0 : -ENOMEM;

	*c = (struct nsv_changed_files){ 0 };
	while (r == 0 && nsv_changed_next(&w, file)) {
		if (c->n == NSV_CHANGED_FILES) {
			c->cut = true;
			break;
		}
		if (c->n == room) {
			struct nsv_changed_file *list;

			room = room ? room * 2 : 256;
			list = realloc(c->list, room * sizeof(*list));
			if (!list) {
				r = -ENOMEM;
				break;
			}
			c->list = list;
		}
		c->list[c->n++] = (struct nsv_changed_file){ .path = hash_of(file->path),
							     .changed = (uint8_t)file->changed };
	}
	/* Below what could not be looked at anything may have changed. */
	c->cut |= w.problems;
	if (c->n)
		qsort(c->list, c->n, sizeof(*c->list), by_path);
	free(file);
	return r;
}

void nsv_changed_free(struct nsv_changed_files *c)
{
	free(c->list);
}

static struct nsv_changed_file *find(const struct nsv_changed_files *c, const char *path)
{
	const struct nsv_changed_file wanted = { .path = hash_of(path) };

	return c->n ? bsearch(&wanted, c->list, c->n, sizeof(wanted), by_path) : NULL;
}

void nsv_changed_apply(struct nsv_changed_files *c, const struct nsv_facts *f,
		       struct nsv_case_file *file)
{
	bool root = !file->mount || !strcmp(file->mount->target, "/");
	struct nsv_changed_file *change = f->has_changes ? find(c, file->path) : NULL;

	if (change)
		change->seen = true;
	if (!f->has_changes || !root)
		file->changed = by_time(f, file);
	else if (change)
		file->changed = (enum nsv_changed)change->changed;
	else
		file->changed = c->cut ? NSV_CHANGED_UNKNOWN : NSV_CHANGED_NO;
}

bool nsv_changed_seen(const struct nsv_changed_files *c, const char *path)
{
	const struct nsv_changed_file *change = find(c, path);

	return change && change->seen;
}
