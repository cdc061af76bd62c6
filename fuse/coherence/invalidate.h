/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * invalidate.h - invalidates the kernel's cache according to news.
 *
 * A node may be gone, or its number another node's by now. Then the kernel does not know the
 * number, or drops a cache entry without need. Nothing here allocates, so that shortage of memory
 * can't prevent an invalidation.
 *
 * Threads: only threads that serve no request: the kernel may make the caller wait for a lock that
 * a request holds.
 */
#ifndef NSV_FUSE_INVALIDATE_H
#define NSV_FUSE_INVALIDATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct fuse_session;
struct news;
struct container;
struct tree;

/* Counts what follows by node, each before the kernel has it. Several nodes share a count. */
#define TOLD_COUNTS 1024
struct told {
	_Atomic uint32_t counts[TOLD_COUNTS];
};

/* The kernel's session, and the nodes that the kernel knows. Borrowed. */
struct kernel {
	struct fuse_session *session;
	struct tree *tree;
	struct told *told;
};

/* How often something was invalidated of the node of this number, or of a name in it. */
uint32_t invalidations_of(const struct kernel *k, uint64_t number);

/* Invalidates the attributes of a node; with @bytes also its contents or listing. */
void invalidate_inode(const struct kernel *k, uint64_t number, bool bytes);

/* Invalidates a name in the folder @dir. */
void invalidate_name(const struct kernel *k, uint64_t dir, const char *name);
/*
 * Makes the kernel look up the name again; unlike invalidate_name() processes keep their current
 * folder.
 */
void expire_name(const struct kernel *k, uint64_t dir, const char *name);

/* Handles NEWS_CHANGE. */
void invalidate_change(const struct kernel *k, const struct news *news);

/* Invalidates everything in a container, or in one folder. */
void invalidate_all(const struct kernel *k, struct container *p);
void invalidate_folder(const struct kernel *k, struct container *p, uint64_t dir);

/*
 * All of a container that has ended, which answers nothing any more: a process in one of its
 * folders, or with one mounted elsewhere, is to hear so.
 */
void invalidate_ended(const struct kernel *k, struct container *p);

/* A mount_point_fn; @kernel is the data, @point "/a/b" in the container. */
void invalidate_mount(void *kernel, const struct container *p, char *point, bool changed);

#endif
