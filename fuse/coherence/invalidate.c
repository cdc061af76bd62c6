/* SPDX-License-Identifier: GPL-2.0-or-later */
/* invalidate.c - see invalidate.h. */
#include "fuse/coherence/invalidate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "fuse/coherence/deliver.h"
#include "fuse/view.h"

#define LIST_CHUNK  256
#define MAX_BEARERS 8 /* of one name, one after the other */

#define NAMES_CHANGED (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
#define BYTES_CHANGED (IN_MODIFY | IN_CLOSE_WRITE)

void invalidate_inode(const struct view *v, uint64_t number, bool bytes)
{
	(void)fuse_lowlevel_notify_inval_inode(v->session, number, bytes ? 0 : -1, 0);
}

void invalidate_name(const struct view *v, uint64_t dir, const char *name)
{
	(void)fuse_lowlevel_notify_inval_entry(v->session, dir, name, strlen(name));
}

void expire_name(const struct view *v, uint64_t dir, const char *name)
{
	if (fuse_lowlevel_notify_expire_entry(v->session, dir, name, strlen(name),
					      FUSE_LL_EXPIRE_ONLY) == -ENOSYS)
		invalidate_name(v, dir, name);
}

/* Until what is being looked up in the folder is there: no file has such a name. */
static void wait_for_lookups(const struct view *v, uint64_t dir)
{
	invalidate_name(v, dir, "/");
}

void invalidate_change(const struct view *v, const struct news *news)
{
	uint64_t children[MAX_BEARERS];
	size_t n;

	if (!news->name) {
		invalidate_inode(v, news->dir, (news->mask & BYTES_CHANGED) != 0);
		return;
	}
	if (news->mask & NAMES_CHANGED) {
		invalidate_name(v, news->dir, news->name);
		/* Its time, its size, and its listing. */
		invalidate_inode(v, news->dir, true);
	} else {
		wait_for_lookups(v, news->dir);
	}
	n = tree_peek_all(v->tree, news->dir, news->name, children, MAX_BEARERS);
	for (size_t i = 0; i < n; i++)
		invalidate_inode(v, children[i],
				 (news->mask & (BYTES_CHANGED | NAMES_CHANGED)) != 0);
}

/* @dir: 0 for any. */
static void invalidate_nodes(const struct view *v, struct place *p, uint64_t dir)
{
	struct tree_item *items = calloc(LIST_CHUNK, sizeof(*items));
	uint64_t cursor = 0;
	bool more = items;
	size_t n;

	atomic_fetch_add(&p->invalidations, 1);
	if (!items)
		/* The least: from the container's root on all is looked up again. */
		invalidate_name(v, FUSE_ROOT_ID, p->name);
	while (more) {
		more = tree_list(v->tree, p, &cursor, items, LIST_CHUNK, &n);
		for (size_t i = 0; i < n; i++) {
			if (dir && items[i].parent != dir)
				continue;
			expire_name(v, items[i].parent, items[i].name);
			invalidate_inode(v, items[i].number, true);
		}
	}
	free(items);
}

void invalidate_all(const struct view *v, struct place *p)
{
	invalidate_nodes(v, p, 0);
}

void invalidate_folder(const struct view *v, struct place *p, uint64_t dir)
{
	invalidate_nodes(v, p, dir);
	invalidate_inode(v, dir, true);
}

void invalidate_mount(void *view, const struct place *p, char *point, bool changed)
{
	const struct view *v = view;
	uint64_t dir = tree_peek(v->tree, FUSE_ROOT_ID, p->name);
	char *save = NULL;
	char *name = strtok_r(point, "/", &save);

	while (dir && name) {
		char *next = strtok_r(NULL, "/", &save);

		if (!next) {
			if (changed)
				invalidate_name(v, dir, name);
			else
				expire_name(v, dir, name);
			return;
		}
		dir = tree_peek(v->tree, dir, name);
		name = next;
	}
}
