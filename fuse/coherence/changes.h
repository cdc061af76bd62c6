/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changes.h - watches directories of containers, and reports what changes as it happens.
 *
 * The kernel may cache names, attributes and contents for long, because each directory that they
 * were read from is watched first and what changes is invalidated (deliver.h brings the news). A
 * watch is inotify's, on the directory's inode: it sees what is done through any mount and any name
 * of the directory, and holds neither a mount nor a file system (an open fd would: the container
 * could not unmount).
 *
 * Not seen: writes through a mapping (mapped.h), changes by a name in another directory (hard
 * links), what happens behind the back of a network's or another daemon's file system.
 *
 * A directory in which very much happens for long is watched no more for some seconds, and so are
 * all of a container's in which something happens where it is too much together: they are paused.
 * The next lookup after that watches them again; nothing is done meanwhile. NEWS_FOLDER comes at
 * both ends.
 *
 * Order: watch, then read. A change between both is reported and read; never neither.
 *
 * Threads: any. Nothing of this module is locked while changes_watch() calls into a container.
 */
#ifndef NSV_FUSE_CHANGES_H
#define NSV_FUSE_CHANGES_H

#include <stddef.h>
#include <stdint.h>

/* What is watched for: masks of NEWS_CHANGE have one or more of these, and IN_ISDIR. */
#define CHANGES_MASK                                                                   \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_MODIFY | \
	 IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF)

struct changes;
struct deliver;
struct loop;
struct owner_ns;
struct watched_container;

/*
 * @max_watches: 0 for half of what fs.inotify.max_user_watches allows, and no more than 131072. No
 * container has more than half of them. @loop and @deliver have to live longer.
 */
int changes_new(struct loop *loop, struct deliver *deliver, size_t max_watches,
		struct changes **ret_changes);

/* After the loop has stopped. NULL is fine. Returns NULL. */
struct changes *changes_free(struct changes *c);

/*
 * Watches the directory that @fd is (O_PATH will do; closed as soon as you like) under the number
 * @dir. It comes back in the news; it may not be used again for something else, or late news will
 * be about the wrong thing. Again for the same @dir: moves the watch to this directory. Many @dir
 * may be one directory. @owner (owner.h, may be NULL) adds the watch where this process may not.
 *
 * 0; -EBUSY while it is paused; -ENOSPC at a limit, -ENOTDIR, or -errno: not watched, so cache it
 * for a short time only.
 */
int changes_watch(struct changes *c, struct watched_container *container, struct owner_ns *owner,
		  int fd, uint64_t dir);

enum changes_state {
	CHANGES_NONE,	 /* not watched */
	CHANGES_PAUSED,	 /* not for now, or so much happens that it soon won't be */
	CHANGES_WATCHED, /* NEWS_LOST or NEWS_FOLDER comes when it is no more */
	CHANGES_OVER,	 /* paused, and may be watched again */
};
enum changes_state changes_state(struct changes *c, uint64_t dir);

/* No more news of it, but what is on its way. */
void changes_drop(struct changes *c, uint64_t dir);
void changes_drop_container(struct changes *c, struct watched_container *container);

/* Entries, also of those that are paused. */
size_t changes_count(struct changes *c);
/* For tests: events that were read. */
uint64_t changes_events(struct changes *c);

#endif
