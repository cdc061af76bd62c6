/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coherence.h - the kernel may cache answers for long, because it is notified of what changes.
 *
 * A folder is watched before it is read (changes.h). The kernel is notified when what is true of
 * its names changes, and of the attributes of those files in it that have one name and lie on its
 * own mount. All else is cached for a second.
 *
 * An invalidation of an inode doesn't wait for a lookup that is under way: what it is about is not
 * there yet, and then comes as it was before. One of a name does, as both hold the folder's lock in
 * the kernel. So it comes first. Attributes of what the kernel knows already, and names that it
 * looks up again, it puts in their order. An invalidation of everything misses what a lookup found
 * but has not noted yet: container.invalidations tells.
 *
 * Where so much happens that the kernel could not be notified of it all (changes.h) it is as with
 * what is not watched, until somebody asks after some seconds.
 *
 * What changes without an event is invalidated while it may (mapped.h).
 *
 * For a container that is looked into there is an fd that tells of its mounts (container_events.h).
 * It is closed when nobody has looked for two minutes, and then nothing is cached.
 *
 * With cache=never only the ends of containers are waited for: so that nothing of them is held.
 *
 * All that is kept of a container is one record (watched.h). One thread waits for everything
 * (loop.h); the kernel is notified on threads of deliver.h, which serve no request: it may make
 * them wait for a lock that a request of its own holds.
 *
 * Threads: any. Locks, in this order: the list's, container_events.h's or changes.h's, deliver.h's.
 */
#ifndef NSV_FUSE_COHERENCE_H
#define NSV_FUSE_COHERENCE_H

#include <stdbool.h>
#include <stdint.h>

struct coherence;
struct found;
struct fuse_session;
struct node;
struct container;
struct statx;
struct top;
struct tree;

/* What is known of an answer. */
enum notified {
	NOTIFIED_NOT,	 /* the kernel won't hear when it changes */
	NOTIFIED_PAUSED, /* nor that, and it changes all the time: not to be cached for long */
	NOTIFIED,	 /* it will */
};

/* All but caches have to live longer. */
struct coherence_config {
	struct fuse_session *session;
	struct tree *tree;
	struct top *top;
	bool caches; /* false: cache=never */
};

/* Starts threads: after the daemon's fork, before the first request. Sets the hooks of top and
 * tree. */
int coherence_new(const struct coherence_config *config, struct coherence **ret_coherence);

/*
 * After the session's end and the unmount: nothing waits in the kernel. NULL is fine. False: a
 * thread hangs in a container, and what it uses has to stay until the process ends.
 */
bool coherence_free(struct coherence *h);

/*
 * Between container_enter() and container_leave(), before what @fd (the folder @dir) holds is read:
 * whether the kernel will be notified of its changes. May add a watch, which is *ret_new (may be
 * NULL): then what was read of the folder before is not covered. NULL for @h: NOTIFIED_NOT.
 */
enum notified coherence_watch(struct coherence *h, const struct node *dir, int fd, bool *ret_new);

/* The same for a folder that may be watched already, without watching it. */
enum notified coherence_watched(struct coherence *h, const struct node *dir);

/* Invalidates what the kernel has, or is about to have, of the pages of this node of @container. */
void coherence_invalidate(struct coherence *h, const struct container *container, uint64_t number);

/* Whether a watched folder tells of what was found in it: not of what a mount brings in, or of
 * other names. */
bool coherence_covers(const struct statx *dir, const struct found *found);

#endif
