/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deliver.h - delivers news of containers to a callback, on threads that may block.
 *
 * A notification to the kernel's FUSE may block: on the lock of a directory in which a lookup
 * waits for a hung container. So news is queued in lanes, a few for each container. One thread at
 * a time delivers the news of a lane, in order. A blocked lane delays no other lane, of the same
 * container or of another.
 *
 * Nothing is lost. Most kinds of news are a bit of the lane and need no memory. The others are
 * bounded in number, and need memory; if there are too many, or memory is out, NEWS_MOUNTS and
 * NEWS_ALL replace them: everything known of the container may be stale. A piece of news that
 * already waits is not queued again. Without a free thread, news waits until there is one.
 *
 * Threads: any thread may put. The callback runs without a lock of this module, never on a thread
 * that put, and may put itself. One lock, a leaf.
 */
#ifndef NSV_FUSE_DELIVER_H
#define NSV_FUSE_DELIVER_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct container;

enum news_kind {
	/* Bits of a lane. If several are due, the first in this list is delivered first. */
	NEWS_EXIT,   /* the watched process of the container ended */
	NEWS_MOUNTS, /* something was mounted or unmounted in the container */
	NEWS_ALL,    /* anything of the container may have changed; NEWS_MOUNTS came just before */
	NEWS_TICK,   /* time to search for changes without events; in a lane of no container */
	NEWS_SCAN,   /* the same, in one container */
	NEWS_REST,   /* the container is not in use any more */
	NEWS_FILES,  /* contents and attributes of any file of the container may have changed */
	/* Queued, and delivered in order, after the bits. */
	NEWS_CHANGE, /* @name in directory @dir, or @dir itself where @name is NULL: see @mask */
	NEWS_LOST,   /* the watch on @dir ended: cached answers of @dir become stale */
	NEWS_FOLDER, /* anything in @dir may have changed: its watch pauses or paused */
};

struct news {
	enum news_kind kind;
	uint32_t mask; /* IN_CREATE and the like, of inotify(7) */
	uint64_t dir;  /* the number of the directory, chosen by the caller */
	const char *name;
};

#define LANE_RECENT 64

/* All members but container and of are protected by the lock of deliver.c. */
struct lane {
	struct container *container; /* a reference is held while there is work; may be NULL */
	void *of;		     /* a pointer of the owner, for the callback */
	struct lane *next_ready;
	struct news_item *first, **last;
	struct news_item *recent[LANE_RECENT]; /* recent waiting news, to find duplicates */
	unsigned n_items;		       /* waiting items, without NEWS_LOST */
	unsigned due;			       /* 1 << enum news_kind */
	bool busy;			       /* a thread delivers its news */
	bool ready;			       /* it has news, and no thread delivers them */
};

/*
 * Has to stay in memory while the container is referenced; without a container, until
 * deliver_free().
 */
void lane_init(struct lane *lane, struct container *container, void *of);

struct deliver;

typedef void (*deliver_fn)(void *data, struct lane *lane, const struct news *news);

/*
 * @max_threads: how many lanes may hang before others are delayed. At least one thread exists;
 * more while news waits, and for some seconds after. @loop has to live longer. 0 or -errno.
 */
int deliver_new(struct loop *loop, deliver_fn fn, void *data, unsigned max_threads,
		struct deliver **ret_deliver);

/*
 * Finishes callbacks in progress, drops the other news, and ignores later ones. False: a thread
 * hangs, so its data has to stay until the process ends.
 */
bool deliver_stop(struct deliver *d);

/* Call after deliver_stop() returned true and the loop has stopped. NULL is fine. Returns NULL. */
struct deliver *deliver_free(struct deliver *d);

/* Puts news into a lane. Copies the name. Never blocks, never fails. */
void deliver_put(struct deliver *d, struct lane *lane, const struct news *news);
/* The same for news that is a bit. */
void deliver_put_kind(struct deliver *d, struct lane *lane, enum news_kind kind);

/* Drops the waiting news of a lane; a callback in progress continues. */
void deliver_drop(struct deliver *d, struct lane *lane);

/* Whether nothing waits in a lane, and nothing of it is being brought. */
bool deliver_is_done(struct deliver *d, const struct lane *lane);

/* For tests: threads that exist now. */
unsigned deliver_threads(struct deliver *d);

#endif
