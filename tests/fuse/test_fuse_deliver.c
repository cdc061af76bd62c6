/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_fuse_deliver.c - news is delivered in order, and a blocked lane delays no other lane. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "fixtures/skip.h"
#include "reach/util.h"
#include "record.h"

#define HUNG_GROUPS 20
#define FIRST_HUNG  1000

struct seen {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool open;	 /* callbacks of the hung groups may go on */
	unsigned n_hung; /* hung groups in their callback */
	unsigned n_changes, n_all, n_lost, n_mounts;
	unsigned next; /* the next expected name */
	bool order_broken;
	bool mounts_late; /* NEWS_ALL came, and not just before it NEWS_MOUNTS */
	enum news_kind last;
};

struct setup {
	struct seen seen;
	struct loop *loop;
	struct deliver *d;
	struct watched_container *calm[3], *hung[HUNG_GROUPS]; /* those from FIRST_HUNG on */
};

static void take(void *data, struct lane *lane, const struct news *news);

static void begin(struct setup *s, unsigned max_threads)
{
	memset(s, 0, sizeof(*s));
	(void)pthread_mutex_init(&s->seen.lock, NULL);
	(void)pthread_cond_init(&s->seen.cond, NULL);
	for (unsigned i = 0; i < NSV_ARRAY_SIZE(s->calm); i++)
		s->calm[i] = record_new(i);
	for (unsigned i = 0; i < HUNG_GROUPS; i++)
		s->hung[i] = record_new(FIRST_HUNG + i);
	assert_int_equal(loop_new(&s->loop), 0);
	assert_int_equal(deliver_new(s->loop, take, &s->seen, max_threads, &s->d), 0);
}

/* All news was delivered or dropped: each record has one reference left. */
static void end(struct setup *s)
{
	loop_stop(s->loop);
	assert_true(deliver_stop(s->d));
	s->d = deliver_free(s->d);
	s->loop = loop_free(s->loop);
	for (unsigned i = 0; i < NSV_ARRAY_SIZE(s->calm); i++) {
		assert_int_equal(atomic_load(&s->calm[i]->container->refs), 1);
		record_put(s->calm[i]);
	}
	for (unsigned i = 0; i < HUNG_GROUPS; i++) {
		assert_int_equal(atomic_load(&s->hung[i]->container->refs), 1);
		record_put(s->hung[i]);
	}
}

static struct lane *lane_of(struct setup *s, uint64_t group, enum lane_kind kind)
{
	return group < FIRST_HUNG ? &s->calm[group]->lanes[kind]
				  : &s->hung[group - FIRST_HUNG]->lanes[kind];
}

static void put(struct setup *s, uint64_t group, const struct news *news)
{
	deliver_put(s->d, lane_of(s, group, LANE_NEWS), news);
}

