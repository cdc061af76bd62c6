/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watch.c - scans at the right moments, and what is different since the last one.
 *
 * A scan is due when a lead has ended, when a process began, and again a little after the
 * last one began: a container takes some time from its first fork to its own root, its
 * hostname and its engine's notes. As its name is told once and for good, a
 * new container is held back until it has the best name that it can get, for
 * half a second at most. Scans take about a
 * fifth of one processor where processes begin all the time.
 *
 * No locks. Fds: four, and one for each container; where no more are to be had its end is
 * found by looking.
 */
#include "discover/watch/watch.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

#include "discover/internal.h"
#include "discover/watch/connector.h"
#include "discover/watch/known.h"
#include "reach/util.h"

#define MS	   UINT64_C(1000000)
#define NEVER	   UINT64_MAX
#define LEAST_GAP  (20 * MS)
#define MOST_GAP   (500 * MS)
#define SHARE	   4 /* times the work of a scan between two */
#define POLL_MS	   1000
#define SETTLE_ID  (500 * MS) /* an engine's note of a container comes after its start */
#define SETTLE_UTS (100 * MS) /* so does a hostname */
#define N_EVENTS   64

/* After the last event. */
static const uint64_t looks[] = { 20 * MS, 100 * MS, 500 * MS };

struct change {
	enum nsv_change_kind kind;
	struct nsv_known *known;
};

struct nsv_watch {
	unsigned flags;
	uint64_t poll; /* ns between two looks, or NEVER */
	int epoll, timer, connector;
	bool deaf; /* the connector is not waited for: a scan is due that drains it */
	bool begun, tell_existing;

	struct nsv_known **known; /* sorted by mntns */
	size_t n_known;
	bool some_unheld; /* a container whose end no pidfd tells */

	struct change *queue; /* from head on */
	size_t head, n_queue, queue_room;
	struct nsv_known *told; /* gone, and the caller's until the next call */

	uint64_t due;	  /* monotonic ns of the next scan */
	uint64_t scanned; /* end of the last one */
	uint64_t gap;	  /* between two */
	uint64_t event;	  /* time of the last event */
	size_t next_look; /* of looks[]; past them: none */
};

static uint64_t now_ns(clockid_t id)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

/* As /proc counts: clock ticks since boot. */
static uint64_t ticks_now(void)
{
	uint64_t ns = now_ns(CLOCK_BOOTTIME), hz = (uint64_t)sysconf(_SC_CLK_TCK);

	return ns / 1000000000U * hz + ns % 1000000000U * hz / 1000000000U;
}

static void look_by(struct nsv_watch *w, uint64_t when)
{
	uint64_t earliest = w->scanned + w->gap;

	when = when < earliest ? earliest : when;
	w->due = when < w->due ? when : w->due;
}

static int arm(struct nsv_watch *w)
{
	uint64_t at = w->head < w->n_queue ? 1 : w->due == NEVER ? 0 : w->due;
	struct itimerspec t = { .it_value = { (time_t)(at / 1000000000U),
					      (long)(at % 1000000000U) } };

	return timerfd_settime(w->timer, TFD_TIMER_ABSTIME, &t, NULL) ? -errno : 0;
}

static int wait_for(struct nsv_watch *w, int fd, void *who)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = who };

	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

static void listen_to_connector(struct nsv_watch *w, bool listen)
{
	struct epoll_event ev = { .events = listen ? EPOLLIN : 0, .data.ptr = &w->connector };

	if (w->connector >= 0 && w->deaf == listen) {
		(void)epoll_ctl(w->epoll, EPOLL_CTL_MOD, w->connector, &ev);
		w->deaf = !listen;
	}
}

static void release(struct nsv_watch *w, struct nsv_known *k)
{
	/* By hand: a child that was forked meanwhile may still have the fd. */
	if (k->pidfd >= 0)
		(void)epoll_ctl(w->epoll, EPOLL_CTL_DEL, k->pidfd, NULL);
	nsv_close_p(&k->pidfd);
}

/* ---- the queue ---- */

static int make_room(struct nsv_watch *w, size_t more)
{
	size_t left = w->n_queue - w->head, room = left + more;
	struct change *queue;

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
	w->queue[w->n_queue++] = (struct change){ kind, k };
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
	release(w, k);
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
	if (nsv_known_hold(k, scan->procfs) && wait_for(w, k->pidfd, k) < 0)
		nsv_close_p(&k->pidfd);
}

