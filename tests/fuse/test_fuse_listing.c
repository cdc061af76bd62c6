// SPDX-License-Identifier: GPL-2.0-or-later
/* test_fuse_listing.c - a folder is read whole, and one that is too large is an error. */
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

static void a_folder_is_read_whole(void **state)
{
	nsv_autofd int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct listing l = { 0 };
	unsigned found = 0;

	assert_int_equal(listing_read(&l, dir, LISTING_MAX_SERVED), 0);
	assert_int_equal(l.n, FILES + 2);
	for (size_t i = 0; i < l.n; i++)
		found += strncmp(listing_get(&l, i).name, "a-name-of-some-length-", 22) == 0;
	assert_int_equal(found, FILES);
	listing_done(&l);
}

static void one_that_is_too_large_is_an_error(void **state)
{
	nsv_autofd int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct listing l = { 0 };

	assert_int_equal(listing_read(&l, dir, 16384), -EFBIG);
	assert_true(l.size <= 16384);
	listing_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_folder_is_read_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(one_that_is_too_large_is_an_error, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