/* Groups from 1000 on hang until they may go on. */
static void take(void *data, struct lane *lane, const struct news *news)
{
	const uint64_t group = record_serial(lane);
	struct seen *seen = data;

	(void)pthread_mutex_lock(&seen->lock);
	if (group >= FIRST_HUNG) {
		seen->n_hung++;
		(void)pthread_cond_broadcast(&seen->cond);
		while (!seen->open)
			(void)pthread_cond_wait(&seen->cond, &seen->lock);
		seen->n_hung--;
	}
	switch (news->kind) {
	case NEWS_CHANGE:
		if (group == 1 && strtoul(news->name, NULL, 10) != seen->next++)
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

static void put_numbers(struct setup *s, uint64_t group, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		char name[16];
		struct news news = { .kind = NEWS_CHANGE, .mask = IN_CREATE };

		(void)snprintf(name, sizeof(name), "%u", i);
		news.name = name;
		put(s, group, &news);
		memset(name, 'x', sizeof(name) - 1);
	}
}

static void one_containers_news_comes_in_order(void **state)
{
	struct setup s;

	begin(&s, 8);
	for (unsigned i = 0; i < 20; i++) {
		put_numbers(&s, 1, i * 1000, (i + 1) * 1000);
		put_numbers(&s, 2, 0, 10);
		wait_until(&s.seen, &s.seen.n_changes, (i + 1) * 1010);
	}
	end(&s);
	assert_false(s.seen.order_broken);
	assert_int_equal(s.seen.n_all, 0);
}

static void hung_containers_delay_no_other(void **state)
{
	struct setup s;

	begin(&s, HUNG_GROUPS + 1);
	for (unsigned i = 0; i < HUNG_GROUPS; i++)
		put_numbers(&s, 1000 + i, 0, 3);
	put_numbers(&s, 1, 0, 100);
	wait_until(&s.seen, &s.seen.n_changes, 100);
	wait_until(&s.seen, &s.seen.n_hung, HUNG_GROUPS);
	assert_int_equal(s.seen.n_changes, 100);
	assert_in_range(deliver_threads(s.d), HUNG_GROUPS, HUNG_GROUPS + 1);
	let_go(&s.seen);
	wait_until(&s.seen, &s.seen.n_changes, 100 + 3 * HUNG_GROUPS);
	end(&s);
	assert_false(s.seen.order_broken);
}

/* A scan hangs, and news of events continues in the same container. */
static void a_hung_lane_delays_no_other_of_its_container(void **state)
{
	struct setup s;

	begin(&s, 3);
	deliver_put_kind(s.d, lane_of(&s, 1000, LANE_SCAN), NEWS_SCAN);
	wait_until(&s.seen, &s.seen.n_hung, 1);
	deliver_put_kind(s.d, lane_of(&s, 1000, LANE_NEWS), NEWS_LOST);
	deliver_put_kind(s.d, lane_of(&s, 1000, LANE_FILES), NEWS_FILES);
	wait_until(&s.seen, &s.seen.n_hung, 3);
	let_go(&s.seen);
	wait_until(&s.seen, &s.seen.n_lost, 1);
	end(&s);
}

static void too_much_becomes_all(void **state)
{
	struct news lost = { .kind = NEWS_LOST, .dir = 7 };
	struct setup s;

	begin(&s, 4);
	put(&s, 1000, &lost);
	wait_until(&s.seen, &s.seen.n_hung, 1);
	put(&s, 1000, &lost);
	put_numbers(&s, 1000, 0, 100000);
	put(&s, 1000, &lost);
	let_go(&s.seen);
	wait_until(&s.seen, &s.seen.n_lost, 3);
	end(&s);
	assert_int_equal(s.seen.n_all, 1);
	assert_in_range(s.seen.n_changes, 0, 4096);
	/* NEWS_MOUNTS is delivered whatever was dropped, because new answers come from the table
	 * of mounts. */
	assert_int_equal(s.seen.n_mounts, 1);
	assert_false(s.seen.mounts_late);
}

/* Waiting before and after the overflow, and with at most one other piece of news. */
static void mounts_are_told_whatever_is_dropped(void **state)
{
	struct news mounts = { .kind = NEWS_MOUNTS };
	struct news lost = { .kind = NEWS_LOST, .dir = 7 };
	struct news all = { .kind = NEWS_ALL };
	const struct news *before[] = { &mounts, &all }, *after[] = { &all, &mounts };

	for (unsigned i = 0; i < NSV_ARRAY_SIZE(before); i++) {
		struct setup s;

		begin(&s, 4);
		put(&s, 1000, &lost);
		wait_until(&s.seen, &s.seen.n_hung, 1);
		put(&s, 1000, before[i]);
		put(&s, 1000, after[i]);
		let_go(&s.seen);
		wait_until(&s.seen, &s.seen.n_all, 1);
		end(&s);
		assert_int_equal(s.seen.n_mounts, 1);
		assert_false(s.seen.mounts_late);
	}
}

static void forgotten_news_does_not_come(void **state)
{
	struct news mounts = { .kind = NEWS_MOUNTS };
	struct setup s;

	begin(&s, 4);
	put(&s, 1000, &mounts);
	wait_until(&s.seen, &s.seen.n_hung, 1);
	put_numbers(&s, 1000, 0, 10);
	deliver_drop(s.d, lane_of(&s, 1000, LANE_NEWS));
	let_go(&s.seen);
	put_numbers(&s, 1, 0, 1);
	wait_until(&s.seen, &s.seen.n_changes, 1);
	wait_until(&s.seen, &s.seen.n_mounts, 1);
	end(&s);
	assert_int_equal(s.seen.n_changes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_containers_news_comes_in_order),
		cmocka_unit_test(hung_containers_delay_no_other),
		cmocka_unit_test(a_hung_lane_delays_no_other_of_its_container),
		cmocka_unit_test(too_much_becomes_all),
		cmocka_unit_test(mounts_are_told_whatever_is_dropped),
		cmocka_unit_test(forgotten_news_does_not_come),
	};

	return cmocka_run_group_tests_name("fuse_deliver", tests, NULL, NULL);
}
