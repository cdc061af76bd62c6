/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mapped.c - when containers are scanned, on which threads, and what is forgotten then.
 *
 * Defends against: a process whose address space is locked for ever (its container's scan hangs, on
 * a thread of its own), scans that never end (that container's files are all forgotten instead).
 *
 * One lock (m->lock), a leaf. A ward is freed when it was removed and neither of its threads runs.
 */
#include "fuse/coherence/mapped.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "fuse/coherence/mapped_scan.h"
#include "fuse/coherence/recheck.h"
#include "fuse/thread.h"
#include "reach/util.h"

#define PERIOD_MS	 450
#define REST_MS		 120000 /* not asked for that long: let alone */
#define END_MS		 2000	/* for threads to end */
#define MAX_THREADS	 512
#define MAX_FILES	 65536 /* of one container, before it is doubted as a whole */
#define MAX_NAMES	 1024  /* of one file */
#define LIST_CHUNK	 256
#define RECHECK_US	 9000 /* of each round, shared by those that are looked at */
#define RECHECK_LEAST_US 500
#define THREAD_STACK	 (256UL << 10)

struct ward {
	struct ward *next;
	struct mapped *mapped;
	struct place *place;		/* counted */
	struct process_group processes; /* of the scan */
	bool unknown;			/* what its processes are */
	unsigned recheck_us;		/* of the scan's time, for recheck.h */
	uint64_t rechecked;		/* and where it goes on */
	int64_t asked;			/* when it was last seen to be */
	bool resting;
	bool scanning, doubting; /* a thread is at it */
	bool rests;		 /* the one that doubts says so */
	bool removed;
};

struct mapped {
	pthread_mutex_t lock;
	pthread_cond_t ended; /* a thread */
	pthread_t ticker;
	bool ticks; /* the ticker was started */
	struct tree *tree;
	struct mapped_hooks hooks;
	unsigned rest_ms;
	struct ward *wards;
	size_t n_wards;
	unsigned n_threads;
	int wake, end; /* eventfds: a place that was let alone is asked; the end */
};

/* Of one round. */
struct due {
	struct process_group *groups; /* of the scans */
	struct ward **scans, **doubts;
	size_t n_scans, n_doubts;
};

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- what is forgotten ---- */

static void invalidate_all(const struct mapped *m, const struct place *p)
{
	struct tree_item *items = calloc(LIST_CHUNK, sizeof(*items));
	uint64_t cursor = 0;
	bool more = items;
	size_t n;

	while (more) {
		more = tree_list(m->tree, p, &cursor, items, LIST_CHUNK, &n);
		for (size_t i = 0; i < n; i++)
			m->hooks.forget(m->hooks.data, items[i].number);
	}
	free(items);
}

static int compare(const void *a, const void *b)
{
	const struct file_id *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return x->dev < y->dev ? -1 : x->dev > y->dev;
}

/* False: there are more names than can be told one by one. */
static bool invalidate_files(const struct mapped *m, const struct place *p,
			     const struct file_set *set)
{
	nsv_autofree uint64_t *numbers = calloc(MAX_NAMES, sizeof(*numbers));

	if (!numbers)
		return false;
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
			m->hooks.forget(m->hooks.data, numbers[k]);
	}
	return true;
}

/* ---- threads of a ward ---- */

static void ward_free(struct ward *w)
{
	process_group_clear(&w->processes);
	place_put(w->place);
	free(w);
}

/* *running is the thread's own mark. */
static void thread_ended(struct ward *w, bool *running)
{
	struct mapped *m = w->mapped;
	bool last;

	(void)pthread_mutex_lock(&m->lock);
	*running = false;
	last = w->removed && !w->scanning && !w->doubting;
	(void)pthread_mutex_unlock(&m->lock);
	if (last)
		ward_free(w);
	(void)pthread_mutex_lock(&m->lock);
	m->n_threads--;
	(void)pthread_cond_broadcast(&m->ended);
	(void)pthread_mutex_unlock(&m->lock);
}

