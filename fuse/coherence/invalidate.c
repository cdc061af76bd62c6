/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * invalidate.c - invalidates what each kind of news concerns, in the order that the kernel needs.
 * No locks.
 */
#include "fuse/coherence/invalidate.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>

#include <fuse3/fuse_lowlevel.h>

#include "fuse/coherence/deliver.h"
#include "fuse/containers/container.h"
#include "fuse/tree/tree.h"

#define LIST_CHUNK  64
#define MAX_BEARERS 8 /* of one name, one after the other */

#define NAMES_CHANGED (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
#define BYTES_CHANGED (IN_MODIFY | IN_CLOSE_WRITE)

/* Numbers are addresses of nodes. */
static _Atomic uint32_t *count_of(const struct kernel *k, uint64_t number)
{
	return &k->told->counts[(number * 0x9e3779b97f4a7c15) >> 32 & (TOLD_COUNTS - 1)];
}

uint32_t invalidations_of(const struct kernel *k, uint64_t number)
{
	return atomic_load(count_of(k, number));
}

void invalidate_inode(const struct kernel *k, uint64_t number, bool bytes)
{
	atomic_fetch_add(count_of(k, number), 1);
	(void)fuse_lowlevel_notify_inval_inode(k->session, number, bytes ? 0 : -1, 0);
}

void invalidate_name(const struct kernel *k, uint64_t dir, const char *name)
{
	atomic_fetch_add(count_of(k, dir), 1);
	(void)fuse_lowlevel_notify_inval_entry(k->session, dir, name, strlen(name));
}

static int expire(const struct kernel *k, uint64_t dir, const char *name)
{
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 16)
	return fuse_lowlevel_notify_expire_entry(k->session, dir, name, strlen(name));
#else
	return fuse_lowlevel_notify_expire_entry(k->session, dir, name, strlen(name),
						 FUSE_LL_EXPIRE_ONLY);
#endif
}

void expire_name(const struct kernel *k, uint64_t dir, const char *name)
{
	atomic_fetch_add(count_of(k, dir), 1);
	if (expire(k, dir, name) == -ENOSYS)
		invalidate_name(k, dir, name);
}

/* Until what is being looked up in the folder is there: no file has such a name. */
static void wait_for_lookups(const struct kernel *k, uint64_t dir)
{
	invalidate_name(k, dir, "/");
}

void invalidate_change(const struct kernel *k, const struct news *news)
{
	uint64_t children[MAX_BEARERS];
	size_t n;

	if (!news->name) {
		invalidate_inode(k, news->dir, (news->mask & BYTES_CHANGED) != 0);
		return;
	}
	if (news->mask & NAMES_CHANGED) {
		invalidate_name(k, news->dir, news->name);
		/* Its time, its size, and its listing. */
		invalidate_inode(k, news->dir, true);
	} else {
		wait_for_lookups(k, news->dir);
	}
	n = tree_peek_all(k->tree, news->dir, news->name, children, MAX_BEARERS);
	for (size_t i = 0; i < n; i++)
		invalidate_inode(k, children[i],
				 (news->mask & (BYTES_CHANGED | NAMES_CHANGED)) != 0);
}

/* An answer to who lists the folder that is under way is kept behind this, else. */
static void invalidate_listing(const struct kernel *k, uint64_t dir)
{
	wait_for_lookups(k, dir);
	invalidate_inode(k, dir, true);
}

enum which {
	NODES_ALL,
	NODES_IN_FOLDER,
	NODES_ENDED, /* all, and nobody stays in them */
};

static void invalidate_node(const struct kernel *k, const struct tree_item *item, enum which which)
{
	if (which == NODES_ENDED)
		invalidate_name(k, item->parent, item->name);
	else
		expire_name(k, item->parent, item->name);
	if (item->watched || which == NODES_ENDED)
		invalidate_listing(k, item->number);
	else
		invalidate_inode(k, item->number, true);
}

static void invalidate_nodes(const struct kernel *k, struct container *p, enum which which,
			     uint64_t dir)
{
	struct tree_item items[LIST_CHUNK];
	uint64_t cursor = 0;
	bool more = true;
	size_t n;

	atomic_fetch_add(&p->invalidations, 1);
	while (more) {
		more = tree_list(k->tree, p, &cursor, items, LIST_CHUNK, &n);
		for (size_t i = 0; i < n; i++) {
			if (which == NODES_IN_FOLDER && items[i].parent != dir)
				continue;
			invalidate_node(k, &items[i], which);
		}
	}
}

void invalidate_all(const struct kernel *k, struct container *p)
{
	invalidate_nodes(k, p, NODES_ALL, 0);
}

void invalidate_folder(const struct kernel *k, struct container *p, uint64_t dir)
{
	invalidate_nodes(k, p, NODES_IN_FOLDER, dir);
	invalidate_listing(k, dir);
}

void invalidate_ended(const struct kernel *k, struct container *p)
{
	invalidate_name(k, FUSE_ROOT_ID, p->name);
	invalidate_nodes(k, p, NODES_ENDED, 0);
}

void invalidate_mount(void *kernel, const struct container *p, char *point, bool changed)
{
	const struct kernel *k = kernel;
	uint64_t dir = tree_peek(k->tree, FUSE_ROOT_ID, p->name);
	char *save = NULL;
	char *name = strtok_r(point, "/", &save);

	while (dir && name) {
		char *next = strtok_r(NULL, "/", &save);

		if (!next) {
			if (changed)
				invalidate_name(k, dir, name);
			else
				expire_name(k, dir, name);
			return;
		}
		dir = tree_peek(k->tree, dir, name);
		name = next;
	}
}
