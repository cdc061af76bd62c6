/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coherence.h - keeps the kernel's caches true: the kernel may cache answers for long, because it
 * is notified of changes.
 *
 * A folder is watched before it is read (changes.h). The kernel is notified when a name in the
 * folder changes, and when attributes change of a file in it that has one name and lies on the
 * folder's own mount. Everything else is cached for a second.
 *
 * Order matters for a lookup in progress. An invalidation of an inode does not wait for the
 * lookup, which may then cache what it found before. An invalidation of a name does wait, because
 * both hold the folder's lock in the kernel; so the name is invalidated first. For inodes that the
 * kernel knows already, and for names that it looks up again, the kernel keeps the order itself.
 * An invalidation of everything misses a node that a lookup found but did not record yet:
 * container.invalidations shows that.
 *
 * If too much happens in a folder to notify the kernel of (changes.h), the folder counts as
 * unwatched until a request comes some seconds later.
 *
 * Changes without an event are invalidated as long as they are possible (mapped.h).
 *
 * A container in use has an fd that reports its mounts (container_events.h). After two minutes
 * without use the fd is closed, and everything cached of the container is invalidated.
 *
 * With cache=never only the ends of containers are watched, so that nothing of them stays open.
 *
 * Each container has one record (watched.h). One thread waits for all events (loop.h). Threads of
 * deliver.h notify the kernel; they serve no request, because the kernel may make them wait for a
 * lock that a request holds.
 *
 * Threads: any. Locks, in this order: the list's, that of container_events.c or changes.c, that of
 * deliver.c.
 */
#ifndef NSV_FUSE_COHERENCE_H
#define NSV_FUSE_COHERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "fuse/coherence/names_version.h"

struct coherence;
struct found;
struct fuse_session;
struct node;
struct prober;
struct container;
struct statx;
struct top;
struct tree;

/* Whether the kernel will be notified when an answer changes. */
enum notified {
	NOTIFIED_NOT,	 /* the kernel will not be notified */
	NOTIFIED_PAUSED, /* not notified, and it changes all the time: cache it briefly */
	NOTIFIED,	 /* the kernel will be notified */
};

/* The objects have to live longer. */
struct coherence_config {
	struct fuse_session *session;
	struct tree *tree;
	struct top *top;
	struct prober *prober; /* see mapped.h */
	bool caches;	       /* false: cache=never */
};

/*
 * Starts threads, so call after the daemon's fork and before the first request. Sets the hooks of
 * top and tree. 0 or -errno.
 */
int coherence_new(const struct coherence_config *config, struct coherence **ret_coherence);

/*
 * Call after the session's end and the unmount, when no notification waits in the kernel. NULL is
 * fine. False: a thread hangs in a container, so its data has to stay until the process ends.
 */
bool coherence_free(struct coherence *h);

/*
 * Watches the folder @dir, open as @fd, and returns whether the kernel will be notified of its
 * changes. Call between container_enter() and container_leave(), before reading the folder.
 * *ret_new (may be NULL): a watch was added, which does not cover what was read before. NULL for
 * @h: NOTIFIED_NOT.
 */
enum notified coherence_watch(struct coherence *h, const struct node *dir, int fd, bool *ret_new);

/* The same without adding a watch. */
enum notified coherence_watched(struct coherence *h, const struct node *dir);

/*
 * Of the names in the folder @dir. Taken before it is read, and after it was watched, it tells
 * whether what was read is still so.
 */
struct names_version coherence_version(struct coherence *h, const struct node *dir);

/* Waits until what happened before this call was put to be brought; for some milliseconds at most.
 */
void coherence_settle(struct coherence *h);

/* Whether the kernel has heard of all that happened in the container before this call. */
bool coherence_is_quiet(struct coherence *h, const struct container *container);

/*
 * Counts what the kernel was told of @node and of its folder, and of some others. Taken before the
 * file is read, in a folder that is watched, it says as long as it stays the same that no change of
 * the file was told since. Never 0.
 */
uint32_t coherence_told(const struct coherence *h, const struct node *node);

/* Invalidates what the kernel has, or is about to have, of the pages of this node of @container. */
void coherence_invalidate(struct coherence *h, const struct container *container, uint64_t number);

/* Whether a watched folder tells of what was found in it: not of what a mount brings in, or of
 * other names. */
bool coherence_covers(const struct statx *dir, const struct found *found);

#endif
