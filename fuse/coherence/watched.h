/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watched.h - the record of a container: everything that this room keeps about it.
 *
 * The record is allocated when the container comes, so news needs no allocation and no search. The
 * container owns it (container.watched) and frees it; each user of the record holds a reference to
 * the container. The record's fds and watches end when the kernel was notified of the container's
 * end.
 */
#ifndef NSV_FUSE_WATCHED_H
#define NSV_FUSE_WATCHED_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "fuse/coherence/changes_table.h"
#include "fuse/coherence/deliver.h"
#include "fuse/coherence/loop.h"
#include "fuse/coherence/mapped_scan.h"
#include "fuse/coherence/mount_points.h"
#include "fuse/containers/container.h"
#include "reach/util.h"

struct container_events;

/* Each lane may block without delaying the others. */
enum lane_kind {
	LANE_NEWS,  /* news from events: changes, mounts, the end */
	LANE_SCAN,  /* scans */
	LANE_FILES, /* invalidations when a scan hangs, or when the container rests */
	N_LANES,
};

struct watched_container {
	struct container *container; /* the list holds a reference until "ended" */
	struct lane lanes[N_LANES];
	struct watch_group watches; /* protected by the lock of changes.c */

	/* Protected by the lock of container_events.c. */
	_Atomic bool mounts_watched; /* mountinfo is open; any thread may read this */
	struct container_events *events;
	struct loop_source end_source, mounts_source;
	int pidfd;     /* borrowed; NSV_FD_NONE once the process has ended */
	int mountinfo; /* owned; NSV_FD_NONE while the container is not in use */
	bool gone;     /* events_drop() was called */

	/* Of mapped.c, protected by the lock of the list. */
	struct watched_container *next, **prev; /* the list, of coherence.c */
	struct process_group processes;		/* of the scan */
	int64_t asked;	     /* when the container was last found in use, ms of CLOCK_MONOTONIC */
	unsigned recheck_us; /* time for recheck.h in a scan, in microseconds */
	bool unknown;	     /* its processes could not be determined */
	bool resting;	     /* not in use */
	bool scanning, invalidating; /* LANE_SCAN or LANE_FILES has work */

	uint64_t rechecked; /* where recheck.h goes on; used only in LANE_SCAN */

	/* Used only in LANE_NEWS. */
	struct mount_points mount_points;
	int64_t mounts_at, mounts_took; /* the last read of the table, and its duration, ns */
	bool ended;			/* the kernel was notified of its end */
	struct loop_task release;
};

/* The records of all containers of the view. */
struct watched_list {
	pthread_mutex_t lock; /* deliver.c's comes after it */
	struct watched_container *first;
};

static inline void watched_init(struct watched_container *c, struct container *p)
{
	*c = (struct watched_container){
		.container = p, .pidfd = NSV_FD_NONE, .mountinfo = NSV_FD_NONE, .resting = true
	};
	for (unsigned i = 0; i < N_LANES; i++)
		lane_init(&c->lanes[i], p, c);
}

static inline struct watched_container *watched_of_group(struct watch_group *g)
{
	return (struct watched_container *)((char *)g -
					    offsetof(struct watched_container, watches));
}

#endif
