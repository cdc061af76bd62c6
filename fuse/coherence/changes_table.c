/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changes_table.c - two hash tables over the same entries, and a list of entries for each
 * container.
 *
 * The tables grow with the number of directories. Locks: the lock of changes.c protects
 * everything.
 */
#include "fuse/coherence/changes_table.h"

#include <errno.h>
#include <stdlib.h>

#include "reach/util.h"

#define FIRST_BUCKETS 64

static size_t mix(uint64_t value, size_t n_buckets)
{
	value *= 0x9e3779b97f4a7c15ULL;
	return (size_t)(value >> 32) & (n_buckets - 1);
}

static struct watch **dir_bucket(const struct watch_table *t, uint64_t dir)
{
	return &t->by_dir[mix(dir, t->n_buckets)];
}

static struct watch **wd_bucket(const struct watch_table *t, int wd)
{
	return &t->by_wd[mix((uint64_t)(unsigned)wd, t->n_buckets)];
}

/* Insert beside the entries of the same descriptor, so that watch_next() finds them. */
static void link_wd(struct watch_table *t, struct watch *w)
{
	struct watch **p = wd_bucket(t, w->wd);

	if (w->wd < 0)
		return;
	while (*p && (*p)->wd != w->wd)
		p = &(*p)->next_wd;
	w->next_wd = *p;
	*p = w;
}

static void unlink_wd(struct watch_table *t, struct watch *w)
{
	struct watch **p = wd_bucket(t, w->wd);

	if (w->wd < 0)
		return;
	while (*p != w)
		p = &(*p)->next_wd;
	*p = w->next_wd;
}

static void link_dir(struct watch_table *t, struct watch *w)
{
	struct watch **p = dir_bucket(t, w->dir);

	w->next_dir = *p;
	*p = w;
}

static int grow(struct watch_table *t)
{
	size_t n = t->n_buckets ? t->n_buckets * 2 : FIRST_BUCKETS;
	struct watch **by_dir = calloc(n, sizeof(struct watch *));
	struct watch **by_wd = calloc(n, sizeof(struct watch *));

	if (!by_dir || !by_wd) {
		free(by_dir);
		free(by_wd);
		return -ENOMEM;
	}
	free(t->by_dir);
	free(t->by_wd);
	t->by_dir = by_dir;
	t->by_wd = by_wd;
	t->n_buckets = n;
	for (struct watch_group *g = t->groups; g; g = g->next)
		for (struct watch *w = g->first; w; w = w->next_in_group) {
			link_dir(t, w);
			link_wd(t, w);
		}
	return 0;
}

int watch_table_add(struct watch_table *t, int wd, struct watch_group *g, uint64_t dir)
{
	struct watch *w;

	/* A full table that can't grow is slow, not wrong. */
	if (t->n >= t->n_buckets && grow(t) < 0 && t->n_buckets == 0)
		return -ENOMEM;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	if (!g->first) {
		g->next = t->groups;
		g->prev = &t->groups;
		if (g->next)
			g->next->prev = &g->next;
		t->groups = g;
	}
	w->wd = wd;
	w->of = g;
	w->dir = dir;
	link_dir(t, w);
	link_wd(t, w);
	w->next_in_group = g->first;
	if (g->first)
		g->first->prev_in_group = &w->next_in_group;
	w->prev_in_group = &g->first;
	g->first = w;
	g->n++;
	t->n++;
	return 0;
}

void watch_table_set_wd(struct watch_table *t, struct watch *w, int wd)
{
	unlink_wd(t, w);
	w->wd = wd;
	link_wd(t, w);
}

void watch_table_remove(struct watch_table *t, struct watch *w)
{
	struct watch_group *g = w->of;
	struct watch **p = dir_bucket(t, w->dir);

	while (*p != w)
		p = &(*p)->next_dir;
	*p = w->next_dir;
	unlink_wd(t, w);
	*w->prev_in_group = w->next_in_group;
	if (w->next_in_group)
		w->next_in_group->prev_in_group = w->prev_in_group;
	t->n--;
	g->n--;
	if (!g->first) {
		*g->prev = g->next;
		if (g->next)
			g->next->prev = g->prev;
	}
	free(w);
}

void watch_table_clear(struct watch_table *t)
{
	while (t->groups)
		watch_table_remove(t, t->groups->first);
	free(t->by_dir);
	free(t->by_wd);
	*t = (struct watch_table){ 0 };
}

struct watch *watch_table_find(const struct watch_table *t, uint64_t dir)
{
	struct watch *w = t->n_buckets ? *dir_bucket(t, dir) : NULL;

	while (w && w->dir != dir)
		w = w->next_dir;
	return w;
}

struct watch *watch_table_by_wd(const struct watch_table *t, int wd)
{
	struct watch *w = t->n_buckets ? *wd_bucket(t, wd) : NULL;

	while (w && w->wd != wd)
		w = w->next_wd;
	return w;
}

struct watch *watch_next(const struct watch *w)
{
	return w->next_wd && w->next_wd->wd == w->wd ? w->next_wd : NULL;
}
