/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mapped.c - decides when containers are scanned, and invalidates what a scan found.
 *
 * Defends against: a process whose address space stays locked (the scan of its container hangs in
 * a lane of its own); scans that never end (all files of that container are invalidated instead).
 *
 * The timer is armed while any container does not rest. container_enter() sets container.used, and
 * wakes the loop by container.wake if the container rests; so a container in use costs its readers
 * nothing more.
 *
 * Lock: the list's lock protects the fields of records named in watched.h.
 */
#include "fuse/coherence/mapped.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include "fuse/coherence/mapped_scan.h"
#include "fuse/coherence/recheck.h"
#include "fuse/coherence/watched.h"
#include "fuse/prober/prober.h"
#include "fuse/tree/tree.h"
#include "reach/clock.h"

#define PERIOD_MS	 450
#define REST_MS		 120000
#define MAX_FILES	 65536 /* of one container; with more all are invalidated */
#define MAX_NAMES	 1024  /* of one file */
#define LIST_CHUNK	 64
#define RECHECK_US	 9000 /* of each round, in microseconds, shared by the containers in use */
#define RECHECK_LEAST_US 500

struct mapped {
	struct mapped_config config;
	struct lane lane; /* NEWS_TICK */
	bool armed;	  /* under the list's lock */
	int timer;	  /* timerfd */
	int asked;	  /* eventfd: a resting container is used */
	struct loop_source timer_source, asked_source;
};

/* ---- invalidating, without allocating memory, so that it can't fail ---- */

static void invalidate_all(const struct mapped_config *m, const struct container *p)
{
	struct tree_item items[LIST_CHUNK];
	uint64_t cursor = 0;
	bool more = true;
	size_t n;

	while (more) {
		more = tree_list(m->tree, p, &cursor, items, LIST_CHUNK, &n);
		for (size_t i = 0; i < n; i++)
			m->invalidate(m->data, items[i].number);
	}
}

static int compare(const void *a, const void *b)
{
	const struct file_id *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return x->dev < y->dev ? -1 : x->dev > y->dev;
}

/* False: there are too many names to invalidate one by one. */
static bool invalidate_files(const struct mapped_config *m, const struct container *p,
			     const struct file_set *set)
{
	uint64_t numbers[MAX_NAMES];

	if (set->n)
		qsort(set->ids, set->n, sizeof(*set->ids), compare);
	for (size_t i = 0; i < set->n; i++) {
		const struct file_id *id = &set->ids[i];
		size_t n;

		if (i && compare(id, id - 1) == 0)
			continue;
		n = tree_find_inode(m->tree, p, id->dev, id->ino, numbers, MAX_NAMES);
		if (n == MAX_NAMES)
			return false;
		for (size_t k = 0; k < n; k++)
			m->invalidate(m->data, numbers[k]);
	}
	return true;
}

/* ---- in the lanes of a container ---- */

static void work_ended(const struct mapped *m, bool *mark)
{
	(void)pthread_mutex_lock(&m->config.list->lock);
	*mark = false;
	(void)pthread_mutex_unlock(&m->config.list->lock);
}

void mapped_scan(struct mapped *m, struct watched_container *c)
{
	const struct mapped_config *config = &m->config;
	struct container *p = c->container;
	struct file_set set = { 0 };
	int r = c->unknown ? -EIO : 0;

	if (r == 0)
		r = prober_scan_processes(config->prober, p->procfs, &c->processes, &set,
					  MAX_FILES);
	if (r < 0 || !invalidate_files(config, p, &set))
		invalidate_all(config, p);
	file_set_clear(&set);
	process_group_clear(&c->processes);
	recheck_some(config->tree, p, &c->rechecked, c->recheck_us, config->invalidate,
		     config->data);
	work_ended(m, &c->scanning);
}

void mapped_invalidate(struct mapped *m, struct watched_container *c)
{
	invalidate_all(&m->config, c->container);
	work_ended(m, &c->invalidating);
}

/* ---- twice a second ---- */

static void put(const struct mapped *m, struct watched_container *c, enum lane_kind lane,
		enum news_kind kind)
{
	deliver_put_kind(m->config.deliver, &c->lanes[lane], kind);
}

/*
 * Begins the rest: the next use of the container wakes the loop. False: the container was just
 * used.
 */
static bool begin_rest(const struct mapped *m, struct watched_container *c)
{
	atomic_store(&c->container->wake, m->asked);
	c->resting = !atomic_load(&c->container->used);
	if (!c->resting)
		atomic_store(&c->container->wake, NSV_FD_NONE);
	return c->resting;
}

/*
 * Puts the news that is due for @c now, except a scan. Returns whether a scan is due. Call with
 * the list's lock held.
 */
