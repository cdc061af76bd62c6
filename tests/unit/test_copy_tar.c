/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_copy_tar.c - trees into archives and out of them, by the library's calls. */
#include "unit/copy_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "reach/util.h"

static int to_tar(const char *from, const char *file, unsigned flags, struct told *told)
{
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	nsv_autofd int fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct nsv_copy *c = NULL;
	int r;

	o.flags = flags | NSV_COPY_RECURSIVE;
	o.event = run_event;
	o.data = told;
	assert_int_equal(nsv_copy_new(&o, &c, NULL), 0);
	assert_int_equal(nsv_copy_to_tar(c, fd, NULL), 0);
	r = nsv_copy_add(c, NULL, from, NULL);
	assert_int_equal(nsv_copy_finish(c, NULL), 0);
	nsv_copy_free(c);
	return r;
}

static int from_tar(const char *file, const char *to, unsigned flags, struct told *told)
{
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	nsv_autofd int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct nsv_copy *c = NULL;
	int r;

	o.flags = flags;
	o.event = run_event;
	o.data = told;
	assert_int_equal(nsv_copy_new(&o, &c, NULL), 0);
	r = nsv_copy_to_path(c, to, false, NULL);
	if (r == 0)
		r = nsv_copy_add_tar(c, fd, false, NULL);
	nsv_copy_free(c);
	return r;
}

static void a_tree_survives_an_archive(void **state)
{
	struct told told = { 0 };

	run_make_tree();
	assert_int_equal(mkdir("out", 0755), 0);
	assert_int_equal(to_tar("t", "t.tar", 0, &told), 0);
	assert_int_equal(from_tar("t.tar", "out", NSV_COPY_ARCHIVE, &told), 0);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_FAILED], 0);
	assert_same_tree("out/t");
	assert_no_temporaries();
	assert_int_equal(from_tar("t.tar", "t/f", 0, &told), -ENOTDIR);
}

static void a_cut_archive_leaves_no_half_file(void **state)
{
	struct told told = { 0 };
	char *big = calloc(1, 300001);
	struct stat st;

	assert_non_null(big);
	memset(big, 'x', 300000);
	assert_int_equal(mkdir("t", 0755), 0);
	put("t/big", big);
	free(big);
	assert_int_equal(mkdir("out", 0755), 0);
	assert_int_equal(to_tar("t", "t.tar", 0, &told), 0);
	assert_int_equal(stat("t.tar", &st), 0);
	assert_int_equal(truncate("t.tar", st.st_size / 2), 0);
	assert_true(from_tar("t.tar", "out", NSV_COPY_ARCHIVE, &told) < 0);
	assert_int_equal(access("out/t/big", F_OK), -1);
	assert_no_temporaries();
}

static void attributes_travel(void **state)
{
	struct told told = { 0 };
	char buf[16] = "";

	assert_int_equal(mkdir("t", 0755), 0);
	put("t/f", "x");
	if (setxattr("t/f", "user.key", "value", 5, 0) < 0)
		nsv_test_skip("no user.* attributes below /tmp");
	assert_int_equal(run_copy("t", "out", NSV_COPY_ARCHIVE, NULL), 0);
	assert_int_equal(getxattr("out/f", "user.key", buf, sizeof(buf)), 5);
	assert_int_equal(to_tar("t", "t.tar", 0, &told), 0);
	assert_int_equal(from_tar("t.tar", "out", NSV_COPY_ARCHIVE, &told), 0);
	memset(buf, 0, sizeof(buf));
	assert_int_equal(getxattr("out/t/f", "user.key", buf, sizeof(buf)), 5);
	assert_string_equal(buf, "value");
	assert_int_equal(run_copy("t", "bare", NSV_COPY_RECURSIVE, NULL), 0);
	assert_int_equal(getxattr("bare/f", "user.key", buf, sizeof(buf)), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_tree_survives_an_archive),
		IN_FOLDER(a_cut_archive_leaves_no_half_file),
		IN_FOLDER(attributes_travel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
