/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * invalidate.h - tells the kernel what to ask for again, as news tells of it.
 *
 * Numbers of nodes may be of nodes that are gone, or another's by now: then the kernel knows none
 * such, or forgets for nothing. Nothing here allocates, so that no invalidation is left out.
 *
 * Threads: those that serve no request, as the kernel may make them wait for a lock that a request
 * of its own holds.
 */
#ifndef NSV_FUSE_INVALIDATE_H
#define NSV_FUSE_INVALIDATE_H

#include <stdbool.h>
#include <stdint.h>

struct fuse_session;
struct news;
struct container;
struct tree;

/* Whom to tell, and what it knows. */
struct kernel {
	struct fuse_session *session;
	struct tree *tree;
};

/* Attributes of a node; @bytes: contents, or the listing, too. */
void invalidate_inode(const struct kernel *k, uint64_t number, bool bytes);

/* What a name stands for. */
void invalidate_name(const struct kernel *k, uint64_t dir, const char *name);
/* It is asked for again, but a process that is in it stays there. */
void expire_name(const struct kernel *k, uint64_t dir, const char *name);

/* NEWS_CHANGE. */
void invalidate_change(const struct kernel *k, const struct news *news);

/* All that is known of a container, or of what is in one folder. */
void invalidate_all(const struct kernel *k, struct container *p);
void invalidate_folder(const struct kernel *k, struct container *p, uint64_t dir);

/* A mount_point_fn; @kernel is the data, @point "/a/b" in the container. */
void invalidate_mount(void *kernel, const struct container *p, char *point, bool changed);

#endif
