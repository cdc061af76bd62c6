/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deliver.c - lanes of news, and the threads that deliver them.
 *
 * Defends against: a container that hangs (it blocks its lanes, and one thread for each); a
 * container that makes news without end (a lane is bounded, and lets other lanes run after a
 * while).
 *
 * One lock (d->lock) protects all lanes. It is released around the callback.
 */
#include "fuse/coherence/deliver.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

#include "fuse/coherence/loop.h"
#include "fuse/containers/container.h"
#include "reach/clock.h"
#include "reach/thread.h"
#include "reach/util.h"

#define ITEMS_MAX    4096 /* waiting items in a lane */
#define TURN	     64	  /* items delivered in a row, before other lanes have their turn */
#define IDLE_MS	     5000
#define END_MS	     2000
#define RETRY_MS     100 /* until the next attempt to start a thread */
#define THREAD_STACK (256UL << 10)

struct news_item {
	struct news_item *next;
	struct news news;
	char name[];
};

struct deliver {
	pthread_mutex_t lock;
	pthread_cond_t work; /* a lane is ready, or the end */
	pthread_cond_t gone; /* the last thread has ended */
	deliver_fn fn;
	void *data;
	struct lane *first_ready, **last_ready;
	unsigned n_ready, n_threads, n_idle, max_threads;
	bool ending;
	int retry; /* timerfd, armed if a thread could not be started */
	struct loop_source retry_source;
};

/* ---- one lane ---- */

void lane_init(struct lane *lane, struct container *container, void *of)
{
	*lane = (struct lane){ .container = container, .of = of };
	lane->last = &lane->first;
}

/* Whether NEWS_ALL includes this news. */
static bool is_detail(const struct news *news)
{
	return news->kind == NEWS_CHANGE || news->kind == NEWS_FOLDER;
}

static struct news_item **recent_slot(struct lane *lane, const struct news *news)
{
	uint64_t hash = news->dir * 0x9e3779b97f4a7c15ULL ^ news->mask ^ (uint64_t)news->kind << 40;

	for (const char *s = news->name; s && *s; s++)
		hash = (hash ^ (unsigned char)*s) * 0x100000001b3ULL;
	return &lane->recent[(hash >> 32 ^ hash) % LANE_RECENT];
}

static bool is_same(const struct news *a, const struct news *b)
{
	return a->kind == b->kind && a->dir == b->dir && a->mask == b->mask &&
	       !a->name == !b->name && (!a->name || strcmp(a->name, b->name) == 0);
}

static bool has_news(const struct lane *lane)
{
	return lane->due || lane->first;
}

static void take_out(struct lane *lane, struct news_item **at)
{
	struct news_item *item = *at;
	struct news_item **slot = recent_slot(lane, &item->news);

	*at = item->next;
	if (lane->last == &item->next)
		lane->last = at;
	if (*slot == item)
		*slot = NULL;
	lane->n_items -= is_detail(&item->news);
}

static void drop_items(struct lane *lane, bool (*wanted)(const struct news *news))
{
	struct news_item **p = &lane->first;

	while (*p) {
		struct news_item *item = *p;

		if (wanted && !wanted(&item->news)) {
			p = &item->next;
			continue;
		}
		take_out(lane, p);
		free(item);
	}
}

/*
 * Too many items, or no memory. NEWS_MOUNTS is delivered first, because new answers come from the
 * table of mounts.
 */
static void overflow(struct lane *lane)
{
	lane->due |= 1U << NEWS_MOUNTS | 1U << NEWS_ALL;
	drop_items(lane, is_detail);
}

