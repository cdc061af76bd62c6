/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watch_changes.c - what is different in a scan from the one before, queued as changes.
 *
 * A container's name is told once and for good, so a new container is held back until it has the
 * best name that it can get, for half a second at most. No locks: one thread.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "discover/internal.h"
#include "discover/watch/watch_state.h"
#include "reach/util.h"

#define SETTLE_ID  (500 * MS) /* an engine's note of a container comes after its start */
#define SETTLE_UTS (100 * MS) /* so does a hostname */

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

static void tell(struct nsv_watch *w, enum nsv_change_kind kind, struct nsv_known *k)
{
	w->queue[w->n_queue++] = (struct nsv_watch_change){ kind, k };
}

static void tell_came(struct nsv_watch *w, struct nsv_known *k)
{
	if (k->settle && (w->begun || w->tell_existing))
		tell(w, NSV_CAME, k);
	k->settle = 0;
}

static void tell_went(struct nsv_watch *w, struct nsv_known *k)
{
	tell_came(w, k);
	nsv_watch_release(w, k);
	tell(w, NSV_WENT, k);
}

/* ---- what a scan changes ---- */

/* When a container seen first at @now has the name that it will keep. */
static uint64_t settles_at(const struct nsv_watch *w, const struct nsv_scan *scan,
			   const struct nsv_container *c, uint64_t now)
{
	if (!w->begun || c->kind != NSV_KIND_CONTAINER || c->engine_name)
		return now;
	if ((w->flags & NSV_SCAN_HINTS) && c->id && c->short_id && strcmp(c->id, c->short_id) != 0)
		return now + SETTLE_ID;
	if ((w->flags & NSV_SCAN_HOSTNAMES) && c->utsns != scan->utsns)
		return now + SETTLE_UTS;
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

static void hold(struct nsv_watch *w, const struct nsv_scan *scan, struct nsv_known *k)
{
	if (nsv_known_hold(k, scan->procfs) && nsv_watch_wait_for(w, k->pidfd, k) < 0)
		nsv_close_p(&k->pidfd);
}

/* The container is there still: a new lead for it if need be, and a better name. */
static int keep(struct nsv_watch *w, const struct nsv_scan *scan, const struct nsv_container *c,
		uint64_t ticks, struct nsv_known *k)
{
	int r = 0;

	if (!nsv_known_lives(k)) {
		nsv_watch_release(w, k);
		k->lead = c->pid;
		k->lead_start = c->start;
		hold(w, scan, k);
	}
	if (ticks > k->alive_at)
		k->alive_at = ticks;
	if (k->settle)
		r = nsv_known_update(k, scan, c);
	return r;
}

static int come(struct nsv_watch *w, const struct nsv_scan *scan, const struct nsv_container *c,
		uint64_t ticks, struct nsv_known **ret)
{
	struct nsv_known *k = nsv_known_new(scan, c);

	if (!k)
		return -ENOMEM;
	hold(w, scan, k);
	k->alive_at = ticks > k->alive_at ? ticks : k->alive_at;
	k->settle = settles_at(w, scan, c, nsv_clock_ns(CLOCK_MONOTONIC));
	*ret = k;
	return 0;
}

static int by_mntns(const void *a, const void *b)
{
	const struct nsv_container *const *x = a, *const *y = b;

	return ((*x)->mntns > (*y)->mntns) - ((*x)->mntns < (*y)->mntns);
}

/* Both lists are sorted by mount namespace. On failure the old list stands, with what was
 * found added to nothing. */
static int merge(struct nsv_watch *w, const struct nsv_scan *scan, uint64_t ticks,
		 const struct nsv_container *const *sorted, struct nsv_known **list)
{
	size_t o = 0;
	int r = 0;

	for (size_t i = 0; i < scan->n; i++) {
		const struct nsv_container *c = sorted[i];

		while (o < w->n_known && w->known[o]->c.mntns < c->mntns)
			tell_went(w, w->known[o++]);
		if (o < w->n_known && w->known[o]->c.mntns == c->mntns) {
			struct nsv_known *k = w->known[o++];

			if (nsv_known_is(k, scan->procfs, c)) {
				list[i] = k;
				r = keep(w, scan, c, ticks, k) < 0 ? -ENOMEM : r;
				continue;
			}
			tell_went(w, k);
		}
		if (come(w, scan, c, ticks, &list[i]) < 0)
			r = -ENOMEM;
	}
	while (o < w->n_known)
		tell_went(w, w->known[o++]);
	return r;
}

/* Tells of those that have their name, the oldest first. */
static void tell_settled(struct nsv_watch *w, const struct nsv_scan *scan,
			 struct nsv_known *const *list)
{
	uint64_t now = nsv_clock_ns(CLOCK_MONOTONIC);

	for (size_t i = 0; i < scan->n; i++) {
		const struct nsv_container *c = &scan->containers[i];
		struct nsv_known *k = list[i];

		if (!k || !k->settle)
			continue;
		if (k->settle <= now || has_name_of_its_own(c))
			tell_came(w, k);
		else
			nsv_watch_look_by(w, k->settle);
	}
}

int nsv_watch_take(struct nsv_watch *w, const struct nsv_scan *scan, uint64_t ticks)
{
	struct nsv_known **list = calloc(scan->n + 1, sizeof(struct nsv_known *));
	struct nsv_known **by_age = calloc(scan->n + 1, sizeof(struct nsv_known *));
	const struct nsv_container **sorted =
	    calloc(scan->n + 1, sizeof(const struct nsv_container *));
	size_t n = 0;
	int r = -ENOMEM;

	/* Each old one may come and go, each new one come: after this nothing is lost. */
	if (list && by_age && sorted && make_room(w, 2 * w->n_known + scan->n) == 0) {
		for (size_t i = 0; i < scan->n; i++)
			sorted[i] = &scan->containers[i];
		qsort(sorted, scan->n, sizeof(const struct nsv_container *), by_mntns);
		r = merge(w, scan, ticks, sorted, list);
		for (size_t i = 0; i < scan->n; i++)
			by_age[sorted[i] - scan->containers] = list[i];
		tell_settled(w, scan, by_age);
		w->some_unheld = false;
		for (size_t i = 0; i < scan->n; i++) {
			if (!list[i])
				continue;
			w->some_unheld = w->some_unheld || list[i]->pidfd < 0;
			list[n++] = list[i];
		}
		free(w->known);
		w->known = list;
		w->n_known = n;
		list = NULL;
		w->begun = true;
	}
	free(list);
	free(by_age);
	free(sorted);
	return r;
}
