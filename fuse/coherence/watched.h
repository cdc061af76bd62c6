/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watched.h - the one record of a container: all that this room keeps of it.
 *
 * Made whole when the container comes, so that nothing has to be allocated, nor looked up, when
 * news comes. It hangs off the container (container.watched) and its memory lives as long: each
 * user counts the container. What it holds besides memory is let go of when the kernel was notified
 * of the end of the container.
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

/* Each stands still by itself where its news can't be brought. */
enum lane_kind {
	LANE_NEWS,  /* from events: changes, mounts, the end */
	LANE_SCAN,  /* what is looked for */
	LANE_FILES, /* what is invalidated where a scan hangs, or nobody looks any more */
	N_LANES,
};

struct watched_container {
	struct container *container; /* counted by the list, until "ended" */
	struct lane lanes[N_LANES];
	struct watch_group watches; /* changes.c's, under its lock */

	/* Of container_events.c, under its lock. */
	_Atomic bool mounts_watched; /* as mountinfo is open; read by any */
	struct container_events *events;
	struct loop_source end_source, mounts_source;
	int pidfd;     /* the container's; none once its process has ended */
	int mountinfo; /* owned; none while nobody looks */
	bool gone;     /* nothing is watched any more */

	/* Of mapped.c, under the lock of the list. */
	struct watched_container *next, **prev; /* the list, of coherence.c */
	struct process_group processes;		/* of the scan */
	int64_t asked;				/* when somebody was last seen to look, ms */
	unsigned recheck_us;			/* of the scan's time, for recheck.h */
	bool unknown;				/* what its processes are */
	bool resting;				/* nobody looks */
	bool scanning, invalidating;		/* LANE_SCAN, LANE_FILES are at work */

	uint64_t rechecked; /* LANE_SCAN's alone: where recheck.h goes on */

	/* LANE_NEWS's alone. */
	struct mount_points mount_points;
	int64_t mounts_at, mounts_took; /* when they were read last, and how long it took, ns */
	bool ended;			/* the kernel was notified of its end */
	struct loop_task release;
};

/* Of all containers of the view. */
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
