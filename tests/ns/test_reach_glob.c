/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_reach_glob.c - limits of patterns, and folders that can't be listed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fixtures/container.h"

#include <nsview/root.h>
#include <nsview/target.h>

#include "reach/glob.h"
#include "reach/util.h"

static int plant(void *data)
{
	char name[32];

	if (mkdir("/many", 0755) < 0)
		return -errno;
	for (unsigned i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "/many/%u", i);
		nsv_close(open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	}
	return 0;
}

static int expand(const char *pattern, const struct nsv_glob_limits *limits, struct nsv_error *e)
{
	struct nsv_container_opts o = { .setup = plant };
	struct nsv_test_container *c = nsv_container_start(&o);
	struct nsv_target *t = NULL;
	struct nsv_root *root = NULL;
	struct nsv_glob g = { 0 };
	int r;

	assert_int_equal(nsv_target_open(c->spec, NULL, NULL, &t, NULL), 0);
	assert_int_equal(nsv_root_open(t, NSV_VIA_AUTO, &root, NULL), 0);
	r = nsv_glob_expand(root, pattern, limits, &g, e);
	if (r == 0)
		r = (int)g.n;
	nsv_glob_free(&g);
	nsv_root_free(root);
	nsv_target_free(t);
	nsv_container_stop(c);
	return r;
}

static void each_limit_ends_the_search(void **state)
{
	static const struct nsv_glob_limits usual = NSV_GLOB_LIMITS;
	struct nsv_glob_limits few = usual, little = usual, soon = usual;
	struct nsv_error e = NSV_ERROR_INIT;

	assert_int_equal(expand("/many/*", &usual, &e), 3000);
	few.names = 2999;
	assert_int_equal(expand("/many/*", &few, &e), -E2BIG);
	assert_string_equal(e.msg, "the pattern leads to too many names");
	/* One name is enough where none is listed. */
	assert_int_equal(expand("/many/5[0]", &few, &e), -E2BIG);
	assert_int_equal(expand("/[m]any/50", &few, &e), 1);
	little.memory = 10000;
	assert_int_equal(expand("/many/*", &little, &e), -E2BIG);
	assert_string_equal(e.msg, "the pattern matches too many files");
	assert_int_equal(expand("/many/11*", &little, &e), 111);
	soon.ms = -1;
	assert_int_equal(expand("/many/*", &soon, &e), -E2BIG);
	assert_string_equal(e.msg, "the pattern takes too long to look for");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_limit_ends_the_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
