/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watch_state.h - what a watch knows and waits for; for watch.c and watch_changes.c. No locks: one
 * thread. Times are nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef NSV_DISCOVER_WATCH_STATE_H
#define NSV_DISCOVER_WATCH_STATE_H

#include <nsview/watch.h>

#include "discover/watch/tracked.h"
#include "reach/clock.h"

#define MS		UINT64_C(1000000)
#define NSV_WATCH_NEVER UINT64_MAX

struct nsv_watch_change {
	enum nsv_change_kind kind;
	struct nsv_tracked *tracked;
};

struct nsv_watch {
	unsigned flags;
	uint64_t poll; /* ns between two rescan_after, or NSV_WATCH_NEVER */
	int epoll, timer, connector;
	bool muted; /* the connector is not waited for: a scan is due that drains it */
	bool scanned_once, report_existing;

	struct nsv_tracked **tracked; /* sorted by mntns */
	size_t n_tracked;
	bool some_without_pidfd; /* a container whose end no pidfd tells */

	struct nsv_watch_change *queue; /* from head on */
	size_t head, n_queue, queue_room;
	struct nsv_tracked *reported; /* gone, and the caller's until the next call */

	uint64_t due;	    /* monotonic ns of the next scan */
	uint64_t scanned;   /* end of the last one */
	uint64_t gap;	    /* between two */
	uint64_t event;	    /* time of the last event */
	size_t next_rescan; /* of rescan_after[]; past them: none */
};

/* A scan is due at @when, or earlier if it was, but not before the gap after the last one. */
void nsv_watch_schedule(struct nsv_watch *w, uint64_t when);
/* Waits for @fd too; events on it come with @tag. 0 or -errno. */
int nsv_watch_add_fd(struct nsv_watch *w, int fd, void *tag);
/* Lets go of a container's pidfd. */
void nsv_watch_drop_pidfd(struct nsv_watch *w, struct nsv_tracked *t);

/*
 * watch_changes.c: holds a scan, made when /proc counted @ticks, against what is known, and queues
 * what came and went. 0 or -ENOMEM: then nothing is lost, and the next scan tells.
 */
int nsv_watch_compare(struct nsv_watch *w, const struct nsv_scan *scan, uint64_t ticks);

#endif
