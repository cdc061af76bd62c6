// SPDX-License-Identifier: GPL-2.0-or-later
/* test_fuse_listing.c - a folder is read whole or in windows, in an order that does not change. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fuse/handles/listing.h"
#include "reach/util.h"

#define FILES 500

static void name_of(char name[32], unsigned i)
{
	(void)snprintf(name, 32, "a-name-of-some-length-%04u", i);
}

static int setup(void **state)
{
	static char path[64];
	char name[32];
	int dir;

	(void)snprintf(path, sizeof(path), "/tmp/nsv-listing-XXXXXX");
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	for (unsigned i = 0; i < FILES; i++) {
		name_of(name, i);
		nsv_close(openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	}
	nsv_close(dir);
	*state = path;
	return 0;
}

static int teardown(void **state)
{
	char name[32];
	nsv_autofd int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (unsigned i = 0; i < FILES; i++) {
		name_of(name, i);
		(void)unlinkat(dir, name, 0);
	}
	return rmdir(*state);
}

static const struct listing_order order = { .key = { 1, 2 }, .mask = UINT64_MAX };

static int read_at(struct listing *l, const struct listing_order *o, const char *path,
		   uint64_t after, struct listing *before, const struct listing_budget *budget)
{
	nsv_autofd int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct listing_source source = {
		.fd = dir, .max = LISTING_MAX, .after = after, .before = before
	};

	return listing_read(l, o, &source, budget);
}

static void a_folder_is_read_whole(void **state)
{
	struct listing l = { 0 };
	unsigned found = 0;

	assert_int_equal(read_at(&l, &order, *state, 0, NULL, NULL), 0);
	assert_int_equal(l.n, FILES + 2);
	assert_true(l.before == LISTING_END);
	assert_string_equal(listing_get(&l, 0).name, ".");
	assert_string_equal(listing_get(&l, 1).name, "..");
	for (size_t i = 0; i < l.n; i++) {
		struct listing_entry e = listing_get(&l, i);

		found += strncmp(e.name, "a-name-of-some-length-", 22) == 0;
		assert_true(e.place > 0 && e.place <= INT64_MAX);
		assert_int_equal(listing_find(&l, e.place), i + 1);
		assert_int_equal(listing_find(&l, e.place - 1), i);
	}
	assert_int_equal(found, FILES);
	listing_done(&l);
}

static void one_that_is_too_large_is_an_error(void **state)
{
	nsv_autofd int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct listing_source source = { .fd = dir, .max = 16384 };
	struct listing l = { 0 };

	assert_int_equal(listing_read(&l, &order, &source, NULL), -EFBIG);
	listing_done(&l);
}

/* Names that share a hash: of two bits, so that all do. */
static void names_that_share_a_hash_keep_their_places(void **state)
{
	static const struct listing_order weak = { .key = { 1, 2 }, .mask = (uint64_t)3 << 40 };
	struct listing before = { 0 }, now = { 0 };
	nsv_autofd int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[32];

	for (unsigned i = 0; i < FILES; i += 2) {
		name_of(name, i);
		assert_return_code(unlinkat(dir, name, 0), errno);
	}
	assert_int_equal(read_at(&before, &weak, *state, 0, NULL, NULL), 0);
	assert_int_equal(before.n, FILES / 2 + 2);
	/* Others come, and some of those go. */
	for (unsigned i = 0; i < FILES; i += 4) {
		name_of(name, i);
		nsv_close(openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
		name_of(name, i + 1);
		assert_return_code(unlinkat(dir, name, 0), errno);
	}
	assert_int_equal(read_at(&now, &weak, *state, 0, &before, NULL), 0);
	for (size_t i = 0; i < now.n; i++) {
		struct listing_entry e = listing_get(&now, i);

		assert_true(i == 0 || e.place > listing_get(&now, i - 1).place);
		for (size_t j = 0; j < before.n; j++) {
			struct listing_entry old = listing_get(&before, j);

			if (!strcmp(old.name, e.name))
				assert_true(old.place == e.place);
			else
				assert_true(old.place != e.place);
		}
	}
	listing_done(&before);
	listing_done(&now);
}

struct limit {
	size_t taken, most;
};

static bool may_take(void *data, size_t more, bool must)
{
	struct limit *limit = data;

	if (!must && limit->taken + more > limit->most)
		return false;
	limit->taken += more;
	return true;
}

/* With memory for a part of it a folder is read in windows, and each name is in one of them. */
static void a_folder_is_read_in_windows(void **state)
{
	nsv_autofd int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned windows = 0;
	uint64_t place = 0;
	size_t all = 0;
	char name[256];

	for (unsigned i = 0; i < 2000; i++) {
		(void)snprintf(name, sizeof(name), "long-%0240u", i);
		nsv_close(openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	}
	for (bool end = false; !end; windows++) {
		struct limit limit = { .most = LISTING_LEAST };
		const struct listing_budget budget = { may_take, &limit };
		struct listing l = { 0 };

		assert_int_equal(read_at(&l, &order, *state, place, NULL, &budget), 0);
		assert_true(listing_bytes(&l) <= LISTING_LEAST && limit.taken <= LISTING_LEAST);
		for (size_t i = listing_find(&l, place); i < l.n; i++) {
			struct listing_entry e = listing_get(&l, i);

			assert_true(e.place > place);
			place = e.place;
			all++;
		}
		end = l.before == LISTING_END;
		listing_done(&l);
		assert_true(windows < 100);
	}
	assert_int_equal(all, FILES + 2 + 2000);
	assert_true(windows > 5);
	for (unsigned i = 0; i < 2000; i++) {
		(void)snprintf(name, sizeof(name), "long-%0240u", i);
		(void)unlinkat(dir, name, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_folder_is_read_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(one_that_is_too_large_is_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(names_that_share_a_hash_keep_their_places, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_folder_is_read_in_windows, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