static void *scan_main(void *arg)
{
	struct ward *w = arg;
	const struct mapped *m = w->mapped;
	struct file_set set = { 0 };
	int r = w->unknown ? -EIO : 0;

	for (size_t i = 0; r == 0 && i < w->processes.n; i++)
		r = mapped_scan_process(w->place->procfs, &w->processes.processes[i], &set,
					MAX_FILES);
	if (r < 0 || !invalidate_files(m, w->place, &set))
		invalidate_all(m, w->place);
	file_set_clear(&set);
	recheck_some(m->tree, w->place, &w->rechecked, w->recheck_us, m->hooks.forget,
		     m->hooks.data);
	thread_ended(w, &w->scanning);
	return NULL;
}

static void *doubt_main(void *arg)
{
	struct ward *w = arg;
	const struct mapped_hooks *hooks = &w->mapped->hooks;

	if (w->rests && hooks->rests)
		hooks->rests(hooks->data, w->place);
	invalidate_all(w->mapped, w->place);
	thread_ended(w, &w->doubting);
	return NULL;
}

/* Without the lock; @running is set already, and w->mapped->n_threads counts it. */
static void start(struct ward *w, void *(*fn)(void *), bool *running)
{
	pthread_attr_t attr;
	pthread_t thread;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, THREAD_STACK);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (thread_start(&thread, &attr, fn, w) < 0)
		thread_ended(w, running);
	(void)pthread_attr_destroy(&attr);
}

/* ---- the ticker ---- */

/* With the lock: what is due for @w now. */
static void look(struct mapped *m, struct ward *w, int64_t now, bool *ret_scan, bool *ret_doubt)
{
	*ret_scan = *ret_doubt = false;
	if (atomic_exchange(&w->place->used, false)) {
		w->asked = now;
		w->resting = false;
	}
	if (w->resting || m->n_threads >= MAX_THREADS)
		return;
	/* Who asks from now on wakes the ticker, and what it is told then is scanned for. */
	if (now - w->asked >= m->rest_ms && !place_in_use(w->place) && !w->doubting) {
		w->resting = w->rests = true;
		*ret_doubt = true;
	} else if (w->scanning) {
		*ret_doubt = !w->doubting;
		w->rests &= !*ret_doubt;
	} else {
		*ret_scan = true;
	}
	w->scanning |= *ret_scan;
	w->doubting |= *ret_doubt;
	m->n_threads += (unsigned)*ret_scan + (unsigned)*ret_doubt;
}

/* What is due, with the lock: false where nobody is looked at. Its threads are marked as running.
 */
static bool look_at_all(struct mapped *m, struct due *due)
{
	const int64_t now = now_ms();
	bool active = false, scan, doubt;

	for (struct ward *w = m->wards; w; w = w->next) {
		look(m, w, now, &scan, &doubt);
		active |= !w->resting;
		if (doubt)
			due->doubts[due->n_doubts++] = w;
		if (!scan)
			continue;
		due->groups[due->n_scans] =
		    (struct process_group){ .mntns = w->place->mntns,
					    .pid = atomic_load(&w->place->pid) };
		due->scans[due->n_scans++] = w;
	}
	return active;
}

/* One look through all processes for all containers. False: nobody is looked at. */
static bool tick(struct mapped *m)
{
	struct due due = { 0 };
	bool active = true, unknown = false;

	(void)pthread_mutex_lock(&m->lock);
	due.groups = calloc(m->n_wards + 1, sizeof(*due.groups));
	due.scans = calloc(m->n_wards + 1, sizeof(struct ward *));
	due.doubts = calloc(m->n_wards + 1, sizeof(struct ward *));
	if (due.groups && due.scans && due.doubts)
		active = look_at_all(m, &due);
	(void)pthread_mutex_unlock(&m->lock);
	for (size_t i = 0; i < due.n_doubts; i++)
		start(due.doubts[i], doubt_main, &due.doubts[i]->doubting);
	if (due.n_scans)
		unknown =
		    mapped_find_processes(due.scans[0]->place->procfs, due.groups, due.n_scans) < 0;
	for (size_t i = 0; i < due.n_scans; i++) {
		struct ward *w = due.scans[i];

		process_group_clear(&w->processes);
		w->processes = due.groups[i];
		w->unknown = unknown;
		w->recheck_us = RECHECK_US / (unsigned)due.n_scans;
		if (w->recheck_us < RECHECK_LEAST_US)
			w->recheck_us = RECHECK_LEAST_US;
		start(w, scan_main, &w->scanning);
	}
	free(due.groups);
	free((void *)due.scans);
	free((void *)due.doubts);
	return active;
}

