/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * invalidate.h - what the kernel is to forget, as news tells of it.
 *
 * Numbers of nodes may be of nodes that are gone, or another's by now: then the kernel knows none
 * such, or forgets for nothing.
 *
 * Threads: those that serve no request, as the kernel may make them wait for a lock that a request
 * of its own holds.
 */
#ifndef NSV_FUSE_INVALIDATE_H
#define NSV_FUSE_INVALIDATE_H

#include <stdbool.h>
#include <stdint.h>

struct news;
struct place;
struct view;

/* Attributes of a node; @bytes: contents, or the listing, too. */
void invalidate_inode(const struct view *v, uint64_t number, bool bytes);

/* What a name stands for. */
void invalidate_name(const struct view *v, uint64_t dir, const char *name);
/* It is asked again, but who is in it stays there. */
void expire_name(const struct view *v, uint64_t dir, const char *name);

/* NEWS_CHANGE. */
void invalidate_change(const struct view *v, const struct news *news);

/* All of a container is doubtful, or what is in one folder. */
void invalidate_all(const struct view *v, struct place *p);
void invalidate_folder(const struct view *v, struct place *p, uint64_t dir);

/* A mount_point_fn; @view is the data, @point "/a/b" in the container. */
void invalidate_mount(void *view, const struct place *p, char *point, bool changed);

#endif
