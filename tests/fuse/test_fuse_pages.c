// SPDX-License-Identifier: GPL-2.0-or-later
/* test_fuse_pages.c - when the kernel may keep the pages of a file. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "fuse/coherence/pages.h"

struct fixture {
	struct view_options options;
	struct tree *tree;
	struct node *node;
	struct statx st; /* of a file that was changed long ago */
};

static int setup(void **state)
{
	static struct fixture f;
	const struct node_id id = { .ino = 1000, .dev = 1, .kind = NODE_PATH };

	memset(&f, 0, sizeof(f));
	f.options.cache = CACHE_AUTO;
	assert_int_equal(tree_new(&f.tree), 0);
	f.node = tree_lookup(f.tree, tree_top(f.tree), "file", &id);
	assert_non_null(f.node);
	f.st.stx_size = 5;
	f.st.stx_mtime.tv_sec = 1000;
	f.st.stx_ctime.tv_sec = 2000;
	f.st.stx_ctime.tv_nsec = 123456789;
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	f->tree = tree_free(f->tree);
	return 0;
}

static void kept_once_read(void **state)
{
	struct fixture *f = *state;
	uint32_t stamp = pages_stamp(f->tree, &f->options, f->node, &f->st);

	assert_int_not_equal(stamp, 0);
	assert_false(pages_kept(f->node, stamp));
	pages_read(f->node, stamp);
	assert_true(pages_kept(f->node, stamp));
	assert_true(pages_kept(f->node, pages_stamp(f->tree, &f->options, f->node, &f->st)));
	assert_false(pages_kept(f->node, 0));
	/* A read through an open without a stamp. */
	pages_read(f->node, 0);
	assert_false(pages_kept(f->node, stamp));
	assert_false(pages_kept(f->node, 0));
}

static void any_change_shows(void **state)
{
	struct fixture *f = *state;
	uint32_t stamp = pages_stamp(f->tree, &f->options, f->node, &f->st);
	struct statx changed[5];

	for (size_t i = 0; i < 5; i++)
		changed[i] = f->st;
	changed[0].stx_size++;
	changed[1].stx_mtime.tv_sec++;
	changed[2].stx_mtime.tv_nsec++;
	changed[3].stx_ctime.tv_sec++;
	changed[4].stx_ctime.tv_nsec++;
	pages_read(f->node, stamp);
	for (size_t i = 0; i < 5; i++) {
		uint32_t other = pages_stamp(f->tree, &f->options, f->node, &changed[i]);

		assert_int_not_equal(other, stamp);
		assert_false(pages_kept(f->node, other));
	}
	assert_true(pages_kept(f->node, stamp));
}

/* If a container could predict a stamp, it could make a file with that stamp. */
static void stamps_are_keyed(void **state)
{
	struct fixture *f = *state;
	struct tree *other = NULL;

	assert_int_equal(tree_new(&other), 0);
	assert_int_not_equal(pages_stamp(f->tree, &f->options, f->node, &f->st),
			     pages_stamp(other, &f->options, f->node, &f->st));
	other = tree_free(other);
}

/* The ctime is so many nanoseconds ago, and counts nanoseconds. */
static uint32_t stamp_ago(const struct fixture *f, int64_t ns)
{
	struct statx st = f->st;
	struct timespec now;
	int64_t then;

	assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
	then = now.tv_sec * INT64_C(1000000000) + now.tv_nsec - ns;
	st.stx_ctime.tv_sec = then / 1000000000;
	st.stx_ctime.tv_nsec = (uint32_t)(then % 1000000000) | 1;
	return pages_stamp(f->tree, &f->options, f->node, &st);
}

static void none_for_what_just_changed(void **state)
{
	const struct fixture *f = *state;
	struct statx st = f->st;

	/* Ahead by a minute, so that a loaded machine does not matter. */
	assert_int_equal(stamp_ago(f, INT64_C(-60000000000)), 0);
	assert_int_not_equal(stamp_ago(f, 21000000), 0);
	assert_int_not_equal(stamp_ago(f, INT64_C(60000000000)), 0);
	/* The clock that some file systems have ticks once a second or two. */
	st.stx_ctime.tv_sec = time(NULL);
	st.stx_ctime.tv_nsec = 0;
	assert_int_equal(pages_stamp(f->tree, &f->options, f->node, &st), 0);
	st.stx_ctime.tv_sec -= 60;
	assert_int_not_equal(pages_stamp(f->tree, &f->options, f->node, &st), 0);
	/* Any number may come from a file system of the container's. */
	st.stx_ctime.tv_sec = INT64_MAX;
	st.stx_ctime.tv_nsec = 999999999;
	assert_int_equal(pages_stamp(f->tree, &f->options, f->node, &st), 0);
	st.stx_ctime.tv_sec = INT64_MIN;
	assert_int_not_equal(pages_stamp(f->tree, &f->options, f->node, &st), 0);
}

static void none_where_times_tell_nothing(void **state)
{
	struct fixture *f = *state;

	f->node->flags = NODE_REMOTE;
	assert_int_equal(pages_stamp(f->tree, &f->options, f->node, &f->st), 0);
	f->node->flags = NODE_PSEUDO;
	assert_int_equal(pages_stamp(f->tree, &f->options, f->node, &f->st), 0);
	f->node->flags = 0;
	f->options.cache = CACHE_NEVER;
	assert_int_equal(pages_stamp(f->tree, &f->options, f->node, &f->st), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(kept_once_read, setup, teardown),
		cmocka_unit_test_setup_teardown(any_change_shows, setup, teardown),
		cmocka_unit_test_setup_teardown(stamps_are_keyed, setup, teardown),
		cmocka_unit_test_setup_teardown(none_for_what_just_changed, setup, teardown),
		cmocka_unit_test_setup_teardown(none_where_times_tell_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
