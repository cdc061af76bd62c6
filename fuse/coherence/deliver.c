/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deliver.c - queues of news by container, and the threads that bring them.
 *
 * Defends against a container that hangs (its queue stands still, and one thread with it) and one
 * that makes news without end (its queue is bounded).
 *
 * One lock (d->lock) over all queues; a thread gives it up around the callback. A queue is "ready"
 * when it has news and no thread is at it.
 */
#include "fuse/coherence/deliver.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuse/thread.h"
#include "reach/util.h"

#define QUEUE_MAX    4096 /* news of one container that wait */
#define RECENT	     64
#define TURN	     64 /* of them at once, before other containers have their turn */
#define IDLE_SECONDS 5
#define THREAD_STACK (256UL << 10)
#define BUCKETS	     64

struct item {
	struct item *next;
	struct news news;
	char name[];
};

struct queue {
	struct queue *next;	  /* in its bucket */
	struct queue *next_ready; /* where ready */
	uint64_t group;
	struct item *first, **last;
	unsigned n_items;
	struct item *recent[RECENT]; /* that wait: the same once more is nothing new */
	bool mounts;		     /* NEWS_MOUNTS is due, before all else */
	bool all;		     /* NEWS_ALL is due, before the items */
	bool busy;		     /* a thread is at it */
	bool ready;
};

struct deliver {
	pthread_mutex_t lock;
	pthread_cond_t work; /* a queue is ready, or the end */
	pthread_cond_t gone; /* the last thread left */
	deliver_fn fn;
	void *data;
	struct queue *buckets[BUCKETS];
	struct queue *first_ready, **last_ready;
	unsigned n_ready, n_threads, n_idle, max_threads;
	bool ending;
};

/* What NEWS_ALL says too. */
static bool is_detail(const struct news *news)
{
	return news->kind == NEWS_CHANGE || news->kind == NEWS_FOLDER;
}

static struct item **recent_slot(struct queue *q, const struct news *news)
{
	uint64_t hash = news->dir * 0x9e3779b97f4a7c15ULL ^ news->mask ^ (uint64_t)news->kind << 40;

	for (const char *s = news->name; s && *s; s++)
		hash = (hash ^ (unsigned char)*s) * 0x100000001b3ULL;
	return &q->recent[(hash >> 32 ^ hash) % RECENT];
}

static bool is_same(const struct news *a, const struct news *b)
{
	return a->kind == b->kind && a->dir == b->dir && a->mask == b->mask &&
	       !a->name == !b->name && (!a->name || strcmp(a->name, b->name) == 0);
}

/* An item leaves the queue. */
static void unlist(struct queue *q, struct item *item)
{
	struct item **slot = recent_slot(q, &item->news);

	if (*slot == item)
		*slot = NULL;
	q->n_items -= is_detail(&item->news);
}

static struct queue **queue_place(struct deliver *d, uint64_t group)
{
	struct queue **p = &d->buckets[(group ^ (group >> 17)) % BUCKETS];

	while (*p && (*p)->group != group)
		p = &(*p)->next;
	return p;
}

static void queue_clear(struct queue *q)
{
	while (q->first) {
		struct item *item = q->first;

		q->first = item->next;
		unlist(q, item);
		free(item);
	}
	q->last = &q->first;
}

/* Empty queues go; the next news makes a new one. */
static void queue_drop(struct deliver *d, struct queue *q)
{
	struct queue **p = queue_place(d, q->group);

	*p = q->next;
	queue_clear(q);
	free(q);
}

static bool queue_has_news(const struct queue *q)
{
	return q->mounts || q->all || q->first;
}

static void queue_make_ready(struct deliver *d, struct queue *q)
{
	if (q->busy || q->ready || !queue_has_news(q))
		return;
	q->ready = true;
	q->next_ready = NULL;
	*d->last_ready = q;
	d->last_ready = &q->next_ready;
	d->n_ready++;
}

static struct queue *next_ready(struct deliver *d)
{
	struct queue *q = d->first_ready;

	if (!q)
		return NULL;
	d->first_ready = q->next_ready;
	if (!d->first_ready)
		d->last_ready = &d->first_ready;
	q->ready = false;
	d->n_ready--;
	return q;
}

/* One piece of news, the lock given up meanwhile. */
static void bring(struct deliver *d, struct queue *q)
{
	struct news whole = { .kind = q->mounts ? NEWS_MOUNTS : NEWS_ALL, .group = q->group };
	struct item *item = NULL;

	if (q->mounts) {
		q->mounts = false;
	} else if (q->all) {
		q->all = false;
	} else {
		item = q->first;
		q->first = item->next;
		if (!q->first)
			q->last = &q->first;
		unlist(q, item);
	}
	(void)pthread_mutex_unlock(&d->lock);
	d->fn(d->data, item ? &item->news : &whole);
	free(item);
	(void)pthread_mutex_lock(&d->lock);
}

/*
 * True when there is work, false when there was none for long, or at the end. Who waits counts as
 * idle from before it waits: a new thread from when it was made.
 */