static void add(struct lane *lane, const struct news *news)
{
	size_t size = news->name ? strlen(news->name) + 1 : 0;
	struct news_item **slot = recent_slot(lane, news), *item;

	if (news->kind == NEWS_ALL || (is_detail(news) && lane->n_items >= ITEMS_MAX)) {
		overflow(lane);
		return;
	}
	if (news->kind < NEWS_CHANGE) {
		lane->due |= 1U << news->kind;
		return;
	}
	/* The same news waits already: its delivery comes after this change, too. */
	if ((*slot && is_same(&(*slot)->news, news)) ||
	    (lane->due & 1U << NEWS_ALL && is_detail(news)))
		return;
	item = malloc(sizeof(*item) + size);
	if (!item) {
		overflow(lane);
		return;
	}
	item->next = NULL;
	item->news = *news;
	if (news->name)
		item->news.name = memcpy(item->name, news->name, size);
	*slot = item;
	*lane->last = item;
	lane->last = &item->next;
	lane->n_items += is_detail(news);
}

/* ---- threads ---- */

static void make_ready(struct deliver *d, struct lane *lane)
{
	lane->ready = true;
	lane->next_ready = NULL;
	*d->last_ready = lane;
	d->last_ready = &lane->next_ready;
	d->n_ready++;
}

static struct lane *next_ready(struct deliver *d)
{
	struct lane *lane = d->first_ready;

	d->first_ready = lane->next_ready;
	if (!d->first_ready)
		d->last_ready = &d->first_ready;
	lane->ready = false;
	d->n_ready--;
	return lane;
}

/* Delivers one piece of news. Releases the lock during the callback. */
static void bring(struct deliver *d, struct lane *lane)
{
	struct news whole = { 0 };
	struct news_item *item = NULL;

	if (lane->due) {
		whole.kind = (enum news_kind)__builtin_ctz(lane->due);
		lane->due &= lane->due - 1;
	} else {
		item = lane->first;
		take_out(lane, &lane->first);
	}
	(void)pthread_mutex_unlock(&d->lock);
	d->fn(d->data, lane, item ? &item->news : &whole);
	free(item);
	(void)pthread_mutex_lock(&d->lock);
}

/* Called with the lock held, and returns without it: container_put() may free the lane. */
static void serve(struct deliver *d, struct lane *lane)
{
	struct container *container = NULL;

	lane->busy = true;
	for (unsigned i = 0; i < TURN && has_news(lane) && !d->ending; i++)
		bring(d, lane);
	lane->busy = false;
	if (has_news(lane))
		make_ready(d, lane);
	else
		container = lane->container;
	(void)pthread_mutex_unlock(&d->lock);
	container_put(container);
}

/*
 * True: there is work. False: there was none for long, or delivery ends. A thread counts as idle
 * from before it waits; a new thread from its start.
 */
static bool wait_for_work(struct deliver *d)
{
	const struct timespec until = nsv_in_ms(IDLE_MS);
	int r = 0;

	while (!d->first_ready && !d->ending && (r != ETIMEDOUT || d->n_threads == 1)) {
		if (d->n_threads == 1)
			r = pthread_cond_wait(&d->work, &d->lock);
		else
			r = pthread_cond_timedwait(&d->work, &d->lock, &until);
	}
	d->n_idle--;
	return d->first_ready && !d->ending;
}

static void *thread_main(void *arg)
{
	struct deliver *d = arg;

	(void)pthread_setname_np(pthread_self(), "nsviewd-deliver");
	(void)pthread_mutex_lock(&d->lock);
	while (wait_for_work(d)) {
		serve(d, next_ready(d));
		(void)pthread_mutex_lock(&d->lock);
		d->n_idle++;
	}
	if (--d->n_threads == 0)
		(void)pthread_cond_broadcast(&d->gone);
	(void)pthread_mutex_unlock(&d->lock);
	return NULL;
}

static int add_thread(struct deliver *d)
{
	int r = nsv_thread_start(NULL, THREAD_STACK, thread_main, d);

	if (r < 0)
		return r;
	d->n_threads++;
	d->n_idle++;
	return 0;
}

/*
 * Provides a thread for each ready lane. A thread that was woken still counts as idle, and its
 * lane as ready. If no thread can be started, a timer tries again, because all existing ones may
 * hang.
 */
