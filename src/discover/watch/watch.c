/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watch.c - decides when to scan, and implements the public calls of a watch.
 *
 * A scan is due when a lead has ended, when a process has started, and three more times after the
 * last start: a container needs some time from its first fork to its own root, its hostname and its
 * engine's state file. Where processes start all the time, scans take about a fifth of one CPU.
 *
 * Fds: three, a few more during a scan, and one for each container. A scan each second finds the
 * end of a container for which no fd is free. No locks: one thread.
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
#include "discover/watch/watch_state.h"
#include "reach/sized.h"
#include "reach/util.h"

#define GAP_MIN	   (20 * MS)
#define GAP_MAX	   (500 * MS)
#define GAP_FACTOR 4 /* CPU time of a scan, times this: the pause before the next */
#define POLL_MS	   1000
#define N_EVENTS   64

/* When to scan again, after the last event. */
static const uint64_t rescan_after[] = { 20 * MS, 100 * MS, 500 * MS };

/* Clock ticks since boot, the unit of start times in /proc/PID/stat. */
static uint64_t ticks_now(void)
{
	uint64_t ns = nsv_clock_ns(CLOCK_BOOTTIME), hz = (uint64_t)sysconf(_SC_CLK_TCK);

	return ns / 1000000000U * hz + ns % 1000000000U * hz / 1000000000U;
}

static int arm(struct nsv_watch *w)
{
	uint64_t at = w->head < w->n_queue ? 1 : w->due == NSV_WATCH_NEVER ? 0 : w->due;
	struct itimerspec t = { .it_value = { (time_t)(at / 1000000000U),
					      (long)(at % 1000000000U) } };

	return timerfd_settime(w->timer, TFD_TIMER_ABSTIME, &t, NULL) ? -errno : 0;
}

static void listen_to_connector(struct nsv_watch *w, bool listen)
{
	struct epoll_event ev = { .events = listen ? EPOLLIN : 0, .data.ptr = &w->connector };

	if (w->connector >= 0 && w->muted == listen) {
		(void)epoll_ctl(w->epoll, EPOLL_CTL_MOD, w->connector, &ev);
		w->muted = !listen;
	}
}