static void *ticker_main(void *arg)
{
	struct mapped *m = arg;
	struct pollfd fds[] = { { .fd = m->end, .events = POLLIN },
				{ .fd = m->wake, .events = POLLIN } };

	while (!fds[0].revents) {
		bool active = tick(m);
		eventfd_t count;

		/* Those that are asked again wait for the next round where there is one. */
		(void)poll(fds, active ? 1 : 2, active ? PERIOD_MS : -1);
		(void)eventfd_read(m->wake, &count);
	}
	return NULL;
}

/* ---- life ---- */

int mapped_add(struct mapped *m, struct place *p)
{
	struct ward *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	place_get(p);
	*w = (struct ward){ .mapped = m, .place = p, .resting = true };
	(void)pthread_mutex_lock(&m->lock);
	w->next = m->wards;
	m->wards = w;
	m->n_wards++;
	(void)pthread_mutex_unlock(&m->lock);
	atomic_store(&p->wake, m->wake);
	/* It may have been asked before. */
	(void)eventfd_write(m->wake, 1);
	return 0;
}

/* With the lock: out of the list. True: it is to be freed. */
static bool take_out(struct mapped *m, struct ward **at)
{
	struct ward *w = *at;

	atomic_store(&w->place->wake, NSV_FD_NONE);
	*at = w->next;
	m->n_wards--;
	w->removed = true;
	return !w->scanning && !w->doubting;
}

void mapped_remove(struct mapped *m, const struct place *p)
{
	struct ward **at, *w;
	bool idle = false;

	(void)pthread_mutex_lock(&m->lock);
	at = &m->wards;
	while (*at && (*at)->place != p)
		at = &(*at)->next;
	w = *at;
	if (w)
		idle = take_out(m, at);
	(void)pthread_mutex_unlock(&m->lock);
	if (idle)
		ward_free(w);
}

static bool threads_have_ended(struct mapped *m)
{
	struct timespec until;
	int r = 0;
	bool ended;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += END_MS / 1000;
	(void)pthread_mutex_lock(&m->lock);
	while (m->n_threads && r == 0)
		r = pthread_cond_timedwait(&m->ended, &m->lock, &until);
	ended = m->n_threads == 0;
	(void)pthread_mutex_unlock(&m->lock);
	return ended;
}

bool mapped_free(struct mapped *m)
{
	if (!m)
		return true;
	if (m->ticks) {
		(void)eventfd_write(m->end, 1);
		(void)pthread_join(m->ticker, NULL);
	}
	while (m->wards)
		mapped_remove(m, m->wards->place);
	if (!threads_have_ended(m))
		return false;
	nsv_close(m->wake);
	nsv_close(m->end);
	(void)pthread_cond_destroy(&m->ended);
	(void)pthread_mutex_destroy(&m->lock);
	free(m);
	return true;
}

int mapped_new(struct tree *tree, const struct mapped_hooks *hooks, unsigned rest_ms,
	       struct mapped **ret_mapped)
{
	struct mapped *m = calloc(1, sizeof(*m));
	pthread_condattr_t attr;
	int r;

	if (!m)
		return -ENOMEM;
	m->tree = tree;
	m->hooks = *hooks;
	m->rest_ms = rest_ms ? rest_ms : REST_MS;
	(void)pthread_mutex_init(&m->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&m->ended, &attr);
	(void)pthread_condattr_destroy(&attr);
	m->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	m->end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = m->wake < 0 || m->end < 0 ? -errno : 0;
	if (r == 0)
		r = thread_start(&m->ticker, NULL, ticker_main, m);
	m->ticks = r == 0;
	if (r < 0) {
		(void)mapped_free(m);
		return r;
	}
	*ret_mapped = m;
	return 0;
}
