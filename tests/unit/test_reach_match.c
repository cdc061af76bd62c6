/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_reach_match.c - wildcards as in a shell: single names, hidden ones, "**" and links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reach/match.h"
#include "reach/util.h"
#include "reach/wildcard.h"

static void names(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} cases[] = {
		{ "", "", true },
		{ "*", "", true },
		{ "?", "", false },
		{ "a*b", "ab", true },
		{ "a*b", "a/b", true },
		{ "a*b*", "axxb", true },
		{ "*.log", "x.log.log", true },
		{ "*.log", "x.log.1", false },
		/* A character is one, however many bytes it has; a byte that is none is one. */
		{ "?", "\xc3\xa4", true },
		{ "??", "\xc3\xa4", false },
		{ "?", "\xff", true },
		{ "??", "\xff\xfe", true },
		{ "?", "\xf0\x9f\x90\xb3", true },
		{ "?", "\xed\xa0\x80", false },
		{ "[\xc3\xa0-\xc3\xbc]", "\xc3\xa4", true },
		{ "[a-\xc3\xbc]", "\xff", false },
		{ "[!a]", "\xff", true },
		{ "[a-c]", "b", true },
		{ "[c-a]", "b", false },
		{ "[!a-c]", "d", true },
		{ "[^a-c]", "b", false },
		{ "[]]", "]", true },
		{ "[!]]", "]", false },
		{ "[a-]", "-", true },
		{ "[-a]", "-", true },
		{ "[[:digit:]x]", "7", true },
		{ "[[:digit:]x]", "x", true },
		{ "[[:upper:]]", "a", false },
		{ "[[:nosuch:]]", "n", false },
		{ "[\\]]", "]", true },
		{ "[a", "[a", true },
		{ "[", "[", true },
		{ "\\*", "*", true },
		{ "\\*", "x", false },
		{ "\\a", "a", true },
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(cases); i++) {
		bool got = nsv_wildcard_matches(cases[i].pattern, strlen(cases[i].pattern),
						cases[i].name, strlen(cases[i].name));

		if (got != cases[i].matches)
			print_error("%s against %s\n", cases[i].pattern, cases[i].name);
		assert_int_equal(got, cases[i].matches);
	}
}

/* Each "*" that a matcher goes back to would double the work. */
static void many_stars(void **state)
{
	char pattern[512], name[256];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[sizeof(pattern) - 3] = 'b';
	pattern[sizeof(pattern) - 2] = '\0';
	assert_false(nsv_wildcard_matches(pattern, strlen(pattern), name, strlen(name)));
}

static void escapes(void **state)
{
	char text[] = "a\\*b\\\\c\\";

	assert_true(nsv_wildcard_in("a*", 2));
	assert_true(nsv_wildcard_in("a[b]", 4));
	assert_false(nsv_wildcard_in("a[b", 3));
	assert_false(nsv_wildcard_in("a\\*b", 4));
	assert_int_equal(nsv_wildcard_unescape(text, strlen(text)), 6);
	assert_memory_equal(text, "a*b\\c\\", 6);
}

static void hidden(void **state)
{
	static const struct {
		const char *pattern, *path;
		enum nsv_match wanted;
	} cases[] = {
		{ "/a/*", "a/.x", NSV_MATCH_NO },
		{ "/a/?x", "a/.x", NSV_MATCH_NO },
		{ "/a/[.]x", "a/.x", NSV_MATCH_NO },
		{ "/a/.*", "a/.x", NSV_MATCH_YES },
		{ "/a/\\.x", "a/.x", NSV_MATCH_YES },
		{ "/**/x", ".git/x", NSV_MATCH_NO },
		{ "/**/.git/x", "a/.git/x", NSV_MATCH_YES },
		{ "/**", "a/.x", NSV_MATCH_NO },
		{ "/a/*", "a/b/c", NSV_MATCH_NO },
		{ "/**3/x", "a/x", NSV_MATCH_NO },
		{ "/**3/x", "a3/x", NSV_MATCH_YES },
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(cases); i++) {
		enum nsv_match got =
		    nsv_match_path(cases[i].pattern, cases[i].path, NSV_MATCH_GLOB);

		if (got != cases[i].wanted)
			print_error("%s, %s\n", cases[i].pattern, cases[i].path);
		assert_int_equal(got, cases[i].wanted);
	}
}

/* What may come below @path, whose last name is a link. */
static bool goes_on(const char *pattern, const char *path)
{
	struct nsv_match_state a, b;

	nsv_match_begin(pattern, NSV_MATCH_GLOB, &a);
	while (*path) {
		size_t len = strcspn(path, "/");

		nsv_match_step(pattern, NSV_MATCH_GLOB, &a, path, len, &b);
		a = b;
		path += len + (path[len] == '/');
	}
	nsv_match_link(&a);
	return a.n;
}

static void links(void **state)
{
	assert_false(goes_on("/**/x", "link"));
	assert_false(goes_on("/**", "link"));
	assert_true(goes_on("/*/x", "link"));
	assert_true(goes_on("/**/link/x", "a/link"));
	assert_false(goes_on("/**/link/x", "a/other"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),  cmocka_unit_test(many_stars), cmocka_unit_test(escapes),
		cmocka_unit_test(hidden), cmocka_unit_test(links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
