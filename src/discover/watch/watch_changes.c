/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watch_changes.c - compares a scan with the tracked containers and queues the changes.
 *
 * A container is reported under one name for its whole life. So a new container waits in the watch
 * until it has its best name, half a second at most. No locks: one thread.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "discover/internal.h"
#include "discover/watch/watch_state.h"
#include "reach/util.h"

#define WAIT_FOR_ENGINE	  (500 * MS) /* an engine writes its state file later */
#define WAIT_FOR_HOSTNAME (100 * MS) /* a runtime sets the hostname a little later, too */

/* ---- the queue ---- */

static int make_room(struct nsv_watch *w, size_t more)
{
	size_t left = w->n_queue - w->head, room = left + more;
	struct nsv_watch_change *queue;

	if (w->head) {
		memmove(w->queue, w->queue + w->head, left * sizeof(*queue));
		w->head = 0;
		w->n_queue = left;
	}
	if (room <= w->queue_room)
		return 0;
	queue = reallocarray(w->queue, room * 2, sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	w->queue = queue;
	w->queue_room = room * 2;
	return 0;
}

static void enqueue(struct nsv_watch *w, enum nsv_watch_kind kind, struct nsv_tracked *t)
{
	w->queue[w->n_queue++] = (struct nsv_watch_change){ kind, t };
}

static void enqueue_came(struct nsv_watch *w, struct nsv_tracked *t)
{
	if (t->report_by && (w->scanned_once || w->report_existing))
		enqueue(w, NSV_WATCH_CAME, t);
	t->report_by = 0;
}

static void enqueue_went(struct nsv_watch *w, struct nsv_tracked *t)
{
	enqueue_came(w, t);
	nsv_watch_drop_pidfd(w, t);
	enqueue(w, NSV_WATCH_WENT, t);
}

/* ---- comparing ---- */

/* When to report a container that was first seen at @now, at the latest. */
static uint64_t report_time(const struct nsv_watch *w, const struct nsv_scan *scan,
			    const struct nsv_container *c, uint64_t now)
{
	if (!w->scanned_once || c->kind != NSV_KIND_CONTAINER || c->engine_name)
		return now;
	if ((w->flags & NSV_SCAN_HINTS) && c->id && c->short_id && strcmp(c->id, c->short_id) != 0)
		return now + WAIT_FOR_ENGINE;
	if ((w->flags & NSV_SCAN_HOSTNAMES) && c->utsns != scan->utsns)
		return now + WAIT_FOR_HOSTNAME;
	return now;
}

static bool has_name_of_its_own(const struct nsv_container *c)
{
	char own[HOST_NAME_MAX + 1] = "";

	if (c->engine_name)
		return true;
	if (!c->hostname || (c->id && c->short_id && strcmp(c->id, c->short_id) != 0))
		return false;
	(void)gethostname(own, sizeof(own) - 1);
	return strcmp(c->hostname, own) != 0 && strcmp(c->hostname, "localhost") != 0 &&
	       strcmp(c->hostname, "(none)") != 0;
}

static void hold_pidfd(struct nsv_watch *w, const struct nsv_scan *scan, struct nsv_tracked *t)
{
	if (nsv_tracked_open_pidfd(t, scan->procfs) && nsv_watch_add_fd(w, t->pidfd, t) < 0)
		nsv_close_p(&t->pidfd);
}

/* The container still runs: finds a new lead if the old one has ended, and a better name. */
static int refresh(struct nsv_watch *w, const struct nsv_scan *scan, const struct nsv_container *c,
		   uint64_t ticks, struct nsv_tracked *t)
{
	int r = 0;

	if (!nsv_tracked_is_alive(t)) {
		nsv_watch_drop_pidfd(w, t);
		t->lead = c->pid;
		t->lead_start = c->start;
		hold_pidfd(w, scan, t);
	}
	if (ticks > t->alive_at)
		t->alive_at = ticks;
	if (t->report_by)
		r = nsv_tracked_update(t, scan, c);
	return r;
}

static int track(struct nsv_watch *w, const struct nsv_scan *scan, const struct nsv_container *c,
		 uint64_t ticks, struct nsv_tracked **ret)
{
	struct nsv_tracked *t = nsv_tracked_new(scan, c);

	if (!t)
		return -ENOMEM;
	hold_pidfd(w, scan, t);
	t->alive_at = ticks > t->alive_at ? ticks : t->alive_at;
	t->report_by = report_time(w, scan, c, nsv_clock_ns(CLOCK_MONOTONIC));
	*ret = t;
	return 0;
}

static int by_mntns(const void *a, const void *b)
{
	const struct nsv_container *const *x = a, *const *y = b;

	return ((*x)->mntns > (*y)->mntns) - ((*x)->mntns < (*y)->mntns);
}

/* Merges two lists sorted by mount namespace. After -ENOMEM, containers that could not be copied
 * are NULL in @list: the next scan finds them again. */
static int merge(struct nsv_watch *w, const struct nsv_scan *scan, uint64_t ticks,
		 const struct nsv_container *const *sorted, struct nsv_tracked **list)
{
	size_t o = 0;
	int r = 0;

	for (size_t i = 0; i < scan->n; i++) {
		const struct nsv_container *c = sorted[i];

		while (o < w->n_tracked && w->tracked[o]->c.mntns < c->mntns)
			enqueue_went(w, w->tracked[o++]);
		if (o < w->n_tracked && w->tracked[o]->c.mntns == c->mntns) {
			struct nsv_tracked *t = w->tracked[o++];

			if (nsv_tracked_is_same(t, scan->procfs, c)) {
				list[i] = t;
				r = refresh(w, scan, c, ticks, t) < 0 ? -ENOMEM : r;
				continue;
			}
			enqueue_went(w, t);
		}
		if (track(w, scan, c, ticks, &list[i]) < 0)
			r = -ENOMEM;
	}
	while (o < w->n_tracked)
		enqueue_went(w, w->tracked[o++]);
	return r;
}

/* Queues the containers that have their name, oldest first. */
static void report_named(struct nsv_watch *w, const struct nsv_scan *scan,
			 struct nsv_tracked *const *list)
{
	uint64_t now = nsv_clock_ns(CLOCK_MONOTONIC);

	for (size_t i = 0; i < scan->n; i++) {
		const struct nsv_container *c = &scan->containers[i];
		struct nsv_tracked *t = list[i];

		if (!t || !t->report_by)
			continue;
		if (t->report_by <= now || has_name_of_its_own(c))
			enqueue_came(w, t);
		else
			nsv_watch_schedule(w, t->report_by);
	}
}

int nsv_watch_compare(struct nsv_watch *w, const struct nsv_scan *scan, uint64_t ticks)
{
	struct nsv_tracked **list = calloc(scan->n + 1, sizeof(struct nsv_tracked *));
	struct nsv_tracked **by_age = calloc(scan->n + 1, sizeof(struct nsv_tracked *));
	const struct nsv_container **sorted =
	    calloc(scan->n + 1, sizeof(const struct nsv_container *));
	size_t n = 0;
	int r = -ENOMEM;

	/* At worst each tracked container is queued as come and gone, each new one as come. With
	 * that much room in the queue no change can be lost. */
	if (list && by_age && sorted && make_room(w, 2 * w->n_tracked + scan->n) == 0) {
		for (size_t i = 0; i < scan->n; i++)
			sorted[i] = &scan->containers[i];
		qsort(sorted, scan->n, sizeof(const struct nsv_container *), by_mntns);
		r = merge(w, scan, ticks, sorted, list);
		for (size_t i = 0; i < scan->n; i++)
			by_age[sorted[i] - scan->containers] = list[i];
		report_named(w, scan, by_age);
		w->some_without_pidfd = false;
		for (size_t i = 0; i < scan->n; i++) {
			if (!list[i])
				continue;
			w->some_without_pidfd = w->some_without_pidfd || list[i]->pidfd < 0;
			list[n++] = list[i];
		}
		free(w->tracked);
		w->tracked = list;
		w->n_tracked = n;
		list = NULL;
		w->scanned_once = true;
	}
	free(list);
	free(by_age);
	free(sorted);
	return r;
}
