/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_reach_sized.c - programs that are older or newer than the library. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <nsview/copy.h>
#include <nsview/discover.h>

#include "reach/sized.h"

struct old {
	size_t size;
	int a;
};

struct known {
	size_t size;
	int a, b;
	const char *c;
};

struct newer {
	size_t size;
	int a, b;
	const char *c;
	int d;
};

static void a_smaller_struct_is_extended_by_zeros(void **state)
{
	struct {
		struct old o;
		char behind[32];
	} given = { .o = { .size = sizeof(struct old), .a = 7 } };
	struct known k;

	(void)state;
	memset(given.behind, 0xee, sizeof(given.behind));
	memset(&k, 0xff, sizeof(k));
	assert_int_equal(nsv_sized_take(&k, sizeof(k), &given), 0);
	assert_int_equal(k.size, sizeof(k));
	assert_int_equal(k.a, 7);
	assert_int_equal(k.b, 0);
	assert_null(k.c);
}

static void a_larger_struct_may_ask_for_nothing_unknown(void **state)
{
	struct newer n = { .size = sizeof(n), .a = 1, .b = 2, .c = "x" };
	struct known k;

	(void)state;
	assert_int_equal(nsv_sized_take(&k, sizeof(k), &n), 0);
	assert_int_equal(k.b, 2);
	assert_string_equal(k.c, "x");
	n.d = 1;
	assert_int_equal(nsv_sized_take(&k, sizeof(k), &n), -E2BIG);
}

static void a_size_that_was_not_set_is_refused(void **state)
{
	struct known k, given = { .size = 0 };

	(void)state;
	assert_int_equal(nsv_sized_take(&k, sizeof(k), &given), -EINVAL);
	assert_int_equal(nsv_sized_give(&given, &k, sizeof(k)), -EINVAL);
	given.size = sizeof(size_t) - 1;
	assert_int_equal(nsv_sized_take(&k, sizeof(k), &given), -EINVAL);
	given.size = (size_t)-1; /* nothing behind it is read */
	assert_int_equal(nsv_sized_take(&k, sizeof(k), &given), -E2BIG);
	assert_int_equal(nsv_sized_give(&given, &k, sizeof(k)), -EINVAL);
}

static void a_result_fills_what_the_program_has(void **state)
{
	const struct known k = { .a = 1, .b = 2, .c = "x" };
	struct newer n = { .size = sizeof(n), .d = 9 };
	struct {
		struct old o;
		unsigned char behind[sizeof(struct known)];
	} old = { .o = { .size = sizeof(struct old) } };

	(void)state;
	memset(old.behind, 0xee, sizeof(old.behind));
	assert_int_equal(nsv_sized_give(&old, &k, sizeof(k)), 0);
	assert_int_equal(old.o.size, sizeof(struct old));
	assert_int_equal(old.o.a, 1);
	for (size_t i = 0; i < sizeof(old.behind); i++)
		assert_int_equal(old.behind[i], 0xee);
	assert_int_equal(nsv_sized_give(&n, &k, sizeof(k)), 0);
	assert_int_equal(n.b, 2);
	assert_string_equal(n.c, "x");
	assert_int_equal(n.d, 0);
}

/* As compiled before and after this version. */
static void calls_take_structs_of_other_versions(void **state)
{
	struct {
		struct nsv_copy_options o;
		uint64_t new_member;
	} newer = { .o = NSV_COPY_OPTIONS_INIT };
	struct nsv_copy_options older = NSV_COPY_OPTIONS_INIT;
	struct nsv_scan_options scan = NSV_SCAN_OPTIONS_INIT;
	struct nsv_copy_stats stats = { .size = offsetof(struct nsv_copy_stats, bytes) };
	struct nsv_copy *copy = NULL;
	struct nsv_role role = { .kind = NSV_ROLE_NONE };
	struct nsv_scan *s = NULL;

	(void)state;
	newer.o.size = sizeof(newer);
	assert_int_equal(nsv_copy_new(&newer.o, &copy, NULL), 0);
	stats.bytes = 77;
	assert_int_equal(nsv_copy_stats_get(copy, &stats), 0);
	assert_int_equal(stats.bytes, 77);
	stats.size = 0;
	assert_int_equal(nsv_copy_stats_get(copy, &stats), -EINVAL);
	stats.size = (size_t)-1;
	assert_int_equal(nsv_copy_stats_get(copy, &stats), -EINVAL);
	copy = nsv_copy_free(copy);
	newer.new_member = 1;
	assert_int_equal(nsv_copy_new(&newer.o, &copy, NULL), -EINVAL);
	older.size = offsetof(struct nsv_copy_options, verbose);
	older.event = (nsv_copy_event_fn)(uintptr_t)1; /* behind its end */
	assert_int_equal(nsv_copy_new(&older, &copy, NULL), 0);
	copy = nsv_copy_free(copy);
	scan.size = offsetof(struct nsv_scan_options, mntns);
	scan.mntns = 1;
	assert_int_equal(nsv_scan_new(&scan, &s, NULL), 0);
	role.size = (size_t)-1;
	assert_int_equal(nsv_role_of(s, getpid(), &role, NULL), -EINVAL);
	s = nsv_scan_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_smaller_struct_is_extended_by_zeros),
		cmocka_unit_test(a_larger_struct_may_ask_for_nothing_unknown),
		cmocka_unit_test(a_size_that_was_not_set_is_refused),
		cmocka_unit_test(a_result_fills_what_the_program_has),
		cmocka_unit_test(calls_take_structs_of_other_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
