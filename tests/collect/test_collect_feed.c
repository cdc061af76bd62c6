// SPDX-License-Identifier: GPL-2.0-or-later
/* The ring between the reader of files and the thread that packs them: order, bytes, waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/feed.h"
#include "copy/data.h"

#define MANY 20000U

/* One at a time may be held back. */
struct taker {
	pthread_mutex_t lock;
	pthread_cond_t change;
	unsigned taken, wrong, hold_at;
	bool held, go;
};

static void taker_init(struct taker *t, unsigned hold_at)
{
	*t = (struct taker){ .hold_at = hold_at };
	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_cond_init(&t->change, NULL);
}

static void take(struct nsv_fed *x, void *data)
{
	struct taker *t = data;
	uint32_t number;

	(void)pthread_mutex_lock(&t->lock);
	while (t->taken == t->hold_at && !t->go) {
		t->held = true;
		(void)pthread_cond_broadcast(&t->change);
		(void)pthread_cond_wait(&t->change, &t->lock);
	}
	for (size_t i = 0; i < x->ready.have; i += sizeof(number)) {
		memcpy(&number, x->ready.data + i, sizeof(number));
		t->wrong += number != t->taken;
	}
	t->wrong += strtoul(x->path, NULL, 10) != t->taken || x->m.path != x->path;
	t->taken++;
	(void)pthread_cond_broadcast(&t->change);
	(void)pthread_mutex_unlock(&t->lock);
}

static void push(struct nsv_feed *f, uint32_t number)
{
	char *buf = nsv_feed_buffer(f);
	struct nsv_fed x = { .fd = NSV_FD_NONE };

	x.ready.have = number % 64 * sizeof(number);
	for (size_t i = 0; i < x.ready.have; i += sizeof(number))
		memcpy(buf + i, &number, sizeof(number));
	assert_true(asprintf(&x.path, "%u", number) > 0);
	nsv_feed_push(f, &x);
}

static unsigned taken(struct taker *t)
{
	unsigned n;

	(void)pthread_mutex_lock(&t->lock);
	n = t->taken;
	(void)pthread_mutex_unlock(&t->lock);
	return n;
}

static void test_order(void **state)
{
	struct nsv_feed *f;
	struct taker t;

	(void)state;
	taker_init(&t, MANY);
	assert_int_equal(nsv_feed_new(take, &t, &f), 0);
	for (unsigned i = 0; i < MANY; i++)
		push(f, i);
	assert_null(nsv_feed_free(f));
	assert_int_equal(t.taken, MANY);
	assert_int_equal(t.wrong, 0);
}

/* What the taker has at hand stays as it is, and a reader that is ahead hears of it. */
static void test_held(void **state)
{
	struct nsv_feed *f;
	unsigned n = 0;
	struct taker t;

	(void)state;
	taker_init(&t, 3);
	assert_int_equal(nsv_feed_new(take, &t, &f), 0);
	while (!nsv_feed_behind(f))
		push(f, n++);
	(void)pthread_mutex_lock(&t.lock);
	while (!t.held)
		(void)pthread_cond_wait(&t.change, &t.lock);
	(void)pthread_mutex_unlock(&t.lock);
	assert_int_equal(taken(&t), 3);
	(void)pthread_mutex_lock(&t.lock);
	t.go = true;
	(void)pthread_cond_broadcast(&t.change);
	(void)pthread_mutex_unlock(&t.lock);
	while (n < 1000)
		push(f, n++);
	(void)nsv_feed_free(f);
	assert_int_equal(t.taken, n);
	assert_int_equal(t.wrong, 0);
}

/* One is too few to wake the taker, unless the reader has to wait for it. */
static void test_hurry(void **state)
{
	struct nsv_feed *f;
	struct taker t;

	(void)state;
	taker_init(&t, MANY);
	assert_int_equal(nsv_feed_new(take, &t, &f), 0);
	for (unsigned i = 0; i < 2000; i++) {
		push(f, i);
		nsv_feed_hurry(f);
		(void)pthread_mutex_lock(&t.lock);
		while (t.taken <= i)
			(void)pthread_cond_wait(&t.change, &t.lock);
		(void)pthread_mutex_unlock(&t.lock);
	}
	(void)nsv_feed_free(f);
	assert_int_equal(t.taken, 2000);
	assert_int_equal(t.wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_hurry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
