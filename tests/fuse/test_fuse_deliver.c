/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_fuse_deliver.c - news comes in order, and one container's waits for no other's. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "fixtures/skip.h"
#include "fuse/coherence/deliver.h"
#include "reach/util.h"

#define HUNG_GROUPS 20

struct seen {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool open;	 /* callbacks of the hung groups may go on */
	unsigned n_hung; /* of them are in their callback */
	unsigned n_changes, n_all, n_lost, n_mounts;
	unsigned next; /* the name that has to come */
	bool order_broken;
	bool mounts_late; /* NEWS_ALL came, and not just before it NEWS_MOUNTS */
	enum news_kind last;
};

static void init(struct seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	(void)pthread_mutex_init(&seen->lock, NULL);
	(void)pthread_cond_init(&seen->cond, NULL);
}

/* Groups from 1000 on hang until they may go on. */
static void take(void *data, const struct news *news)
{
	struct seen *seen = data;

	(void)pthread_mutex_lock(&seen->lock);
	if (news->group >= 1000) {
		seen->n_hung++;
		(void)pthread_cond_broadcast(&seen->cond);
		while (!seen->open)
			(void)pthread_cond_wait(&seen->cond, &seen->lock);
		seen->n_hung--;
	}
	switch (news->kind) {
	case NEWS_CHANGE:
		if (news->group == 1 && strtoul(news->name, NULL, 10) != seen->next++)
			seen->order_broken = true;
		seen->n_changes++;
		break;
	case NEWS_ALL:
		seen->n_all++;
		seen->mounts_late |= seen->last != NEWS_MOUNTS;
		break;
	case NEWS_LOST:
		seen->n_lost++;
		break;
	default:
		seen->n_mounts++;
	}
	seen->last = news->kind;
	(void)pthread_cond_broadcast(&seen->cond);
	(void)pthread_mutex_unlock(&seen->lock);
}

static void wait_until(struct seen *seen, const unsigned *n, unsigned value)
{
	(void)pthread_mutex_lock(&seen->lock);
	while (*n < value)
		(void)pthread_cond_wait(&seen->cond, &seen->lock);
	(void)pthread_mutex_unlock(&seen->lock);
}

static void let_go(struct seen *seen)
{
	(void)pthread_mutex_lock(&seen->lock);
	seen->open = true;
	(void)pthread_cond_broadcast(&seen->cond);
	(void)pthread_mutex_unlock(&seen->lock);
}

static void put_numbers(struct deliver *d, uint64_t group, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		char name[16];
		struct news news = { .kind = NEWS_CHANGE, .group = group, .mask = IN_CREATE };

		(void)snprintf(name, sizeof(name), "%u", i);
		news.name = name;
		deliver_put(d, &news);
		memset(name, 'x', sizeof(name) - 1);
	}
}

static void one_containers_news_comes_in_order(void **state)
{
	struct deliver *d;
	struct seen seen;

	init(&seen);
	assert_int_equal(deliver_new(take, &seen, 8, &d), 0);
	for (unsigned i = 0; i < 20; i++) {
		put_numbers(d, 1, i * 1000, (i + 1) * 1000);
		put_numbers(d, 2, 0, 10);
		wait_until(&seen, &seen.n_changes, (i + 1) * 1010);
	}
	d = deliver_free(d);
	assert_null(d);
	assert_false(seen.order_broken);
	assert_int_equal(seen.n_all, 0);
}

static void hung_containers_delay_no_other(void **state)
{
	struct deliver *d;
	struct seen seen;

	init(&seen);
	assert_int_equal(deliver_new(take, &seen, HUNG_GROUPS + 1, &d), 0);
	for (unsigned i = 0; i < HUNG_GROUPS; i++)
		put_numbers(d, 1000 + i, 0, 3);
	put_numbers(d, 1, 0, 100);
	wait_until(&seen, &seen.n_changes, 100);
	wait_until(&seen, &seen.n_hung, HUNG_GROUPS);
	assert_int_equal(seen.n_changes, 100);
	assert_in_range(deliver_threads(d), HUNG_GROUPS, HUNG_GROUPS + 1);
	let_go(&seen);
	wait_until(&seen, &seen.n_changes, 100 + 3 * HUNG_GROUPS);
	d = deliver_free(d);
	assert_false(seen.order_broken);
}

static void too_much_becomes_all(void **state)
{
	struct news lost = { .kind = NEWS_LOST, .group = 1000, .dir = 7 };
	struct deliver *d;
	struct seen seen;

	init(&seen);
	assert_int_equal(deliver_new(take, &seen, 4, &d), 0);
	deliver_put(d, &lost);
	wait_until(&seen, &seen.n_hung, 1);
	deliver_put(d, &lost);
	put_numbers(d, 1000, 0, 100000);
	deliver_put(d, &lost);
	let_go(&seen);
	wait_until(&seen, &seen.n_lost, 3);
	d = deliver_free(d);
	assert_int_equal(seen.n_all, 1);
	assert_in_range(seen.n_changes, 0, 4096);
	/* Whatever was dropped: what is asked for again is answered from the table of mounts. */
	assert_int_equal(seen.n_mounts, 1);
	assert_false(seen.mounts_late);
}

/* Waiting before as after there was too much, and with no more than one other piece of news. */
static void mounts_are_told_whatever_is_dropped(void **state)
{
	struct news mounts = { .kind = NEWS_MOUNTS, .group = 1000 };
	struct news lost = { .kind = NEWS_LOST, .group = 1000, .dir = 7 };
	struct news all = { .kind = NEWS_ALL, .group = 1000 };
	const struct news *before[] = { &mounts, &all }, *after[] = { &all, &mounts };

	for (unsigned i = 0; i < NSV_ARRAY_SIZE(before); i++) {
		struct deliver *d;
		struct seen seen;

		init(&seen);
		assert_int_equal(deliver_new(take, &seen, 4, &d), 0);
		deliver_put(d, &lost);
		wait_until(&seen, &seen.n_hung, 1);
		deliver_put(d, before[i]);
		deliver_put(d, after[i]);
		let_go(&seen);
		wait_until(&seen, &seen.n_all, 1);
		d = deliver_free(d);
		assert_int_equal(seen.n_mounts, 1);
		assert_false(seen.mounts_late);
	}
}

static void forgotten_news_does_not_come(void **state)
{
	struct news mounts = { .kind = NEWS_MOUNTS, .group = 1000 };
	struct deliver *d;
	struct seen seen;

	init(&seen);
	assert_int_equal(deliver_new(take, &seen, 4, &d), 0);
	deliver_put(d, &mounts);
	wait_until(&seen, &seen.n_hung, 1);
	put_numbers(d, 1000, 0, 10);
	deliver_drop(d, 1000);
	let_go(&seen);
	put_numbers(d, 1, 0, 1);
	wait_until(&seen, &seen.n_changes, 1);
	wait_until(&seen, &seen.n_mounts, 1);
	d = deliver_free(d);
	assert_int_equal(seen.n_changes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_containers_news_comes_in_order),
		cmocka_unit_test(hung_containers_delay_no_other),
		cmocka_unit_test(too_much_becomes_all),
		cmocka_unit_test(mounts_are_told_whatever_is_dropped),
		cmocka_unit_test(forgotten_news_does_not_come),
	};

	return cmocka_run_group_tests_name("fuse_deliver", tests, NULL, NULL);
}