static bool wait_for_work(struct deliver *d)
{
	struct timespec until;
	int r = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += IDLE_SECONDS;
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
	struct queue *q;

	(void)pthread_mutex_lock(&d->lock);
	while (wait_for_work(d)) {
		q = next_ready(d);
		q->busy = true;
		for (unsigned i = 0; i < TURN && queue_has_news(q) && !d->ending; i++)
			bring(d, q);
		q->busy = false;
		if (queue_has_news(q))
			queue_make_ready(d, q);
		else
			queue_drop(d, q);
		d->n_idle++;
	}
	if (--d->n_threads == 0)
		(void)pthread_cond_broadcast(&d->gone);
	(void)pthread_mutex_unlock(&d->lock);
	return NULL;
}

static int add_thread(struct deliver *d)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, THREAD_STACK);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	r = thread_start(&thread, &attr, thread_main, d);
	(void)pthread_attr_destroy(&attr);
	if (r < 0)
		return r;
	d->n_threads++;
	d->n_idle++;
	return 0;
}

/*
 * A thread for each ready queue. One that was woken still counts as idle, and the queue that it
 * will take as ready. That none can be made is a delay only, while there is one.
 */
static void call_thread(struct deliver *d)
{
	if (d->n_ready == 0)
		return;
	if (d->n_ready > d->n_idle && d->n_threads < d->max_threads)
		(void)add_thread(d);
	(void)pthread_cond_signal(&d->work);
}

static struct queue *queue_get(struct deliver *d, uint64_t group)
{
	struct queue **p = queue_place(d, group);

	if (!*p) {
		struct queue *q = calloc(1, sizeof(*q));

		if (!q)
			return NULL;
		q->group = group;
		q->last = &q->first;
		*p = q;
	}
	return *p;
}

/*
 * There is too much to tell one by one. What only happens once each stays. The mounts first: what
 * is asked for again is answered from their table.
 */
static void queue_overflow(struct queue *q)
{
	struct item **p = &q->first;

	q->mounts = true;
	q->all = true;
	while (*p) {
		struct item *item = *p;

		if (is_detail(&item->news)) {
			*p = item->next;
			unlist(q, item);
			free(item);
		} else {
			p = &item->next;
		}
	}
	q->last = p;
}

static void queue_add(struct queue *q, const struct news *news)
{
	size_t size = news->name ? strlen(news->name) + 1 : 0;
	struct item **slot = recent_slot(q, news), *item;

	if (news->kind == NEWS_MOUNTS) {
		q->mounts = true;
		return;
	}
	/* What waits will be looked at after this too. */
	if ((*slot && is_same(&(*slot)->news, news)) || (q->all && is_detail(news)))
		return;
	if (news->kind == NEWS_ALL || (is_detail(news) && q->n_items >= QUEUE_MAX)) {
		queue_overflow(q);
		return;
	}
	item = malloc(sizeof(*item) + size);
	if (!item) {
		queue_overflow(q);
		return;
	}
	item->next = NULL;
	item->news = *news;
	if (news->name)
		item->news.name = memcpy(item->name, news->name, size);
	*slot = item;
	*q->last = item;
	q->last = &item->next;
	q->n_items += is_detail(news);
}

void deliver_put(struct deliver *d, const struct news *news)
{
	struct queue *q;

	(void)pthread_mutex_lock(&d->lock);
	q = d->ending ? NULL : queue_get(d, news->group);
	if (q) {
		queue_add(q, news);
		queue_make_ready(d, q);
		call_thread(d);
	}
	(void)pthread_mutex_unlock(&d->lock);
}

void deliver_drop(struct deliver *d, uint64_t group)
{
	struct queue *q;

	(void)pthread_mutex_lock(&d->lock);
	q = *queue_place(d, group);
	if (q) {
		queue_clear(q);
		q->mounts = false;
		q->all = false;
	}
	(void)pthread_mutex_unlock(&d->lock);
}

unsigned deliver_threads(struct deliver *d)
{
	unsigned n;

	(void)pthread_mutex_lock(&d->lock);
	n = d->n_threads;
	(void)pthread_mutex_unlock(&d->lock);
	return n;
}

void deliver_stop(struct deliver *d)
{
	(void)pthread_mutex_lock(&d->lock);
	d->ending = true;
	(void)pthread_cond_broadcast(&d->work);
	while (d->n_threads > 0)
		(void)pthread_cond_wait(&d->gone, &d->lock);
	(void)pthread_mutex_unlock(&d->lock);
}

struct deliver *deliver_free(struct deliver *d)
{
	if (!d)
		return NULL;
	deliver_stop(d);
	for (size_t i = 0; i < BUCKETS; i++)
		while (d->buckets[i])
			queue_drop(d, d->buckets[i]);
	(void)pthread_cond_destroy(&d->work);
	(void)pthread_cond_destroy(&d->gone);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
	return NULL;
}

int deliver_new(deliver_fn fn, void *data, unsigned max_threads, struct deliver **ret_deliver)
{
	struct deliver *d = calloc(1, sizeof(*d));
	pthread_condattr_t attr;
	int r;

	if (!d)
		return -ENOMEM;
	d->fn = fn;
	d->data = data;
	d->max_threads = max_threads ? max_threads : 1;
	d->last_ready = &d->first_ready;
	(void)pthread_mutex_init(&d->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&d->work, &attr);
	(void)pthread_cond_init(&d->gone, NULL);
	(void)pthread_condattr_destroy(&attr);
	(void)pthread_mutex_lock(&d->lock);
	r = add_thread(d);
	(void)pthread_mutex_unlock(&d->lock);
	if (r < 0) {
		deliver_free(d);
		return r;
	}
	*ret_deliver = d;
	return 0;
}
