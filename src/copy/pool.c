/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pool.c - threads that copy the items of a bounded queue. One lock, around the queue; the report
 * and link locks are never taken with it.
 */
#include "pool.h"

#include <limits.h>

#include "creds.h"
#include "reach/thread.h"

#define STACK ((size_t)256 * 1024)

struct nsv_pool {
	struct nsv_copy *c;
	pthread_mutex_t lock;
	pthread_cond_t work; /* an item is queued, or the pool ends */
	pthread_cond_t idle; /* an item is done */
	struct nsv_item **ring;
	unsigned size, head, queued, busy, waiting;
	bool end, started;
	struct nsv_worker own;
	struct nsv_worker *workers; /* one for each thread */
	pthread_t *threads;
	unsigned n_wanted, n_threads;
};

int nsv_pool_new(struct nsv_copy *c, unsigned threads, unsigned queue, struct nsv_pool **ret)
{
	struct nsv_pool *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->c = c;
	p->size = queue ? queue : 1;
	p->n_wanted = threads ? threads - 1 : 0;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->work, NULL);
	(void)pthread_cond_init(&p->idle, NULL);
	p->ring = calloc(p->size, sizeof(struct nsv_item *));
	p->workers = calloc(p->n_wanted + 1, sizeof(*p->workers));
	p->threads = calloc(p->n_wanted + 1, sizeof(*p->threads));
	if (!p->ring || !p->workers || !p->threads || nsv_worker_init(&p->own, c) < 0) {
		(void)nsv_pool_free(p);
		return -ENOMEM;
	}
	*ret = p;
	return 0;
}

static void work_at(struct nsv_worker *w, struct nsv_item *item)
{
	struct nsv_dir *dir = item->dir;

	if (nsv_stopped(w->c) == 0)
		nsv_item_copy(w, item);
	nsv_close(item->pathfd);
	free(item);
	nsv_dir_drop(dir);
}

/* Call with the lock held; the lock is released while the item is copied. */
static void work_at_next(struct nsv_pool *p, struct nsv_worker *w)
{
	struct nsv_item *item = p->ring[p->head];

	p->head = (p->head + 1) % p->size;
	p->queued--;
	p->busy++;
	(void)pthread_mutex_unlock(&p->lock);
	work_at(w, item);
	(void)pthread_mutex_lock(&p->lock);
	p->busy--;
	(void)pthread_cond_broadcast(&p->idle);
}

static void *thread_main(void *arg)
{
	struct nsv_worker *w = arg;
	struct nsv_pool *p = w->c->pool;

	(void)nsv_creds_take(p->c); /* until the thread ends */
	(void)pthread_mutex_lock(&p->lock);
	while (!p->end || p->queued) {
		if (p->queued) {
			work_at_next(p, w);
			continue;
		}
		p->waiting++;
		(void)pthread_cond_wait(&p->work, &p->lock);
		p->waiting--;
	}
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Blocks signals in the threads, so that the caller's own thread gets them. A thread that fails to
 * start is no failure of the run. */
static void start_threads(struct nsv_pool *p)
{
	p->started = true;
	while (p->n_threads < p->n_wanted) {
		struct nsv_worker *w = &p->workers[p->n_threads];

		if (nsv_worker_init(w, p->c) < 0 ||
		    nsv_thread_start(&p->threads[p->n_threads], STACK, thread_main, w) < 0) {
			nsv_worker_clear(w);
			break;
		}
		p->n_threads++;
	}
}

void nsv_pool_put(struct nsv_pool *p, struct nsv_item *item)
{
	if (!p->started)
		start_threads(p);
	if (p->n_threads == 0) {
		work_at(&p->own, item);
		return;
	}
	(void)pthread_mutex_lock(&p->lock);
	if (p->queued == p->size) {
		(void)pthread_mutex_unlock(&p->lock);
		work_at(&p->own, item);
		return;
	}
	p->ring[(p->head + p->queued) % p->size] = item;
	p->queued++;
	if (p->waiting)
		(void)pthread_cond_signal(&p->work);
	(void)pthread_mutex_unlock(&p->lock);
}

void nsv_pool_drain(struct nsv_pool *p)
{
	(void)pthread_mutex_lock(&p->lock);
	while (p->queued || p->busy) {
		if (p->queued)
			work_at_next(p, &p->own);
		else
			(void)pthread_cond_wait(&p->idle, &p->lock);
	}
	(void)pthread_mutex_unlock(&p->lock);
}

void nsv_pool_settle(struct nsv_pool *p, struct nsv_dir *dir)
{
	if (atomic_load(&dir->users) == 1)
		return;
	(void)pthread_mutex_lock(&p->lock);
	while (atomic_load(&dir->users) > 1) {
		if (p->queued)
			work_at_next(p, &p->own);
		else if (p->busy)
			(void)pthread_cond_wait(&p->idle, &p->lock);
		else
			break;
	}
	(void)pthread_mutex_unlock(&p->lock);
}

struct nsv_worker *nsv_pool_worker(struct nsv_pool *p)
{
	return &p->own;
}

struct nsv_pool *nsv_pool_free(struct nsv_pool *p)
{
	if (!p)
		return NULL;
	(void)pthread_mutex_lock(&p->lock);
	p->end = true;
	(void)pthread_cond_broadcast(&p->work);
	(void)pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_threads; i++) {
		(void)pthread_join(p->threads[i], NULL);
		nsv_worker_clear(&p->workers[i]);
	}
	nsv_worker_clear(&p->own);
	(void)pthread_cond_destroy(&p->idle);
	(void)pthread_cond_destroy(&p->work);
	(void)pthread_mutex_destroy(&p->lock);
	free(p->ring);
	free(p->workers);
	free(p->threads);
	free(p);
	return NULL;
}
