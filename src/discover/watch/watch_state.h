/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watch_state.h - struct nsv_watch, for watch.c and watch_changes.c. No locks: one thread. Times
 * are nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef NSV_DISCOVER_WATCH_STATE_H
#define NSV_DISCOVER_WATCH_STATE_H

#include <nsview/watch.h>

#include "discover/watch/tracked.h"
#include "reach/clock.h"

#define MS		UINT64_C(1000000)
#define NSV_WATCH_NEVER UINT64_MAX

struct nsv_watch_change {
	enum nsv_watch_kind kind;
	struct nsv_tracked *tracked;
};

struct nsv_watch {
	unsigned flags;
	uint64_t poll; /* ns between two scans, or NSV_WATCH_NEVER with process events */
	int epoll, timer, connector;
	bool muted; /* epoll ignores the connector: a scan is due, which drains it */
	bool scanned_once, report_existing;

	struct nsv_tracked **tracked; /* sorted by mntns */
	size_t n_tracked;
	bool some_without_pidfd; /* poll: a container has no pidfd to show its end */

	struct nsv_watch_change *queue; /* pending from head to n_queue */
	size_t head, n_queue, queue_room;
	struct nsv_tracked *reported; /* has gone; kept for the caller until the next call */

	uint64_t due;	    /* time of the next scan */
	uint64_t scanned;   /* end of the last scan */
	uint64_t gap;	    /* shortest pause after the last scan */
	uint64_t event;	    /* time of the last event */
	size_t next_rescan; /* index into rescan_after[] of watch.c; past its end: none */
};

/* Schedules a scan for @when, unless an earlier one is due; never before the gap has passed. */
void nsv_watch_schedule(struct nsv_watch *w, uint64_t when);
/* Adds @fd to the epoll set; its events carry @tag. 0 or -errno. */
int nsv_watch_add_fd(struct nsv_watch *w, int fd, void *tag);
/* Takes a container's pidfd out of the epoll set and closes it. */
void nsv_watch_drop_pidfd(struct nsv_watch *w, struct nsv_tracked *t);

/*
 * watch_changes.c: compares a scan that began at @ticks (clock ticks since boot) with the tracked
 * containers, and queues changes. 0 or -ENOMEM: no change is lost, the next scan finds it.
 */
int nsv_watch_compare(struct nsv_watch *w, const struct nsv_scan *scan, uint64_t ticks);

#endif
