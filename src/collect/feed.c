/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * feed.c - a ring between a reader and the thread that takes what was read. To wake a thread costs
 * as much as a small file, so each side wakes the other when half of the ring is full or free.
 */
#include "collect/feed.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "copy/data.h"

#define SLOTS 32U
#define MORE  8U	   /* that many wake the taker */
#define FULL  (SLOTS - 8U) /* so few are left when the reader is woken */

struct nsv_feed {
	void (*take)(struct nsv_fed *x, void *data);
	void *data;
	struct nsv_fed slots[SLOTS]; /* the Nth is in slot N % SLOTS */
	char *buffers[SLOTS];
	pthread_t thread;
	bool threaded;
	pthread_mutex_t lock; /* over all below */
	pthread_cond_t more, room;
	uint64_t pushed, taken;
	bool hurry, ending;
};

static void clear(struct nsv_fed *x)
{
	nsv_free_p(&x->reason);
	nsv_free_p(&x->path);
	nsv_free_p(&x->known);
	free((char *)x->m.link);
	nsv_xattrs_clear(&x->m.xattrs);
	nsv_close_p(&x->fd);
}

static void take_one(struct nsv_feed *f, struct nsv_fed *x)
{
	f->take(x, f->data);
	clear(x);
}

static void *work(void *data)
{
	struct nsv_feed *f = data;

	(void)pthread_mutex_lock(&f->lock);
	for (;;) {
		if (f->pushed == f->taken) {
			if (f->ending)
				break;
			f->hurry = false;
			while (!f->ending && !f->hurry && f->pushed - f->taken < MORE)
				(void)pthread_cond_wait(&f->more, &f->lock);
			continue;
		}
		(void)pthread_mutex_unlock(&f->lock);
		take_one(f, &f->slots[f->taken % SLOTS]);
		(void)pthread_mutex_lock(&f->lock);
		f->taken++;
		if (f->pushed - f->taken == FULL)
			(void)pthread_cond_signal(&f->room);
	}
	(void)pthread_mutex_unlock(&f->lock);
	return NULL;
}

int nsv_feed_new(void (*take)(struct nsv_fed *x, void *data), void *data, struct nsv_feed **ret)
{
	struct nsv_feed *f = calloc(1, sizeof(*f));
	sigset_t all, before;

	if (!f)
		return -ENOMEM;
	f->take = take;
	f->data = data;
	(void)pthread_mutex_init(&f->lock, NULL);
	(void)pthread_cond_init(&f->more, NULL);
	(void)pthread_cond_init(&f->room, NULL);
	for (unsigned i = 0; i < SLOTS; i++) {
		f->slots[i].fd = NSV_FD_NONE;
		f->buffers[i] = malloc(NSV_BUFFER);
		if (!f->buffers[i]) {
			(void)nsv_feed_free(f);
			return -ENOMEM;
		}
	}
	/* Signals are for the caller's thread, whose reads they end. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	f->threaded = pthread_create(&f->thread, NULL, work, f) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	*ret = f;
	return 0;
}

char *nsv_feed_buffer(struct nsv_feed *f)
{
	(void)pthread_mutex_lock(&f->lock);
	if (f->pushed - f->taken == SLOTS)
		while (f->pushed - f->taken > FULL)
			(void)pthread_cond_wait(&f->room, &f->lock);
	(void)pthread_mutex_unlock(&f->lock);
	return f->buffers[f->pushed % SLOTS];
}

bool nsv_feed_behind(struct nsv_feed *f)
{
	bool behind;

	(void)pthread_mutex_lock(&f->lock);
	behind = f->threaded && f->pushed - f->taken >= SLOTS / 2;
	(void)pthread_mutex_unlock(&f->lock);
	return behind;
}

void nsv_feed_push(struct nsv_feed *f, struct nsv_fed *x)
{
	struct nsv_fed *slot;

	x->ready.data = nsv_feed_buffer(f);
	slot = &f->slots[f->pushed % SLOTS];
	*slot = *x;
	slot->m.path = slot->path;
	if (!f->threaded) {
		take_one(f, slot);
		return;
	}
	(void)pthread_mutex_lock(&f->lock);
	f->pushed++;
	if (f->pushed - f->taken == MORE)
		(void)pthread_cond_signal(&f->more);
	(void)pthread_mutex_unlock(&f->lock);
}

void nsv_feed_hurry(struct nsv_feed *f)
{
	(void)pthread_mutex_lock(&f->lock);
	f->hurry = true;
	(void)pthread_cond_signal(&f->more);
	(void)pthread_mutex_unlock(&f->lock);
}

struct nsv_feed *nsv_feed_free(struct nsv_feed *f)
{
	if (!f)
		return NULL;
	(void)pthread_mutex_lock(&f->lock);
	f->ending = true;
	(void)pthread_cond_signal(&f->more);
	(void)pthread_mutex_unlock(&f->lock);
	if (f->threaded)
		(void)pthread_join(f->thread, NULL);
	for (unsigned i = 0; i < SLOTS; i++)
		free(f->buffers[i]);
	(void)pthread_mutex_destroy(&f->lock);
	(void)pthread_cond_destroy(&f->more);
	(void)pthread_cond_destroy(&f->room);
	free(f);
	return NULL;
}
