/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_race_read.c - a path is resolved while the container exchanges a directory
 * and a link on it (CVE-2018-15664 of docker cp): no read ever gets a file of the
 * host's. Control: open("/proc/PID/root" + path) gets it within a few tries.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hostile/race.h"

#include <nsview/root.h>
#include <nsview/target.h>

#include "reach/util.h"

#define NAIVE_TRIES 5000000UL

static void plain_read(const char *path, char *buf, size_t size)
{
	nsv_autofd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
}

static void a_plain_open_is_led_to_the_host(void **state)
{
	struct race race;
	unsigned long tries = 0;
	char path[64], text[64] = "";

	race_start(&race);
	(void)snprintf(path, sizeof(path), "/proc/%s/root/race/d/f", race.c->spec);
	while (strcmp(text, RACE_SENTINEL) != 0 && tries++ < NAIVE_TRIES)
		plain_read(path, text, sizeof(text));
	assert_string_equal(text, RACE_SENTINEL);
	race_stop(&race);
}

struct counts {
	unsigned long inside, other;
};

static void read_once(struct nsv_root *root, struct counts *counts)
{
	nsv_autofd int fd = nsv_root_open_file(root, "/race/d/f", 0, NULL, NULL);
	char text[64] = "";

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		counts->other++;
	else if (strcmp(text, RACE_INSIDE) == 0)
		counts->inside++;
	else
		fail_msg("read \"%s\"", text);
}

static void no_route_is_led_to_the_host(void **state)
{
	static const enum nsv_via routes[] = { NSV_VIA_PROC, NSV_VIA_SETNS };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(routes); i++) {
		struct race race;
		struct counts counts = { 0 };
		struct nsv_target *t = NULL;
		struct nsv_root *root = NULL;

		race_start(&race);
		assert_int_equal(nsv_target_open(race.c->spec, NULL, NULL, &t, NULL), 0);
		assert_int_equal(nsv_root_open(t, routes[i], &root, NULL), 0);
		while (*race.rounds < race.wanted || counts.inside + counts.other < race.wanted)
			read_once(root, &counts);
		/* Both faces were seen, so the race was real. */
		assert_true(counts.inside > 0);
		assert_true(counts.other > 0);
		nsv_root_free(root);
		nsv_target_free(t);
		assert_true(race_victim_untouched(&race));
		race_stop(&race);
	}
}

static void nscat_is_not_led_to_the_host(void **state)
{
	struct race race;
	unsigned long inside = 0, other = 0;

	race_start(&race);
	while (inside + other < race.wanted / 20 || *race.rounds < race.wanted) {
		const char *const argv[] = { "nscat", race.c->spec, "/race/d/f", NULL };
		char said[256];
		int status = race_run(argv, said, sizeof(said));

		if (strstr(said, RACE_SENTINEL))
			fail_msg("nscat printed the host's file");
		if (status == 0) {
			assert_string_equal(said, RACE_INSIDE);
			inside++;
		} else {
			assert_int_equal(status, 1);
			other++;
		}
	}
	assert_true(inside > 0);
	assert_true(other > 0);
	race_stop(&race);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_open_is_led_to_the_host),
		cmocka_unit_test(no_route_is_led_to_the_host),
		cmocka_unit_test(nscat_is_not_led_to_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
