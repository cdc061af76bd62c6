/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deliver.h - brings news of containers to whom they concern, on threads that may block.
 *
 * What tells the kernel's FUSE about a change may wait: for the lock of a directory in which a
 * lookup waits for a container that hangs. So news is queued by container: those of one container
 * are brought in their order by one thread at a time, and a container whose news can't be brought
 * delays no other.
 *
 * A queue is bounded. What a container makes happen faster than it can be told becomes one
 * NEWS_ALL: everything known of this container may be stale. News that waits is not queued again,
 * and that of mounts is never dropped: it goes before all else.
 *
 * Threads: any thread may put. The callback is called without a lock of this module held, never on
 * a thread that put, and may put. One lock, a leaf.
 */
#ifndef NSV_FUSE_DELIVER_H
#define NSV_FUSE_DELIVER_H

#include <stdint.h>

enum news_kind {
	NEWS_CHANGE, /* @name in directory @dir, or @dir itself where @name is NULL: see @mask */
	NEWS_LOST,   /* @dir is watched no longer: what is known of it grows stale */
	NEWS_FOLDER, /* what is in @dir may have changed: it was, or will be, not watched for a time
		      */
	NEWS_ALL,    /* anything of the container may have changed; NEWS_MOUNTS came just before */
	NEWS_MOUNTS, /* something was mounted or unmounted in the container */
	NEWS_EXIT,   /* the process that was watched for it ended */
};

struct news {
	enum news_kind kind;
	uint64_t group; /* the container: chosen by the caller, never 0 but for "all of them" */
	uint64_t dir;	/* the directory: chosen by the caller */
	uint32_t mask;	/* IN_CREATE and the like, of inotify(7) */
	const char *name;
};

struct deliver;

typedef void (*deliver_fn)(void *data, const struct news *news);

/*
 * @max_threads: how many containers may be waited for at once; one thread exists always, more
 * while there is news for them and some seconds longer. 0 or -errno.
 */
int deliver_new(deliver_fn fn, void *data, unsigned max_threads, struct deliver **ret_deliver);

/*
 * Brings what is under way to its end, drops the rest and whatever is put later. Waits for
 * callbacks: end what they may wait for first.
 */
void deliver_stop(struct deliver *d);

/* Stops, and frees: nobody may put any more. NULL is fine. Returns NULL. */
struct deliver *deliver_free(struct deliver *d);

/* The strings are copied. Without memory the news is a NEWS_ALL for its container. Never blocks. */
void deliver_put(struct deliver *d, const struct news *news);

/* Drops what waits for a container; a callback under way goes on. */
void deliver_drop(struct deliver *d, uint64_t group);

/* For tests: threads that exist now. */
unsigned deliver_threads(struct deliver *d);

#endif
