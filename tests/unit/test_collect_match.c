/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_collect_match.c - patterns of paths, one by one, and many at once in a walk's order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collect/patterns.h"
#include "reach/util.h"

#define NO    NSV_MATCH_NO
#define ABOVE NSV_MATCH_ABOVE
#define YES   NSV_MATCH_YES

static void patterns(void **state)
{
	static const struct {
		const char *pattern, *path;
		enum nsv_match trees, artifact_trees, exactly;
	} cases[] = {
		{ "/etc/passwd", "etc", ABOVE, ABOVE, ABOVE },
		{ "/etc/passwd", "etc/passwd", YES, YES, YES },
		{ "/etc/passwd", "etc/passwd/x", YES, YES, NO },
		{ "/etc/passwd", "etc/shadow", NO, NO, NO },
		{ "/a/*", "a/.hidden", YES, YES, YES },
		{ "/a/*", "a/b/c", YES, YES, NO },
		{ "/a/?[0-9]", "a/x1", YES, YES, YES },
		{ "/a/?[0-9]", "a/xx", NO, NO, NO },
		{ "/a/\\*", "a/*", YES, YES, YES },
		{ "/a/\\*", "a/x", NO, NO, NO },
		{ "/a/**", "a", ABOVE, ABOVE, ABOVE },
		{ "/a/**", "a/1/2/3/4/5/6/7/8/9/10", YES, YES, YES },
		{ "/a/**", "a/1/2/3/4/5/6/7/8/9/10/11", YES, YES, NO },
		{ "/a/**2", "a/1/2", YES, YES, YES },
		{ "/a/**2", "a/1/2/3", YES, YES, NO },
		{ "/a/**/z", "a/z", YES, YES, YES },
		{ "/a/**/z", "a/1/2/z", YES, YES, YES },
		{ "/a/**/z", "a/1/2", ABOVE, ABOVE, ABOVE },
		{ "/a/**/z", "a/1/2/3/4/5/6/7/8/9/10/z", YES, YES, YES },
		{ "/a/**/z", "a/1/2/3/4/5/6/7/8/9/10/11/z", YES, NO, NO },
		/* Two names behind "**1": the first of them is on the way. */
		{ "/**1/b/c", "x/b", ABOVE, ABOVE, ABOVE },
		{ "/**1/b/c", "x/b/c", YES, YES, YES },
		{ "/**1/b/c", "x/y/b", NO, NO, NO },
		{ "/**1/b/c/d", "x/b/c", ABOVE, ABOVE, ABOVE },
		{ "/**99999999999999999999/z", "a/z", YES, YES, YES },
		/* Any number of "**"; and what only begins so stays within a component. */
		{ "/**/a/**/b/**/c/**/d", "1/a/b/2/c/d", YES, YES, YES },
		{ "/**/a/**/b/**/c/**/d", "1/a/b/2/d/c", ABOVE, ABOVE, ABOVE },
		{ "/a/**.log", "a/x.log", YES, YES, YES },
		{ "/a/**.log", "a/x.txt", NO, NO, NO },
		{ "/a//b/", "a/b", YES, YES, YES },
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(cases); i++) {
		const enum nsv_match wanted[] = { cases[i].trees, cases[i].artifact_trees,
						  cases[i].exactly };

		for (unsigned k = 0; k < 3; k++) {
			enum nsv_match got =
			    nsv_match_path(cases[i].pattern, cases[i].path, (enum nsv_match_kind)k);

			if (got != wanted[k])
				print_error("%s, %s, kind %u\n", cases[i].pattern, cases[i].path,
					    k);
			assert_int_equal(got, wanted[k]);
		}
	}
}

/* What is remembered of folders changes no answer, in whatever order paths come. */
static void many(void **state)
{
	static const char *const texts[] = {
		"/a/b/*", "/a/*/c", "/**/z", "/a/b/c/d/e", "/**2/q/r", "/b", "/a/b", "/",
	};
	struct nsv_patterns p = { 0 };
	unsigned seed = 1;

	for (size_t i = 0; i + 1 < NSV_ARRAY_SIZE(texts); i++) {
		assert_int_equal(nsv_patterns_tally(&p), i);
		assert_int_equal(nsv_patterns_add(&p, strdup(texts[i]),
						  (enum nsv_match_kind)(i % 3), (uint32_t)i),
				 0);
	}
	for (unsigned round = 0; round < 20000; round++) {
		unsigned depth = 1 + (seed = seed * 1103515245 + 12345) / 65536 % 6;
		enum nsv_match best = NO;
		char path[64] = "";

		for (unsigned k = 0; k < depth; k++) {
			seed = seed * 1103515245 + 12345;
			(void)snprintf(path + strlen(path), 8, "%s%c", k ? "/" : "",
				       "abcdezqr"[seed / 65536 % 8]);
		}
		for (size_t i = 0; i < p.n; i++) {
			enum nsv_match m = nsv_match_path(p.list[i].text, path, p.list[i].kind);

			best = m > best ? m : best;
		}
		assert_int_equal(nsv_patterns_ask(&p, path), best);
	}
	nsv_patterns_free(&p);
}

/* Below very many folders nothing more is remembered; the answers stay. */
static void deep(void **state)
{
	struct nsv_patterns p = { 0 };
	char *path = calloc(1, 4096);
	size_t len = 0;

	assert_non_null(path);
	assert_int_equal(nsv_patterns_tally(&p), 0);
	assert_int_equal(nsv_patterns_add(&p, strdup("/d"), NSV_MATCH_TREES, 0), 0);
	for (unsigned i = 0; i < 1000; i++) {
		path[len++] = '/';
		path[len++] = 'd';
		assert_int_equal(nsv_patterns_ask(&p, path + 1), YES);
		nsv_patterns_met(&p, path + 1, S_IFREG, 3, NSV_FOUND_TAKEN, NULL);
	}
	assert_true(p.asked.n_levels <= NSV_PATTERN_LEVELS && p.met.n_levels <= NSV_PATTERN_LEVELS);
	assert_int_equal(p.tallies[0].found, 1000);
	assert_int_equal(p.tallies[0].bytes, 3000);
	assert_int_equal(nsv_patterns_ask(&p, "e/d"), NO);
	nsv_patterns_free(&p);
	free(path);
}

static void too_many(void **state)
{
	struct nsv_patterns p = { 0 };
	char *long_text = malloc((size_t)1 << 20);
	unsigned n = 0;

	assert_non_null(long_text);
	memset(long_text, 'x', ((size_t)1 << 20) - 1);
	long_text[((size_t)1 << 20) - 1] = '\0';
	assert_int_equal(nsv_patterns_tally(&p), 0);
	while (nsv_patterns_add(&p, strdup(long_text), NSV_MATCH_TREES, 0) == 0)
		n++;
	assert_int_equal(n, 16);
	nsv_patterns_free(&p);
	free(long_text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(many),
		cmocka_unit_test(deep),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
