/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_covers.c - which files have all their changes reported by the watch on their folder.
 * Attributes of other files may be cached for a second only.
 */
#include "fixtures/skip.h"

#include <sys/stat.h>

#include "fuse/coherence/coherence.h"
#include "fuse/coherence/recheck.h"
#include "fuse/tree/tree.h"
#include "reach/util.h"

static const struct statx folder = { .stx_mode = S_IFDIR | 0755, .stx_mnt_id = 7 };

static struct found file(void)
{
	return (
	    struct found){ .id = { .kind = NODE_PATH },
			   .st = { .stx_mode = S_IFREG | 0644, .stx_nlink = 1, .stx_mnt_id = 7 } };
}

static void files_with_one_name_are_told_of(void **state)
{
	struct found found = file();

	assert_true(coherence_covers(&folder, &found));
	found.st.stx_mode = S_IFLNK | 0777;
	assert_true(coherence_covers(&folder, &found));
}

static void what_changes_elsewhere_is_not(void **state)
{
	struct found found = file();

	/* The file got another name a moment ago. */
	found.st.stx_nlink = 2;
	assert_false(coherence_covers(&folder, &found));
	found.st.stx_nlink = 0;
	assert_false(coherence_covers(&folder, &found));
	/* A file that is mounted over the one in the folder. */
	found = file();
	found.st.stx_mnt_id = 8;
	assert_false(coherence_covers(&folder, &found));
	/* By what is inside of it. */
	found = file();
	found.st.stx_mode = S_IFDIR | 0755;
	assert_false(coherence_covers(&folder, &found));
}

static void nor_what_others_serve(void **state)
{
	static const unsigned flags[] = { NODE_PSEUDO, NODE_REMOTE, NODE_HIDDEN, NODE_MOUNTED };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(flags); i++) {
		struct found found = file();

		found.id.flags = flags[i];
		assert_false(coherence_covers(&folder, &found));
	}
}

/* A change that no watch reports still changes the ctime. */
static void any_ctime_gives_another_stamp(void **state)
{
	struct statx st = { .stx_ctime = { .tv_sec = 1000, .tv_nsec = 5 } };
	struct tree *tree = NULL;
	uint32_t stamp;

	assert_int_equal(tree_new(&tree), 0);
	stamp = recheck_stamp(tree, &st);
	assert_int_not_equal(stamp, 0);
	assert_int_equal(recheck_stamp(tree, &st), stamp);
	st.stx_ctime.tv_nsec++;
	assert_int_not_equal(recheck_stamp(tree, &st), stamp);
	st.stx_ctime = (struct statx_timestamp){ .tv_sec = 1001, .tv_nsec = 5 };
	assert_int_not_equal(recheck_stamp(tree, &st), stamp);
	assert_null(tree_free(tree));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_with_one_name_are_told_of),
		cmocka_unit_test(what_changes_elsewhere_is_not),
		cmocka_unit_test(nor_what_others_serve),
		cmocka_unit_test(any_ctime_gives_another_stamp),
	};

	return cmocka_run_group_tests_name("fuse_covers", tests, NULL, NULL);
}