static void call_thread(struct deliver *d)
{
	const struct itimerspec soon = { .it_value.tv_nsec = RETRY_MS * 1000000L };

	if (d->n_ready == 0)
		return;
	if (d->n_ready > d->n_idle && d->n_threads < d->max_threads && add_thread(d) < 0)
		(void)timerfd_settime(d->retry, 0, &soon, NULL);
	(void)pthread_cond_signal(&d->work);
}

static void retry(void *data)
{
	struct deliver *d = data;
	uint64_t count;

	(void)pthread_mutex_lock(&d->lock);
	if (read(d->retry, &count, sizeof(count)) > 0 && !d->ending)
		call_thread(d);
	(void)pthread_mutex_unlock(&d->lock);
}

/* ---- public calls ---- */

void deliver_put(struct deliver *d, struct lane *lane, const struct news *news)
{
	(void)pthread_mutex_lock(&d->lock);
	if (!d->ending) {
		add(lane, news);
		if (!lane->busy && !lane->ready) {
			if (lane->container)
				container_get(lane->container);
			make_ready(d, lane);
			call_thread(d);
		}
	}
	(void)pthread_mutex_unlock(&d->lock);
}

void deliver_put_kind(struct deliver *d, struct lane *lane, enum news_kind kind)
{
	const struct news news = { .kind = kind };

	deliver_put(d, lane, &news);
}

void deliver_drop(struct deliver *d, struct lane *lane)
{
	(void)pthread_mutex_lock(&d->lock);
	drop_items(lane, NULL);
	lane->due = 0;
	(void)pthread_mutex_unlock(&d->lock);
}

bool deliver_is_done(struct deliver *d, const struct lane *lane)
{
	bool done;

	(void)pthread_mutex_lock(&d->lock);
	done = !lane->busy && !has_news(lane);
	(void)pthread_mutex_unlock(&d->lock);
	return done;
}

unsigned deliver_threads(struct deliver *d)
{
	unsigned n;

	(void)pthread_mutex_lock(&d->lock);
	n = d->n_threads;
	(void)pthread_mutex_unlock(&d->lock);
	return n;
}

bool deliver_stop(struct deliver *d)
{
	const struct timespec until = nsv_in_ms(END_MS);
	bool ended;
	int r = 0;

	(void)pthread_mutex_lock(&d->lock);
	d->ending = true;
	(void)pthread_cond_broadcast(&d->work);
	while (d->n_threads > 0 && r == 0)
		r = pthread_cond_timedwait(&d->gone, &d->lock, &until);
	ended = d->n_threads == 0;
	(void)pthread_mutex_unlock(&d->lock);
	return ended;
}

struct deliver *deliver_free(struct deliver *d)
{
	if (!d)
		return NULL;
	while (d->first_ready) {
		struct lane *lane = next_ready(d);

		drop_items(lane, NULL);
		container_put(lane->container);
	}
	nsv_close(d->retry);
	(void)pthread_cond_destroy(&d->work);
	(void)pthread_cond_destroy(&d->gone);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
	return NULL;
}

int deliver_new(struct loop *loop, deliver_fn fn, void *data, unsigned max_threads,
		struct deliver **ret_deliver)
{
	struct deliver *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	d->fn = fn;
	d->data = data;
	d->max_threads = max_threads ? max_threads : 1;
	d->last_ready = &d->first_ready;
	d->retry_source = (struct loop_source){ retry, d };
	(void)pthread_mutex_init(&d->lock, NULL);
	nsv_cond_init(&d->work);
	nsv_cond_init(&d->gone);
	d->retry = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	r = d->retry < 0 ? -errno : loop_add(loop, d->retry, EPOLLIN, &d->retry_source);
	if (r == 0) {
		(void)pthread_mutex_lock(&d->lock);
		r = add_thread(d);
		(void)pthread_mutex_unlock(&d->lock);
	}
	if (r < 0)
		return deliver_free(d), r;
	*ret_deliver = d;
	return 0;
}
