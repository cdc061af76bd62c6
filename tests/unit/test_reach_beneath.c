/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_beneath.c - what is opened below a folder by one path without links, or by one name:
 * neither "..", nor a leading slash, nor a link leads out. The control is openat(2) with the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixtures/skip.h"

#include <nsview/root.h>

#include "fixtures/tmp.h"
#include "reach/beneath.h"
#include "reach/util.h"

struct tree {
	char top[48]; /* holds "secret", outside */
	int below;
};

static void make_file(int dirfd, const char *name)
{
	nsv_autofd int fd = openat(dirfd, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
}

static int setup(void **state)
{
	static struct tree t;
	nsv_autofd int top = NSV_FD_NONE;

	(void)snprintf(t.top, sizeof(t.top), "/tmp/nsview-beneath-XXXXXX");
	nsv_test_mkdtemp(t.top);
	top = open(t.top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	make_file(top, "secret");
	assert_int_equal(mkdirat(top, "below", 0755), 0);
	t.below = openat(top, "below", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(t.below, "dir", 0755), 0);
	make_file(t.below, "dir/file");
	make_file(t.below, "file");
	assert_int_equal(symlinkat("../secret", t.below, "out"), 0);
	assert_int_equal(symlinkat("file", t.below, "link"), 0);
	assert_int_equal(symlinkat("dir", t.below, "dirlink"), 0);
	*state = &t;
	return 0;
}

static int teardown(void **state)
{
	struct tree *t = *state;

	nsv_close(t->below);
	return 0;
}

static void a_path_stays_beneath(void **state)
{
	static const struct {
		const char *path;
		int result; /* 0 or -errno */
	} paths[] = {
		{ "file", 0 },
		{ "dir/file", 0 },
		{ "/file", 0 },
		{ "dir/../file", 0 },
		{ "../secret", -ENOENT },
		{ "dir/../../secret", -ENOENT },
		{ "/etc/passwd", -ENOENT },
		{ "out", -ELOOP },
		{ "link", -ELOOP },
		{ "dirlink/file", -ELOOP },
	};
	const struct tree *t = *state;
	nsv_autofd int naive = openat(t->below, "dir/../../secret", O_RDONLY | O_CLOEXEC);
	nsv_autofd int followed = openat(t->below, "out", O_RDONLY | O_CLOEXEC);

	assert_true(naive >= 0 && followed >= 0);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(paths); i++) {
		nsv_autofd int fd = open_beneath(t->below, paths[i].path, O_RDONLY);

		if ((fd < 0 ? fd : 0) != paths[i].result)
			fail_msg("%s: %d instead of %d", paths[i].path, fd, paths[i].result);
		if (fd >= 0)
			assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	}
}

/* /proc/self/fd/N and such are links to anywhere. */
static void a_magic_link_is_none_of_the_way(void **state)
{
	nsv_autofd int proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	nsv_autofd int naive = openat(proc, "root/etc", O_RDONLY | O_CLOEXEC);

	assert_true(naive >= 0);
	assert_int_equal(open_beneath(proc, "root/etc", O_RDONLY), -ELOOP);
	assert_int_equal(open_beneath(proc, "cwd/.", O_RDONLY | O_DIRECTORY), -ELOOP);
}

static void a_name_is_one_name(void **state)
{
	static const struct {
		const char *name;
		int result;
	} names[] = {
		{ "file", 0 },
		{ "dir/file", -EINVAL },
		{ "../secret", -EINVAL },
		{ "/etc/passwd", -EINVAL },
		{ "..", -EINVAL },
		{ "", -EINVAL },
		{ "out", -ELOOP },
		{ "link", -ELOOP },
		{ "dir", -EISDIR },
		{ "none", -ENOENT },
	};
	const struct tree *t = *state;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(names); i++) {
		struct nsv_error e = NSV_ERROR_INIT;
		nsv_autofd int fd = nsv_open_file_at(t->below, names[i].name, NULL, &e);

		if ((fd < 0 ? fd : 0) != names[i].result)
			fail_msg("%s: %d instead of %d", names[i].name, fd, names[i].result);
		assert_int_equal(e.err, -names[i].result);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_path_stays_beneath),
		T(a_magic_link_is_none_of_the_way),
		T(a_name_is_one_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
