/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_race_glob.c - a pattern is expanded while the container exchanges a directory and a link to
 * a folder of the host's: no name of the host's is ever found. Control: glob(3) below
 * /proc/PID/root finds it.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hostile/race.h"

#include <nsview/root.h>
#include <nsview/target.h>

#include "reach/glob.h"
#include "reach/util.h"

/* A name that only the host's folder has. */
static void plant_secret(const struct race *race, bool there)
{
	char path[96];
	nsv_autofd int fd = NSV_FD_NONE;

	(void)snprintf(path, sizeof(path), "%s/secret", race->victim);
	if (!there) {
		assert_int_equal(unlink(path), 0);
		return;
	}
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
}

static void a_plain_glob_finds_the_hosts_files(void **state)
{
	struct race race;
	char pattern[64];
	size_t found = 0;

	race_start(&race);
	plant_secret(&race, true);
	(void)snprintf(pattern, sizeof(pattern), "/proc/%s/root/race/*/s*", race.c->spec);
	for (unsigned i = 0; i < 100000 && !found; i++) {
		glob_t g;

		if (glob(pattern, 0, NULL, &g) == 0)
			found = g.gl_pathc;
		globfree(&g);
	}
	assert_true(found > 0);
	plant_secret(&race, false);
	race_stop(&race);
}

static size_t count(struct nsv_root *root, const char *pattern)
{
	static const struct nsv_glob_limits limits = NSV_GLOB_LIMITS;
	struct nsv_glob g = { 0 };
	size_t n;

	assert_int_equal(nsv_glob_expand(root, pattern, &limits, &g, NULL), 0);
	for (size_t i = 0; i < g.n; i++)
		if (strstr(g.list[i], "secret"))
			fail_msg("%s leads to %s", pattern, g.list[i]);
	n = g.n;
	nsv_glob_free(&g);
	return n;
}

static void no_pattern_leads_to_the_host(void **state)
{
	static const enum nsv_via routes[] = { NSV_VIA_PROC, NSV_VIA_SETNS };
	static const char *const patterns[] = { "/race/*/*", "/race/d/*", "/race/**/*",
						"/race/[de]/s*" };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(routes); i++) {
		struct race race;
		struct nsv_target *t = NULL;
		struct nsv_root *root = NULL;
		unsigned long found = 0, other = 0;

		race_start(&race);
		plant_secret(&race, true);
		assert_int_equal(nsv_target_open(race.c->spec, NULL, NULL, &t, NULL), 0);
		assert_int_equal(nsv_root_open(t, routes[i], &root, NULL), 0);
		while (*race.rounds < race.wanted || found + other < race.wanted / 10)
			for (size_t k = 0; k < NSV_ARRAY_SIZE(patterns); k++)
				if (count(root, patterns[k]))
					found++;
				else
					other++;
		assert_true(found > 0);
		assert_true(other > 0);
		nsv_root_free(root);
		nsv_target_free(t);
		plant_secret(&race, false);
		assert_true(race_victim_untouched(&race));
		race_stop(&race);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_glob_finds_the_hosts_files),
		cmocka_unit_test(no_pattern_leads_to_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
