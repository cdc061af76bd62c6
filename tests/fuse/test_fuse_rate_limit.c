/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_rate_limit.c - many events at once are fine, many for long are not. The test sets the
 * clock.
 */
#include "fixtures/skip.h"
#include "fuse/coherence/rate_limit.h"

static const struct rate_limit limit = { .burst = 1000, .per_second = 100 };

/* Counts events until there are too many; @max: there never were. */
static unsigned events_until_hot(struct rate *h, uint32_t now, unsigned max)
{
	unsigned n = 0;

	while (n < max && !rate_event(h, &limit, now))
		n++;
	return n;
}

static void a_burst_is_fine(void **state)
{
	struct rate h = { 0 };

	assert_int_equal(events_until_hot(&h, 5000, 2000), 1000);
}

static void it_leaks(void **state)
{
	struct rate h = { 0 };
	uint32_t now = UINT32_MAX - 50000; /* the clock wraps meanwhile */

	for (unsigned i = 0; i < 10000; i++, now += 10)
		assert_false(rate_event(&h, &limit, now));
	assert_false(rate_is_near(&h, &limit, now));
	assert_int_equal(events_until_hot(&h, now, 900), 900);
	assert_true(rate_is_near(&h, &limit, now));
	assert_false(rate_is_near(&h, &limit, now + 5000));
	/* Twice as much as leaks is too much sooner or later. */
	for (unsigned i = 0; !rate_event(&h, &limit, now); i++, now += 5)
		assert_true(i < 100000);
}

static void pauses_grow_while_it_goes_on(void **state)
{
	struct rate h = { 0 };
	uint32_t now = 1000;
	uint32_t length = RATE_PAUSE_MIN;

	(void)events_until_hot(&h, now, 2000);
	for (unsigned i = 0; i < 8; i++) {
		rate_pause(&h, &limit, now);
		assert_false(rate_pause_is_over(&h, now));
		assert_false(rate_pause_is_over(&h, now + length - 1));
		now += length;
		assert_true(rate_pause_is_over(&h, now));
		/* A continuing flood is noticed sooner. */
		assert_int_equal(events_until_hot(&h, now, 2000), RATE_PROBATION(&limit));
		length = length * 2 > RATE_PAUSE_MAX ? RATE_PAUSE_MAX : length * 2;
	}
	/* After a long time the pause is forgotten. */
	now += RATE_PAUSE_MAX * 5;
	assert_int_equal(events_until_hot(&h, now, 2000), 1000);
	rate_pause(&h, &limit, now);
	assert_true(rate_pause_is_over(&h, now + RATE_PAUSE_MIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_is_fine),
		cmocka_unit_test(it_leaks),
		cmocka_unit_test(pauses_grow_while_it_goes_on),
	};

	return cmocka_run_group_tests_name("fuse_rate_limit", tests, NULL, NULL);
}
