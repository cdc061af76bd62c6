/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_links.c - rewritten texts of links. Random texts check the main property: an answer,
 * walked as the kernel walks it, never leads above the container's root; and if no name is a link,
 * it leads where the original leads inside the container.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuse/ops/links.h"
#include "reach/util.h"

static void test_confined(void **state)
{
	static const struct {
		const char *text;
		unsigned depth;
		bool confined, resolve;
	} rows[] = {
		{ "a", 0, true, false },
		{ "a/b", 0, true, false },
		{ "./a", 0, true, false },
		{ "..", 0, false, false },
		{ "..", 1, true, false },
		{ "../a", 1, true, false },
		{ "../../a", 1, false, false },
		{ "../../a", 2, true, false },
		{ "./.././../a", 2, true, false },
		{ ".//..//a", 0, false, false },
		{ "a/..", 5, false, true },
		{ "../a/../b", 5, false, true },
		{ "a/./..", 5, false, true },
		{ "/", 5, false, false },
		{ "/a", 5, false, false },
		{ "/a/../b", 5, false, true },
		{ "...", 0, true, false },
		{ "..a/..b", 0, true, false },
		{ "", 0, true, false },
	};

	(void)state;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(rows); i++) {
		assert_int_equal(link_is_confined(rows[i].text, rows[i].depth), rows[i].confined);
		assert_int_equal(link_needs_resolving(rows[i].text), rows[i].resolve);
	}
}

static unsigned depth_of(const char *dir)
{
	unsigned depth = *dir != '\0';

	for (; *dir; dir++)
		depth += *dir == '/';
	return depth;
}

static void test_rewritten(void **state)
{
	static const char *const rows[][3] = {
		/* text, folder, answer */
		{ "/etc/passwd", "", "etc/passwd" },
		{ "/etc/passwd", "a", "../etc/passwd" },
		{ "/etc/passwd", "a/b", "../../etc/passwd" },
		{ "/", "", "." },
		{ "/", "a", ".." },
		{ "/", "a/b", "../.." },
		{ "/..", "a/b", "../.." },
		{ "../../../etc", "a", "../etc" },
		{ "../x", "", "x" },
		{ "..", "", "." },
		{ "b/../c", "a", "../a/c" },
		{ "/a/../../../b/./c//d", "x", "../b/c/d" },
		{ "/a/", "x", "../a/" },
		{ "/a/..", "", "." },
		{ "//a", "", "a" },
	};

	(void)state;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(rows); i++) {
		char *answer = link_confine(rows[i][0], rows[i][1], depth_of(rows[i][1]));

		assert_non_null(answer);
		assert_string_equal(answer, rows[i][2]);
		free(answer);
	}
}

static void test_too_long(void **state)
{
	char text[LINK_MAX_TEXT + 2];
	char *answer;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[0] = '/';
	text[LINK_MAX_TEXT] = '\0';
	answer = link_confine(text, "a/b", 2);
	assert_null(answer);
	assert_int_equal(errno, ENAMETOOLONG);
	text[LINK_MAX_TEXT - 6] = '\0';
	answer = link_confine(text, "a/b", 2);
	assert_non_null(answer);
	free(answer);
}

/* Walks a text by the letter from @dir; false where ".." goes above the root, unless @clamp. */
static bool walk(const char *dir, const char *text, bool clamp, char *to, size_t size)
{
	char whole[1024];
	size_t len = 0;
	char *save = NULL;

	(void)snprintf(whole, sizeof(whole), "%s/%s", *text == '/' ? "" : dir, text);
	to[0] = '\0';
	for (char *name = strtok_r(whole, "/", &save); name; name = strtok_r(NULL, "/", &save)) {
		if (!strcmp(name, "."))
			continue;
		if (strcmp(name, "..") != 0) {
			len += (size_t)snprintf(to + len, size - len, "/%s", name);
			continue;
		}
		if (len == 0 && !clamp)
			return false;
		while (len > 0 && to[--len] != '/')
			;
		to[len] = '\0';
	}
	return true;
}

static void test_random(void **state)
{
	static const char *const names[] = { "a", "b", "..", "..", ".", "", "...", "c d" };
	static const char *const dirs[] = { "", "a", "a/b", "a/b/c/d/e" };
	unsigned seed = 4711;

	(void)state;
	for (unsigned round = 0; round < 200000; round++) {
		const char *dir = dirs[(unsigned)rand_r(&seed) % NSV_ARRAY_SIZE(dirs)];
		char text[256] = "", theirs[1024], ours[1024];
		size_t len = 0;
		char *answer;

		if (rand_r(&seed) % 2)
			text[len++] = '/';
		for (unsigned n = (unsigned)rand_r(&seed) % 9; n; n--)
			len +=
			    (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
					     names[(unsigned)rand_r(&seed) % NSV_ARRAY_SIZE(names)],
					     n > 1 ? "/" : "");
		answer = link_is_confined(text, depth_of(dir))
			     ? strdup(text)
			     : link_confine(text, dir, depth_of(dir));
		assert_non_null(answer);
		assert_int_not_equal(*answer, '/');
		assert_false(link_needs_resolving(answer));
		assert_true(link_is_confined(answer, depth_of(dir)));
		assert_true(walk(dir, answer, false, ours, sizeof(ours)));
		assert_true(walk(dir, text, true, theirs, sizeof(theirs)));
		assert_string_equal(ours, theirs);
		free(answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confined),
		cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
