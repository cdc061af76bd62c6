/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop.h - one thread that waits for every fd of this room: inotify, pidfds, tables of mounts,
 * timers.
 *
 * The thread never waits for anything else. The callback of a source is short, and calls neither a
 * container nor the kernel's FUSE; deliver.h has threads for these.
 *
 * Threads: any may add, remove and defer. The lock is a leaf.
 */
#ifndef NSV_FUSE_LOOP_H
#define NSV_FUSE_LOOP_H

#include <stdint.h>

struct loop;

/* The caller's memory. It has to stay until a task deferred after loop_remove() has run. */
struct loop_source {
	void (*ready)(void *data);
	void *data;
};

/* The caller's memory, until the task has run. */
struct loop_task {
	struct loop_task *next;
	void (*run)(void *data);
	void *data;
};

/* Starts the thread. 0 or -errno. */
int loop_new(struct loop **ret_loop);

/* Ends the thread. Deferred tasks wait for loop_free(). */
void loop_stop(struct loop *l);

/* Stops the thread, and runs deferred tasks. NULL is fine. Returns NULL. */
struct loop *loop_free(struct loop *l);

/* Calls source->ready() on the thread when @events of epoll_ctl(2) occur on @fd. 0 or -errno. */
int loop_add(struct loop *l, int fd, uint32_t events, struct loop_source *source);
void loop_remove(struct loop *l, int fd);

/*
 * Runs the task on the thread, after all events that were taken before this call: by then no
 * callback uses a source that was removed before.
 */
void loop_defer(struct loop *l, struct loop_task *task);

#endif
