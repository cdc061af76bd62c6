/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* definitions.c - the set of definitions, and look-ups by name. */
#include "collect/artifacts/definitions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reach/sized.h"

struct nsv_artifacts *nsv_definitions_new(void)
{
	return calloc(1, sizeof(struct nsv_artifacts));
}

struct nsv_artifacts *nsv_artifacts_free(struct nsv_artifacts *a)
{
	if (!a)
		return NULL;
	nsv_arena_done(&a->arena);
	free(a->list);
	free(a->names);
	free(a);
	return NULL;
}

int nsv_definitions_add(struct nsv_artifacts *a, struct nsv_definition *d)
{
	if (a->n == NSV_DEFINITIONS_MAX)
		return -E2BIG;
	if (a->n == a->room) {
		size_t room = a->room ? a->room * 2 : 256;
		struct nsv_definition **more = reallocarray(a->list, room, sizeof(void *));

		if (!more)
			return -ENOMEM;
		a->list = more;
		a->room = room;
	}
	a->list[a->n++] = d;
	return 0;
}

static int by_definition(const void *a, const void *b)
{
	const struct nsv_definition *const *x = a;
	const struct nsv_definition *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* A name comes before an alias that is the same. */
static int by_name(const void *a, const void *b)
{
	const struct nsv_artifact_name *x = a;
	const struct nsv_artifact_name *y = b;
	int r = strcmp(x->name, y->name);

	return r ? r : (int)x->alias - (int)y->alias;
}

int nsv_definitions_finish(struct nsv_artifacts *a, const char **ret_name)
{
	size_t n = a->n, k = 0;

	if (a->n)
		qsort(a->list, a->n, sizeof(void *), by_definition);
	for (size_t i = 0; i + 1 < a->n; i++)
		if (strcmp(a->list[i]->name, a->list[i + 1]->name) == 0) {
			*ret_name = a->list[i]->name;
			return -EEXIST;
		}
	for (size_t i = 0; i < a->n; i++)
		for (const struct nsv_texts *t = a->list[i]->aliases; t; t = t->next)
			n++;
	a->names = calloc(n + 1, sizeof(*a->names));
	if (!a->names)
		return -ENOMEM;
	for (size_t i = 0; i < a->n; i++) {
		a->names[k++] = (struct nsv_artifact_name){ a->list[i]->name, (uint32_t)i, false };
		for (const struct nsv_texts *t = a->list[i]->aliases; t; t = t->next)
			a->names[k++] = (struct nsv_artifact_name){ t->text, (uint32_t)i, true };
	}
	a->n_names = n;
	qsort(a->names, n, sizeof(*a->names), by_name);
	return 0;
}

ssize_t nsv_definitions_index(const struct nsv_artifacts *a, const char *name)
{
	size_t low = 0, high = a->n_names;

	/* The first of several that are the same. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(a->names[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < a->n_names && strcmp(a->names[low].name, name) == 0
		   ? (ssize_t)a->names[low].definition
		   : -1;
}

const struct nsv_definition *nsv_definitions_find(const struct nsv_artifacts *a, const char *name)
{
	ssize_t i = nsv_definitions_index(a, name);

	return i < 0 ? NULL : a->list[i];
}

size_t nsv_artifacts_count(const struct nsv_artifacts *a)
{
	return a->n;
}

bool nsv_artifacts_get(const struct nsv_artifacts *a, size_t i, struct nsv_artifact *ret)
{
	const struct nsv_definition *d = i < a->n ? a->list[i] : NULL;
	struct nsv_artifact one = { 0 };

	if (!d)
		return false;
	one.name = d->name;
	one.doc = d->doc ? d->doc : "";
	for (const struct nsv_artifact_source *s = d->sources; s; s = s->next)
		one.is_linux = one.is_linux || s->is_linux;
	return nsv_sized_give(ret, &one, sizeof(one)) == 0;
}

bool nsv_artifacts_has(const struct nsv_artifacts *a, const char *name)
{
	return nsv_definitions_index(a, name) >= 0;
}