static int scan_now(struct nsv_watch *w, struct nsv_error *e)
{
	struct nsv_scan_options options = NSV_SCAN_OPTIONS_INIT;
	uint64_t start = nsv_clock_ns(CLOCK_MONOTONIC),
		 work = nsv_clock_ns(CLOCK_THREAD_CPUTIME_ID);
	uint64_t ticks = ticks_now();
	struct nsv_scan *scan = NULL;
	int r;

	if (w->connector >= 0 && nsv_connector_drain(w->connector)) {
		w->event = start;
		w->next_rescan = 0;
	}
	listen_to_connector(w, true);
	options.flags = w->flags;
	r = nsv_scan_new(&options, &scan, e);
	w->scanned = nsv_clock_ns(CLOCK_MONOTONIC);
	w->gap = (nsv_clock_ns(CLOCK_THREAD_CPUTIME_ID) - work) * GAP_FACTOR;
	w->gap = w->gap < GAP_MIN ? GAP_MIN : w->gap > GAP_MAX ? GAP_MAX : w->gap;
	w->due = NSV_WATCH_NEVER;
	if (r == 0) {
		r = nsv_watch_compare(w, scan, ticks);
		if (r < 0)
			(void)nsv_error_set(e, -r, NSV_STAGE_TARGET, "no memory");
	}
	nsv_scan_free(scan);
	for (; w->next_rescan < NSV_ARRAY_SIZE(rescan_after); w->next_rescan++)
		if (w->event + rescan_after[w->next_rescan] > start) {
			nsv_watch_schedule(w, w->event + rescan_after[w->next_rescan++]);
			break;
		}
	if (w->poll != NSV_WATCH_NEVER)
		nsv_watch_schedule(w, w->scanned + w->poll);
	else if (r < 0 || w->some_without_pidfd)
		nsv_watch_schedule(w, w->scanned + POLL_MS * MS);
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
	w->report_existing = existing;
	w->next_rescan = NSV_ARRAY_SIZE(rescan_after);
	w->due = NSV_WATCH_NEVER;
	w->connector = events ? nsv_connector_open() : NSV_FD_NONE;
	w->poll = w->connector >= 0 ? NSV_WATCH_NEVER : (poll_ms ? poll_ms : POLL_MS) * MS;
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	r = w->epoll < 0 || w->timer < 0 ? -errno : nsv_watch_add_fd(w, w->timer, &w->timer);
	if (r == 0 && w->connector >= 0)
		r = nsv_watch_add_fd(w, w->connector, &w->connector);
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

int nsv_watch_new(const struct nsv_watch_options *options, struct nsv_watch **ret_watch,
		  struct nsv_error *e)
{
	const struct nsv_watch_options defaults = NSV_WATCH_OPTIONS_INIT;
	struct nsv_watch_options o;

	if (nsv_sized_take(&o, sizeof(o), options ? options : &defaults) < 0)
		return nsv_error_set(e, EINVAL, NSV_STAGE_TARGET,
				     "watch options that this version does not know");
	return nsv_watch_open(o.flags, o.existing, o.poll_ms, true, ret_watch, e);
}

struct nsv_watch *nsv_watch_free(struct nsv_watch *watch)
{
	if (!watch)
		return NULL;
	for (size_t i = watch->head; i < watch->n_queue; i++)
		if (watch->queue[i].kind == NSV_WATCH_WENT)
			nsv_tracked_free(watch->queue[i].tracked);
	for (size_t i = 0; i < watch->n_tracked; i++)
		nsv_tracked_free(watch->tracked[i]);
	nsv_tracked_free(watch->reported);
	free(watch->tracked);
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

/* Waits for events; each can only bring the next scan nearer. */
static int wait_for_events(struct nsv_watch *w, int timeout_ms)
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
				continue; /* harmless: nsv_watch_next() compares with the clock */
		} else if (who == &w->connector) {
			listen_to_connector(w, false);
			nsv_watch_schedule(w, 0);
		} else {
			nsv_watch_drop_pidfd(w, who);
			nsv_watch_schedule(w, 0);
		}
	}
	return 0;
}

static int dequeue(struct nsv_watch *w, struct nsv_watch_event *ret)
{
	const struct nsv_watch_change *change = &w->queue[w->head++];

	const struct nsv_watch_event event = { .kind = change->kind,
					       .container = &change->tracked->c,
					       .name = change->tracked->name };

	(void)nsv_sized_give(ret, &event, sizeof(event));
	if (change->kind == NSV_WATCH_WENT)
		w->reported = change->tracked;
	(void)arm(w);
	return 1;
}

int nsv_watch_next(struct nsv_watch *watch, int timeout_ms, struct nsv_watch_event *ret_event,
		   struct nsv_error *e)
{
	uint64_t start = nsv_clock_ns(CLOCK_MONOTONIC), now = start;
	uint64_t end = timeout_ms < 0 ? NSV_WATCH_NEVER : start + (uint64_t)timeout_ms * MS;
	bool waited = false;
	int r;

	if (!nsv_sized_is_set(ret_event))
		return nsv_error_set(e, EINVAL, NSV_STAGE_NONE, "the event's size is not set");
	watch->reported = nsv_tracked_free(watch->reported);
	for (;;) {
		if (watch->head < watch->n_queue)
			return dequeue(watch, ret_event);
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
		r = wait_for_events(watch, end == NSV_WATCH_NEVER ? -1
					   : end <= now		  ? 0
							: (int)((end - now + MS - 1) / MS));
		if (r < 0)
			return r;
		waited = true;
		now = nsv_clock_ns(CLOCK_MONOTONIC);
	}
}
