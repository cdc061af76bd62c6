/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container_events.h - news of the end of a container's process, and of mounts in the container.
 *
 * Nothing polls: the loop waits for a pidfd, and for the kernel's counter of events in a mount
 * namespace, by epoll on /proc/PID/mountinfo. That open file keeps nothing in the container busy,
 * but it does hold the mount namespace. So it is closed as soon as the process ends, and an engine
 * that removes the container finds nothing held.
 *
 * Threads: any. One lock; no call into a container is made with the lock held. The lock of
 * deliver.c comes after it.
 */
#ifndef NSV_FUSE_CONTAINER_EVENTS_H
#define NSV_FUSE_CONTAINER_EVENTS_H

#include <stdbool.h>

struct container_events;
struct deliver;
struct loop;
struct watched_container;

/* @loop and @deliver have to live longer. 0 or -errno. */
int events_new(struct loop *loop, struct deliver *deliver, struct container_events **ret_events);

/* Call after the loop has stopped and each container was dropped. NULL is fine. Returns NULL. */
struct container_events *events_free(struct container_events *e);

/*
 * Puts NEWS_EXIT once, when the process of @pidfd ends. The pidfd stays the caller's. Its number
 * has to stay open until the container is dropped or gets another pidfd. After a dup3(2) onto that
 * number, call this again. A second call for the container replaces the process, and ends the
 * watch on its mounts. 0; -ESRCH: the container was dropped; or another -errno: nothing is
 * watched.
 */
int events_watch(struct container_events *e, struct watched_container *c, int pidfd);

/*
 * Puts NEWS_MOUNTS for each change of mounts since @mountinfo_take, the container's
 * /proc/PID/mountinfo, was opened. Closes the fd, also on failure. Sets c->mounts_watched until
 * the process ends, or until events_drop_mounts(). 0; -ESRCH: the process has ended, or none is
 * watched; or another -errno.
 */
int events_watch_mounts(struct container_events *e, struct watched_container *c,
			int mountinfo_take);
void events_drop_mounts(struct container_events *e, struct watched_container *c);

/* For tests: whether the process is watched. */
bool events_is_watched(struct container_events *e, const struct watched_container *c);

/* Ends all watches of a container for good. Later events_watch() calls fail with -ESRCH. */
void events_drop(struct container_events *e, struct watched_container *c);

#endif
