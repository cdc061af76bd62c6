/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_run_options.c - options of nsv_run() that this version does not know are refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nsview/run.h>

#include "reach/util.h"

static char *const argv[] = { (char *)"true", NULL };

/* There is no target: what is not refused at once ends the test by a signal. */
static int run(const struct nsv_run_options *o)
{
	struct nsv_run_result result = { .size = sizeof(result) };
	struct nsv_error e = NSV_ERROR_INIT;
	int r = nsv_run(NULL, o, argv, &result, &e);

	assert_int_equal(e.err, -r);
	return r;
}

static void unknown_kinds_of_namespaces(void **state)
{
	(void)state;
	for (size_t kind = NSV_RUN_NS_USER + 1; kind < 16; kind++) {
		struct nsv_run_options o = NSV_RUN_OPTIONS_INIT;

		o.ns[kind].from = NSV_RUN_FROM_CONTAINER;
		assert_int_equal(run(&o), -EINVAL);
	}
}

static void larger_options(void **state)
{
	struct {
		struct nsv_run_options o;
		uint64_t later;
	} given = { NSV_RUN_OPTIONS_INIT, 1 };

	(void)state;
	given.o.size = sizeof(given);
	assert_int_equal(run(&given.o), -EINVAL);
	given.o.size = 0;
	given.later = 0;
	assert_int_equal(run(&given.o), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_kinds_of_namespaces),
		cmocka_unit_test(larger_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
