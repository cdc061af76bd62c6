/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coherence.h - the kernel may believe what it was told for long, and is told what changed.
 *
 * A folder is watched before it is read (changes.h). What is true of its names, and of the
 * attributes of those files in it that have one name and lie on its own mount, is then told when it
 * changes. All else is believed for a second.
 *
 * An invalidation of an inode doesn't wait for a lookup that is under way: what it is about is not
 * there yet, and then comes as it was before. One of a name does, as both hold the folder's lock in
 * the kernel. So it comes first. Attributes of what the kernel knows already, and names that it
 * looks up again, it puts in their order. What is doubted as a whole is not what a lookup found but
 * has not noted yet: place.invalidations tells.
 *
 * Where so much happens that nobody could be told of it all (changes.h) it is as with what is not
 * watched, until somebody asks after some seconds.
 *
 * What changes without an event is forgotten while it may (mapped.h).
 *
 * For a container that is looked into there is an fd that tells of its mounts (container_events.h).
 * It is closed when nobody has looked for two minutes, and then nothing is believed.
 *
 * The kernel is told on threads of deliver.h, and mapped.h, which serve no request: it may make
 * them wait for a lock that a request of its own holds.
 *
 * Threads: any. One lock over the list of containers and who is watched for them; those of
 * container_events.h and deliver.h come after it.
 */
#ifndef NSV_FUSE_COHERENCE_H
#define NSV_FUSE_COHERENCE_H

#include <stdbool.h>

#include "fuse/containers/place.h"
#include "fuse/tree/tree.h"

struct view;
struct coherence;

/* What is known of an answer. */
enum notified {
	NOTIFIED_NOT,	 /* the kernel won't be told when it changes */
	NOTIFIED_PAUSED, /* nor that, and it changes all the time: not to be believed for long */
	NOTIFIED,	 /* it will */
};

/* Starts threads: after the daemon's fork, before the first request. Sets the hooks of top and
 * tree. */
int coherence_new(struct view *v, struct coherence **ret_coherence);

/*
 * After the session's end and the unmount: nothing waits in the kernel. NULL is fine. False: a
 * thread hangs in a container, and what it uses has to stay until the process ends.
 */
bool coherence_free(struct coherence *f);

/*
 * Between place_enter() and place_leave(), before what @fd (the folder @dir) holds is read: whether
 * its changes will be told. May add a watch, which is *ret_new (may be
 * NULL): then what was read of the folder before is not covered. NULL for @f: NOTIFIED_NOT.
 */
enum notified coherence_watch(struct coherence *f, const struct node *dir, int fd, bool *ret_new);

/* The same for a folder that may be watched already, without watching it. */
enum notified coherence_watched(struct coherence *f, const struct node *dir);

/* What the kernel has, or is about to have, of the pages of this node of @place: it is to forget.
 */
void coherence_invalidate(struct coherence *f, const struct place *place, uint64_t number);

/* Whether what was found in a watched folder is told of: not what a mount brings in, or other
 * names. */
bool coherence_covers(const struct statx *dir, const struct found *found);

#endif
