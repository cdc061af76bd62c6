/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop.h - one thread that waits for every fd of this room: inotify, pidfds, tables of mounts,
 * timers.
 *
 * The thread never waits for anything else: what a source does when it is ready is short, and calls
 * neither a container nor the kernel's FUSE (deliver.h has threads for that).
 *
 * Threads: any may add, remove and defer. The lock is a leaf.
 */
#ifndef NSV_FUSE_LOOP_H
#define NSV_FUSE_LOOP_H

#include <stdint.h>

struct loop;

/* The caller's memory, which stays until a task that was deferred after loop_remove() ran. */
struct loop_source {
	void (*ready)(void *data);
	void *data;
};

/* The caller's memory, until it ran. */
struct loop_task {
	struct loop_task *next;
	void (*run)(void *data);
	void *data;
};

/* Starts the thread. 0 or -errno. */
int loop_new(struct loop **ret_loop);

/* Ends the thread; what is deferred waits for loop_free(). */
void loop_stop(struct loop *l);

/* Stops, and runs the tasks that were deferred. NULL is fine. Returns NULL. */
struct loop *loop_free(struct loop *l);

/* Calls source->ready() on the thread when the fd is: @events of epoll_ctl(2). 0 or -errno. */
int loop_add(struct loop *l, int fd, uint32_t events, struct loop_source *source);
void loop_remove(struct loop *l, int fd);

/*
 * Runs the task on the thread, once no event is under way that was taken before this call: by then
 * nothing uses a source that was removed.
 */
void loop_defer(struct loop *l, struct loop_task *task);

#endif
