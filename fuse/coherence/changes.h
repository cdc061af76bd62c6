/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changes.h - watches directories of containers with inotify(7), and reports changes as they
 * happen.
 *
 * The kernel may cache names, attributes and contents for long, because the directory that they
 * came from is watched before it is read, and each change is invalidated (deliver.h brings the
 * news). The watch is on the directory's inode: it sees changes through any mount and any name of
 * the directory. It holds neither a mount nor a file system busy; an open fd would, and the
 * container could not unmount.
 *
 * Not seen: writes through a mapping (mapped.h); changes through a name in another directory (hard
 * links, recheck.h); changes on a server of a network or FUSE file system.
 *
 * A directory in which very much happens for long is paused: it loses its watch for some seconds.
 * If too much happens in a whole container, all of its directories are paused. The next lookup
 * after the pause watches the directory again; until then nothing runs. NEWS_FOLDER marks both
 * ends of a pause.
 *
 * Order: watch, then read. A change between the two is reported and read; never neither.
 *
 * Threads: any. No lock of this module is held while changes_watch() calls into a container.
 */
#ifndef NSV_FUSE_CHANGES_H
#define NSV_FUSE_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuse/coherence/moves.h"
#include "fuse/coherence/names_version.h"

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
 * @max_watches: 0 for half of fs.inotify.max_user_watches, at most 131072. A container gets at
 * most half of them. @loop and @deliver have to live longer. 0 or -errno.
 */
int changes_new(struct loop *loop, struct deliver *deliver, size_t max_watches,
		struct changes **ret_changes);

/*
 * Sets a function that is called for each folder that was renamed, if both folders, @from and @to,
 * are watched. It is called with the lock held, so both stay watched meanwhile. Call before
 * anything is watched.
 */
void changes_set_moved(struct changes *c, moved_fn fn, void *data);

/* Call after the loop has stopped. NULL is fine. Returns NULL. */
struct changes *changes_free(struct changes *c);

/*
 * Watches the directory @fd (O_PATH suffices; it may be closed right after) under the number @dir,
 * which comes back in the news. Do not reuse the number for another directory, because late news
 * may still name it. A second call for the same @dir moves its watch to this directory. Several
 * numbers may watch one directory. If this process lacks permission, @owner (owner.h, may be NULL)
 * adds the watch.
 *
 * 0 if the directory is watched. Else cache answers only for a short time: -EBUSY during a pause,
 * -ENOSPC at a limit, -ENOTDIR, or another -errno. May wait for the container's file system.
 */
int changes_watch(struct changes *c, struct watched_container *container, struct owner_ns *owner,
		  int fd, uint64_t dir);

enum changes_state {
	CHANGES_NONE,	 /* not watched */
	CHANGES_PAUSED,	 /* a pause lasts, or is near */
	CHANGES_WATCHED, /* NEWS_LOST or NEWS_FOLDER comes when the watch ends */
	CHANGES_OVER,	 /* the pause is over, so a new watch may be added */
};
enum changes_state changes_state(struct changes *c, uint64_t dir);

/* The version of the names in @dir: it is another from before a change is put to be brought. */
struct names_version changes_version(struct changes *c, uint64_t dir);
/* Whether all that happened before this call was put to be brought already. */
bool changes_are_put(struct changes *c);

/* No more news of it, but what is on its way. */
void changes_drop(struct changes *c, uint64_t dir);
void changes_drop_container(struct changes *c, struct watched_container *container);

/* The number of entries, including paused ones. */
size_t changes_count(struct changes *c);
/* For tests: the number of events read. */
uint64_t changes_events(struct changes *c);

#endif
