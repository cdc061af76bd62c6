/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container_events.h - tells when a container's process ends, and when something is mounted in it.
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

#include <stddef.h>
#include <stdint.h>

#include "fuse/coherence/deliver.h"

struct container_events;

int events_new(struct deliver *deliver, struct container_events **ret_events);

/* NULL is fine. Returns NULL. */
struct container_events *events_free(struct container_events *x);

/*
 * Tells NEWS_EXIT once when the process ends. @pidfd stays the caller's, who keeps its number open
 * until the group is forgotten or has another; the number may become another process's (dup3(2)),
 * if it is watched anew then. @mountinfo_take: as of events_watch_mounts(), or negative for none.
 * Again for the same group: this process instead. @group: not 0, below 2^63. 0 or -errno.
 */
int events_watch(struct container_events *x, uint64_t group, int pidfd, int mountinfo_take);

/*
 * Tells NEWS_MOUNTS for what happens after @mountinfo_take, the group's /proc/PID/mountinfo, was
 * opened; it is closed also on failure. -ESRCH: the process of the group has ended, or there is
 * none.
 */
int events_watch_mounts(struct container_events *x, uint64_t group, int mountinfo_take);
void events_forget_mounts(struct container_events *x, uint64_t group);

void events_forget(struct container_events *x, uint64_t group);

size_t events_count(struct container_events *x);

#endif
