/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_fuse_heat.c - much at once is fine, much for long is not; by a clock of the test's own. */
#include "fixtures/skip.h"
#include "fuse/coherence/rate_limit.h"

static const struct heat_limit limit = { .burst = 1000, .per_second = 100 };

/* Events until it is too much; @max: it was not. */
static unsigned events_until_hot(struct heat *h, uint32_t now, unsigned max)
{
	unsigned n = 0;

	while (n < max && !heat_event(h, &limit, now))
		n++;
	return n;
}

static void a_burst_is_fine(void **state)
{
	struct heat h = { 0 };

	assert_int_equal(events_until_hot(&h, 5000, 2000), 1000);
}

static void it_leaks(void **state)
{
	struct heat h = { 0 };
	uint32_t now = UINT32_MAX - 50000; /* the clock wraps meanwhile */

	for (unsigned i = 0; i < 10000; i++, now += 10)
		assert_false(heat_event(&h, &limit, now));
	assert_false(heat_is_warm(&h, &limit, now));
	assert_int_equal(events_until_hot(&h, now, 900), 900);
	assert_true(heat_is_warm(&h, &limit, now));
	assert_false(heat_is_warm(&h, &limit, now + 5000));
	/* Twice as much as leaks is too much sooner or later. */
	for (unsigned i = 0; !heat_event(&h, &limit, now); i++, now += 5)
		assert_true(i < 100000);
}

static void pauses_grow_while_it_goes_on(void **state)
{
	struct heat h = { 0 };
	uint32_t now = 1000;
	uint32_t length = HEAT_PAUSE_MIN;

	(void)events_until_hot(&h, now, 2000);
	for (unsigned i = 0; i < 8; i++) {
		heat_pause(&h, &limit, now);
		assert_false(heat_is_over(&h, now));
		assert_false(heat_is_over(&h, now + length - 1));
		now += length;
		assert_true(heat_is_over(&h, now));
		/* It is noticed sooner that it goes on. */
		assert_int_equal(events_until_hot(&h, now, 2000), HEAT_PROBATION(&limit));
		length = length * 2 > HEAT_PAUSE_MAX ? HEAT_PAUSE_MAX : length * 2;
	}
	/* After long it is forgotten. */
	now += HEAT_PAUSE_MAX * 5;
	assert_int_equal(events_until_hot(&h, now, 2000), 1000);
	heat_pause(&h, &limit, now);
	assert_true(heat_is_over(&h, now + HEAT_PAUSE_MIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_is_fine),
		cmocka_unit_test(it_leaks),
		cmocka_unit_test(pauses_grow_while_it_goes_on),
	};

	return cmocka_run_group_tests_name("fuse_heat", tests, NULL, NULL);
}