/* The container is there still: a new lead for it if need be, and a better name. */
static int keep(struct nsv_watch *w, const struct nsv_scan *scan, const struct nsv_container *c,
		uint64_t ticks, struct nsv_known *k)
{
	int r = 0;

	if (!nsv_known_lives(k)) {
		release(w, k);
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
	k->settle = settles_at(w, scan, c, now_ns(CLOCK_MONOTONIC));
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
	uint64_t now = now_ns(CLOCK_MONOTONIC);

	for (size_t i = 0; i < scan->n; i++) {
		const struct nsv_container *c = &scan->containers[i];
		struct nsv_known *k = list[i];

		if (!k || !k->settle)
			continue;
		if (k->settle <= now || has_name_of_its_own(c))
			tell_came(w, k);
		else
			look_by(w, k->settle);
	}
}

static int take(struct nsv_watch *w, const struct nsv_scan *scan, uint64_t ticks)
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

static int scan_now(struct nsv_watch *w, struct nsv_error *e)
{
	struct nsv_scan_options options = NSV_SCAN_OPTIONS_INIT;
	uint64_t start = now_ns(CLOCK_MONOTONIC), work = now_ns(CLOCK_THREAD_CPUTIME_ID);
	uint64_t ticks = ticks_now();
	struct nsv_scan *scan = NULL;
	int r;

	if (w->connector >= 0 && nsv_connector_drain(w->connector)) {
		w->event = start;
		w->next_look = 0;
	}
	listen_to_connector(w, true);
	options.flags = w->flags;
	r = nsv_scan_new(&options, &scan, e);
	w->scanned = now_ns(CLOCK_MONOTONIC);
	w->gap = (now_ns(CLOCK_THREAD_CPUTIME_ID) - work) * SHARE;
	w->gap = w->gap < LEAST_GAP ? LEAST_GAP : w->gap > MOST_GAP ? MOST_GAP : w->gap;
	w->due = NEVER;
	if (r == 0) {
		r = take(w, scan, ticks);
		if (r < 0)
			(void)nsv_error_set(e, -r, NSV_STAGE_TARGET, "no memory");
	}
	nsv_scan_free(scan);
	for (; w->next_look < NSV_ARRAY_SIZE(looks); w->next_look++)
		if (w->event + looks[w->next_look] > start) {
			look_by(w, w->event + looks[w->next_look++]);
			break;
		}
	if (w->poll != NEVER)
		look_by(w, w->scanned + w->poll);
	else if (r < 0 || w->some_unheld)
		look_by(w, w->scanned + POLL_MS * MS);
	return r;
}

/* ---- the public calls ---- */

int nsv_watch_open(unsigned flags, bool existing, unsigned poll_ms, bool events,
		   struct nsv_watch **ret_watch, struct nsv_error *e)
{
	struct nsv_watch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_TARGET, "no memory");
	w->flags = flags;
	w->tell_existing = existing;
	w->next_look = NSV_ARRAY_SIZE(looks);
	w->due = NEVER;
	w->connector = events ? nsv_connector_open() : NSV_FD_NONE;
	w->poll = w->connector >= 0 ? NEVER : (poll_ms ? poll_ms : POLL_MS) * MS;
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	r = w->epoll < 0 || w->timer < 0 ? -errno : wait_for(w, w->timer, &w->timer);
	if (r == 0 && w->connector >= 0)
		r = wait_for(w, w->connector, &w->connector);
	if (r < 0)
		(void)nsv_error_set(e, -r, NSV_STAGE_TARGET, "watch: %s", strerror(-r));
	else
		r = scan_now(w, e);
	if (r == 0)
		r = arm(w);
	if (r < 0) {
		nsv_watch_free(w);
		return r;
	}
	*ret_watch = w;
	return 0;
}

int nsv_watch_new(unsigned flags, bool existing, unsigned poll_ms, struct nsv_watch **ret_watch,
		  struct nsv_error *e)
{
	return nsv_watch_open(flags, existing, poll_ms, true, ret_watch, e);
}

struct nsv_watch *nsv_watch_free(struct nsv_watch *watch)
{
	if (!watch)
		return NULL;
	for (size_t i = watch->head; i < watch->n_queue; i++)
		if (watch->queue[i].kind == NSV_WENT)
			nsv_known_free(watch->queue[i].known);
	for (size_t i = 0; i < watch->n_known; i++)
		nsv_known_free(watch->known[i]);
	nsv_known_free(watch->told);
	free(watch->known);
	free(watch->queue);
	nsv_connector_close(watch->connector);
	nsv_close(watch->timer);
	nsv_close(watch->epoll);
	free(watch);
	return NULL;
}

int nsv_watch_fd(const struct nsv_watch *watch)
{
	return watch->epoll;
}

bool nsv_watch_has_events(const struct nsv_watch *watch)
{
	return watch->connector >= 0;
}

/* Events only ever bring the next scan nearer. */
static int wait_a_while(struct nsv_watch *w, int timeout_ms)
{
	struct epoll_event events[N_EVENTS];
	uint64_t expired;
	int n = epoll_wait(w->epoll, events, N_EVENTS, timeout_ms);

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		void *who = events[i].data.ptr;

		if (who == &w->timer) {
			if (read(w->timer, &expired, sizeof(expired)) < 0)
				continue; /* nothing is lost: the clock is asked below */
		} else if (who == &w->connector) {
			listen_to_connector(w, false);
			look_by(w, 0);
		} else {
			release(w, who);
			look_by(w, 0);
		}
	}
	return 0;
}

static int next_of_queue(struct nsv_watch *w, struct nsv_change *ret)
{
	const struct change *change = &w->queue[w->head++];

	*ret = (struct nsv_change){ change->kind, &change->known->c, change->known->name };
	if (change->kind == NSV_WENT)
		w->told = change->known;
	(void)arm(w);
	return 1;
}

int nsv_watch_next(struct nsv_watch *watch, int timeout_ms, struct nsv_change *ret_change,
		   struct nsv_error *e)
{
	uint64_t start = now_ns(CLOCK_MONOTONIC), now = start;
	uint64_t end = timeout_ms < 0 ? NEVER : start + (uint64_t)timeout_ms * MS;
	bool waited = false;
	int r;

	watch->told = nsv_known_free(watch->told);
	for (;;) {
		if (watch->head < watch->n_queue)
			return next_of_queue(watch, ret_change);
		if (now >= watch->due) {
			r = scan_now(watch, e);
			if (r < 0) {
				(void)arm(watch);
				return r;
			}
			continue;
		}
		r = arm(watch);
		if (r < 0)
			return nsv_error_set(e, -r, NSV_STAGE_TARGET, "timer: %s", strerror(-r));
		if (waited && now >= end)
			return 0;
		r = wait_a_while(watch, end == NEVER ? -1
					: end <= now ? 0
						     : (int)((end - now + MS - 1) / MS));
		if (r < 0)
			return r;
		waited = true;
		now = now_ns(CLOCK_MONOTONIC);
	}
}
