/* SPDX-License-Identifier: GPL-2.0-or-later */
/* news_box.c - keeps delivered news in a list, with a lock and a condition to wait for more. */
#include "news_box.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reach/util.h"

#define PATIENCE_SECONDS 10

#define MAX_RECORDS 8

struct kept {
	struct kept *next;
	struct news news;
	uint64_t group;
	char name[256];
};

struct news_box {
	pthread_mutex_t lock;
	pthread_cond_t came;
	struct kept *first;
	struct watched_container *records[MAX_RECORDS];
};

struct news_box *news_box_new(void)
{
	struct news_box *box = calloc(1, sizeof(*box));

	if (!box)
		abort();
	(void)pthread_mutex_init(&box->lock, NULL);
	(void)pthread_cond_init(&box->came, NULL);
	return box;
}

void news_box_clear(struct news_box *box)
{
	(void)pthread_mutex_lock(&box->lock);
	while (box->first) {
		struct kept *k = box->first;

		box->first = k->next;
		free(k);
	}
	(void)pthread_mutex_unlock(&box->lock);
}

struct news_box *news_box_free(struct news_box *box)
{
	news_box_clear(box);
	for (unsigned i = 0; i < MAX_RECORDS; i++)
		if (box->records[i])
			record_put(box->records[i]);
	(void)pthread_mutex_destroy(&box->lock);
	(void)pthread_cond_destroy(&box->came);
	free(box);
	return NULL;
}

struct watched_container *news_box_record(struct news_box *box, uint64_t group)
{
	if (group >= MAX_RECORDS)
		abort();
	if (!box->records[group])
		box->records[group] = record_new(group);
	return box->records[group];
}

void news_box_take(void *data, struct lane *lane, const struct news *news)
{
	struct news_box *box = data;
	struct kept *k = calloc(1, sizeof(*k));

	if (!k)
		abort();
	k->news = *news;
	k->group = record_serial(lane);
	if (news->name)
		(void)strncpy(k->name, news->name, sizeof(k->name) - 1);
	(void)pthread_mutex_lock(&box->lock);
	k->next = box->first;
	box->first = k;
	(void)pthread_cond_broadcast(&box->came);
	(void)pthread_mutex_unlock(&box->lock);
}

static bool look(struct news_box *box, uint64_t group, const struct news *wanted)
{
	for (const struct kept *k = box->first; k; k = k->next)
		if (k->news.kind == wanted->kind && k->group == group &&
		    k->news.dir == wanted->dir &&
		    (!wanted->mask || (k->news.mask & wanted->mask)) &&
		    (!wanted->name || strcmp(k->name, wanted->name) == 0))
			return true;
	return false;
}

static bool look_until(struct news_box *box, uint64_t group, const struct news *wanted, int seconds)
{
	struct timespec until;
	bool found;
	int r = 0;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	(void)pthread_mutex_lock(&box->lock);
	while (!(found = look(box, group, wanted)) && seconds > 0 && r == 0)
		r = pthread_cond_timedwait(&box->came, &box->lock, &until);
	(void)pthread_mutex_unlock(&box->lock);
	return found;
}

bool news_box_wait(struct news_box *box, enum news_kind kind, uint64_t group, uint64_t dir,
		   uint32_t mask, const char *name)
{
	const struct news wanted = { kind, mask, dir, name };

	static _Atomic bool in_vain;
	bool found = look_until(box, group, &wanted, in_vain ? 1 : PATIENCE_SECONDS);

	/* The test has failed: it should end soon. */
	in_vain |= !found;
	return found;
}

bool news_box_has(struct news_box *box, enum news_kind kind, uint64_t group, uint64_t dir,
		  uint32_t mask, const char *name)
{
	const struct news wanted = { kind, mask, dir, name };

	return look_until(box, group, &wanted, 0);
}