static bool look(const struct mapped *m, struct watched_container *c, int64_t now)
{
	const unsigned rest_ms = m->config.rest_ms;
	struct container *p = c->container;

	if (atomic_load(&p->state) & CONTAINER_DEAD) {
		c->resting = true;
		return false;
	}
	if (atomic_exchange(&p->used, false)) {
		atomic_store(&p->wake, NSV_FD_NONE);
		c->asked = now;
		c->resting = false;
	}
	if (c->resting)
		return false;
	if (now - c->asked >= rest_ms && !container_in_use(p) && !c->invalidating &&
	    begin_rest(m, c)) {
		c->invalidating = true;
		put(m, c, LANE_FILES, NEWS_REST);
		return false;
	}
	if (!c->scanning)
		return true;
	if (!c->invalidating) {
		c->invalidating = true;
		put(m, c, LANE_FILES, NEWS_FILES);
	}
	return false;
}

static void arm(struct mapped *m, bool armed)
{
	const struct timespec period = { .tv_nsec = armed ? PERIOD_MS * 1000000L : 0 };
	const struct itimerspec when = { period, period };

	if (m->armed != armed)
		(void)timerfd_settime(m->timer, 0, &when, NULL);
	m->armed = armed;
}

static struct watched_container *of_processes(struct process_group *g)
{
	return (struct watched_container *)((char *)g -
					    offsetof(struct watched_container, processes));
}

/*
 * Lists the containers to scan now, with a reference each. Until the scan ends no other thread
 * uses their process groups.
 */
static struct process_group *look_at_all(struct mapped *m, unsigned *ret_n)
{
	struct process_group *due = NULL;
	const int64_t now = nsv_now_ms();
	bool active = false;

	*ret_n = 0;
	(void)pthread_mutex_lock(&m->config.list->lock);
	for (struct watched_container *c = m->config.list->first; c; c = c->next) {
		if (look(m, c, now)) {
			c->scanning = true;
			container_get(c->container);
			c->processes =
			    (struct process_group){ .next = due,
						    .mntns = c->container->mntns,
						    .pid = atomic_load(&c->container->pid) };
			due = &c->processes;
			(*ret_n)++;
		}
		active |= !c->resting;
	}
	arm(m, active);
	(void)pthread_mutex_unlock(&m->config.list->lock);
	return due;
}

/* One pass over /proc serves all containers. */
void mapped_tick(struct mapped *m)
{
	struct process_group *due, *next;
	bool unknown;
	unsigned n;

	due = look_at_all(m, &n);
	if (!due)
		return;
	unknown =
	    prober_find_processes(m->config.prober, of_processes(due)->container->procfs, due) < 0;
	for (; due; due = next) {
		struct watched_container *c = of_processes(due);
		struct container *p = c->container;

		next = due->next;
		c->unknown = unknown;
		c->recheck_us = RECHECK_US / n;
		if (c->recheck_us < RECHECK_LEAST_US)
			c->recheck_us = RECHECK_LEAST_US;
		put(m, c, LANE_SCAN, NEWS_SCAN);
		container_put(p);
	}
}

static void tick_is_due(void *data)
{
	struct mapped *m = data;
	uint64_t count;

	if (read(m->timer, &count, sizeof(count)) > 0)
		deliver_put_kind(m->config.deliver, &m->lane, NEWS_TICK);
}

static void was_asked(void *data)
{
	struct mapped *m = data;
	eventfd_t count;

	(void)eventfd_read(m->asked, &count);
	(void)pthread_mutex_lock(&m->config.list->lock);
	arm(m, true);
	(void)pthread_mutex_unlock(&m->config.list->lock);
	deliver_put_kind(m->config.deliver, &m->lane, NEWS_TICK);
}

/* ---- life ---- */

void mapped_add(struct mapped *m, struct watched_container *c)
{
	atomic_store(&c->container->wake, m->asked);
	/* The container may have been used before it came into the list. */
	if (atomic_load(&c->container->used))
		(void)eventfd_write(m->asked, 1);
}

void mapped_drop(struct watched_container *c)
{
	atomic_store(&c->container->wake, NSV_FD_NONE);
}

struct mapped *mapped_free(struct mapped *m)
{
	if (!m)
		return NULL;
	nsv_close(m->timer);
	nsv_close(m->asked);
	free(m);
	return NULL;
}

int mapped_new(const struct mapped_config *config, struct mapped **ret_mapped)
{
	struct mapped *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	m->config = *config;
	if (!m->config.rest_ms)
		m->config.rest_ms = REST_MS;
	lane_init(&m->lane, NULL, NULL);
	m->timer_source = (struct loop_source){ tick_is_due, m };
	m->asked_source = (struct loop_source){ was_asked, m };
	m->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	m->asked = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = m->timer < 0 || m->asked < 0 ? -errno : 0;
	if (r == 0)
		r = loop_add(config->loop, m->timer, EPOLLIN, &m->timer_source);
	if (r == 0)
		r = loop_add(config->loop, m->asked, EPOLLIN, &m->asked_source);
	if (r < 0)
		return mapped_free(m), r;
	*ret_mapped = m;
	return 0;
}
