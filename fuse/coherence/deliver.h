/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deliver.h - brings news of containers to their receiver, on threads that may block.
 *
 * What notifies the kernel's FUSE of a change may wait: for the lock of a directory in which a
 * lookup waits for a container that hangs. So news is queued in lanes, a few for each container:
 * one thread at a time brings those of one lane, in their order. A lane whose news can't be brought
 * delays no other, of the same container or of another.
 *
 * Nothing is lost: most kinds of news are a bit of the lane, which needs no memory. The others are
 * bounded, by number and by the memory there is; too many become NEWS_MOUNTS and NEWS_ALL:
 * everything known of the container may be stale. News that waits is not queued again. Where no
 * thread can be had news waits until one can.
 *
 * Threads: any thread may put. The callback is called without a lock of this module held, never on
 * a thread that put, and may put. One lock, a leaf.
 */
#ifndef NSV_FUSE_DELIVER_H
#define NSV_FUSE_DELIVER_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct container;

enum news_kind {
	/* A bit of the lane; of those that are due the first comes first. */
	NEWS_EXIT,   /* the process that was watched for the container ended */
	NEWS_MOUNTS, /* something was mounted or unmounted in the container */
	NEWS_ALL,    /* anything of the container may have changed; NEWS_MOUNTS came just before */
	NEWS_TICK,   /* it is time to look for what changes without an event; of no container */
	NEWS_SCAN,   /* the same, of one container */
	NEWS_REST,   /* nobody looks at the container any more */
	NEWS_FILES,  /* contents and attributes of any file of the container may have changed */
	/* Behind those, in their order. */
	NEWS_CHANGE, /* @name in directory @dir, or @dir itself where @name is NULL: see @mask */
	NEWS_LOST,   /* @dir is not watched any more: what is known of it grows stale */
	NEWS_FOLDER, /* anything in @dir may have changed: it was, or will be, not watched for a
		      * time */
};

struct news {
	enum news_kind kind;
	uint32_t mask; /* IN_CREATE and the like, of inotify(7) */
	uint64_t dir;  /* the directory: chosen by the caller */
	const char *name;
};

#define LANE_RECENT 64

/* Protected by the lock of deliver.c. */
struct lane {
	struct container *container; /* counted while there is work; may be NULL */
	void *of;		     /* the owner's */
	struct lane *next_ready;
	struct news_item *first, **last;
	struct news_item *recent[LANE_RECENT]; /* that wait: the same once more is nothing new */
	unsigned n_items;		       /* without NEWS_LOST */
	unsigned due;			       /* 1 << enum news_kind */
	bool busy;			       /* a thread is at it */
	bool ready;			       /* it has news, and no thread is at it */
};

/* The lane's memory stays while the container is counted, and without one until deliver_free(). */
void lane_init(struct lane *lane, struct container *container, void *of);

struct deliver;

typedef void (*deliver_fn)(void *data, struct lane *lane, const struct news *news);

/*
 * @max_threads: how many lanes may hang before others are delayed; one thread exists always, more
 * while there is news for them and some seconds longer. @loop has to live longer. 0 or -errno.
 */
int deliver_new(struct loop *loop, deliver_fn fn, void *data, unsigned max_threads,
		struct deliver **ret_deliver);

/*
 * Brings what is under way to its end, drops the rest and all that is put later. False: a thread
 * hangs, and what it uses has to stay until the process ends.
 */
bool deliver_stop(struct deliver *d);

/* After deliver_stop() was true and the loop has stopped. NULL is fine. Returns NULL. */
struct deliver *deliver_free(struct deliver *d);

/* The name is copied. Never blocks, never fails. */
void deliver_put(struct deliver *d, struct lane *lane, const struct news *news);
/* The same for news that is a bit. */
void deliver_put_kind(struct deliver *d, struct lane *lane, enum news_kind kind);

/* Drops what waits in a lane; a callback under way goes on. */
void deliver_drop(struct deliver *d, struct lane *lane);

/* For tests: threads that exist now. */
unsigned deliver_threads(struct deliver *d);

#endif
