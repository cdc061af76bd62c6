/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container_events.h - news of the end of a container's process, and of mounts in it.
 *
 * Both are waited for, never polled: a pidfd, and the kernel's counter of a mount namespace's
 * events, by poll(2) of /proc/PID/mountinfo. That file is the host's and keeps nothing in the
 * container busy, but it does keep the mount namespace: it is closed here the moment the process
 * ends, so that the engine's removal finds nothing held.
 *
 * Threads: any. One lock, which no call into a container is made with; deliver's comes after it.
 */
#ifndef NSV_FUSE_CONTAINER_EVENTS_H
#define NSV_FUSE_CONTAINER_EVENTS_H

#include <stdbool.h>

struct container_events;
struct deliver;
struct loop;
struct watched_container;

/* @loop and @deliver have to live longer. */
int events_new(struct loop *loop, struct deliver *deliver, struct container_events **ret_events);

/* After the loop has stopped, and each container was dropped. NULL is fine. Returns NULL. */
struct container_events *events_free(struct container_events *e);

/*
 * Puts NEWS_EXIT once when the process ends. @pidfd stays the caller's: its number is to stay open
 * until the container is dropped or has another; the number may become another process's (dup3(2)),
 * if it is watched anew then. Again for the same container: this process instead, and its mounts
 * not any more. 0; -ESRCH: it was dropped; or -errno: nothing is watched.
 */
int events_watch(struct container_events *e, struct watched_container *c, int pidfd);

/*
 * Puts NEWS_MOUNTS for what happens after @mountinfo_take, the container's /proc/PID/mountinfo,
 * was opened; it is closed also on failure. Sets c->mounts_watched, which is so until the process
 * ends, or until events_drop_mounts(). -ESRCH: the process has ended, or there is none.
 */
int events_watch_mounts(struct container_events *e, struct watched_container *c,
			int mountinfo_take);
void events_drop_mounts(struct container_events *e, struct watched_container *c);

/* For tests. */
bool events_is_watched(struct container_events *e, const struct watched_container *c);

/* For good: its end was seen. */
void events_drop(struct container_events *e, struct watched_container *c);

#endif
