/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_collect_artifacts.c - definitions out of YAML, names to patterns, passwd(5): what is right,
 * and that what is hostile ends, within bounds.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collect/artifacts/expand.h"
#include "collect/artifacts/yaml_in.h"
#include "reach/util.h"

#define FILE_OF(paths) "sources: [{type: FILE, attributes: {paths: [" paths "]}}]\n"

static struct nsv_artifacts *parse(const char *text)
{
	struct nsv_artifacts *a = nsv_definitions_new();
	struct nsv_error e = NSV_ERROR_INIT;
	const char *twice;

	assert_non_null(a);
	if (nsv_yaml_definitions(a, "t.yaml", text, strlen(text), &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(nsv_definitions_finish(a, &twice), 0);
	return a;
}

/* What is expanded, as text: "wish:pattern" or "wish!reason", one a line. */
struct seen {
	FILE *f;
	char *text;
	size_t len;
	unsigned n, most;
};

static int on_pattern(void *data, size_t wish, const char *pattern, bool tree)
{
	struct seen *s = data;

	if (s->n == s->most)
		return -E2BIG;
	s->n++;
	(void)fprintf(s->f, "%zu%s%s\n", wish, tree ? "/" : ":", pattern);
	return 0;
}

static void on_left_out(void *data, const struct nsv_wish *wish,
			const struct nsv_artifact_source *source, const char *path,
			const char *reason)
{
	(void)fprintf(((struct seen *)data)->f, "%s %s %s! %s\n", wish->name, source->type,
		      path ? path : "-", reason);
}

static char *expand(const char *yaml, const char *passwd, unsigned most, const char *const *names,
		    size_t n)
{
	struct nsv_artifacts *a = parse(yaml);
	struct nsv_artifact_users users = { 0 };
	struct nsv_wishes wishes = { 0 };
	struct seen seen = { .most = most };
	struct nsv_expansion x = { a, &users, on_pattern, on_left_out, &seen };
	nsv_autofree char *copy = strdup(passwd);

	seen.f = open_memstream(&seen.text, &seen.len);
	assert_true(seen.f && copy);
	assert_int_equal(nsv_users_parse(&users, NULL, copy), 0);
	assert_int_equal(nsv_wishes_expand(&x, names, n, &wishes), 0);
	assert_int_equal(fclose(seen.f), 0);
	nsv_wishes_free(&wishes);
	nsv_artifact_users_free(&users);
	(void)nsv_artifacts_free(a);
	return seen.text;
}

static void expands_to(const char *yaml, const char *wanted)
{
	static const char *const names[] = { "A" };
	nsv_autofree char *got = expand(yaml,
					"root:x:0:0:root:/root:/bin/sh\n"
					"u*:x:1000:1:a,b:/home/[u]:/bin/sh\n"
					"same:x:1001:1::/home/[u]:\n"
					"top:x:7:7::/:\n"
					"relative:x:8:8::home:\n"
					"short:x:9\n"
					"bad:x:-1:9::/bad:\n",
					1000, names, 1);

	assert_string_equal(got, wanted);
}

static void sources(void **state)
{
	expands_to("name: A\n" FILE_OF("/a, '/b/*'"), "0:/a\n0:/b/*\n");
	expands_to("name: A\nsources: [{type: PATH, attributes: {paths: [/a]}}]\n", "0//a\n");
	expands_to("name: A\nsources: [{type: DIRECTORY, attributes: {paths: /a}}]\n", "0//a\n");
	/* The type may come last; an unknown key is passed over. */
	expands_to(
	    "name: A\nnew: {x: [{y: z}]}\nsources: [{attributes: {paths: [/a], n: 1}, x: [], "
	    "type: FILE}]\n",
	    "0:/a\n");
	expands_to("name: A\nsources:\n- {type: COMMAND, attributes: {cmd: /bin/ls, args: [a]}}\n"
		   "- {type: REGISTRY_KEY, attributes: {keys: [x]}}\n",
		   "A COMMAND /bin/ls! commands are never run\n"
		   "A REGISTRY_KEY -! no such source on Linux\n");
	/* A source's own systems count, and the definition's. */
	expands_to("name: A\nsupported_os: [Windows, Linux]\nsources:\n"
		   "- {type: FILE, attributes: {paths: [/w]}, supported_os: [Windows]}\n"
		   "- {type: FILE, attributes: {paths: [/l]}, supported_os: [Darwin, Linux]}\n",
		   "0:/l\n");
	expands_to("name: A\nsupported_os: [Windows]\n" FILE_OF("/a"), "");
	expands_to(
	    "name: A\nsources: [{type: FILE, attributes: {paths: ['\\a'], separator: '\\'}}]\n",
	    "A FILE -! its separator is not \"/\"\n");
}

static void variables(void **state)
{
	/* A home once, what means something in a pattern escaped, "/" not doubled. */
	expands_to("name: A\n" FILE_OF("'%%users.homedir%%/.x'"),
		   "0:/root/.x\n0:/home/\\[u\\]/.x\n0:/.x\n");
	expands_to("name: A\n" FILE_OF("'/m/%%users.username%%-%%users.uid%%'"),
		   "0:/m/root-0\n0:/m/u\\*-1000\n0:/m/same-1001\n0:/m/top-7\n");
	expands_to("name: A\n" FILE_OF("'%%environ_temp%%/x', 'x', '/%%', '/%%%%', '/50%%x'"),
		   "A FILE %%environ_temp%%/x! a variable in it is not known here\n"
		   "A FILE x! no absolute path\n"
		   "0:/%%\n"
		   "A FILE /%%%%! a variable in it is not known here\n"
		   "0:/50%%x\n");
	expands_to("name: A\n" FILE_OF("'/**/a/**/b/**/c', '/**/a/**/b/**/c/**'"),
		   "0:/**/a/**/b/**/c\n"
		   "A FILE /**/a/**/b/**/c/**! \"**\" is in it too often\n");
}

#define GROUP(name, members)                                                                  \
	"---\nname: " name "\nsources: [{type: ARTIFACT_GROUP, attributes: {names: [" members \
	"]}}]\n"

static void groups(void **state)
{
	expands_to(GROUP("A", "B, C, Nobody") GROUP("B", "A, B, C") "---\nname: C\n" FILE_OF("/c"),
		   "2:/c\n");
}

/* A chain as long as there may be definitions: no recursion. */
static void long_chain(void **state)
{
	static const char *const names[] = { "N0" };
	nsv_autofree char *yaml = NULL, *got = NULL;
	size_t len;
	FILE *f = open_memstream(&yaml, &len);

	assert_non_null(f);
	for (unsigned i = 0; i < 30000; i++)
		(void)fprintf(f,
			      "---\nname: N%u\nsources: [{type: ARTIFACT_GROUP, attributes: "
			      "{names: [N%u]}}]\n",
			      i, (i + 1) % 30000);
	assert_int_equal(fclose(f), 0);
	got = expand(yaml, "", 10, names, 1);
	assert_string_equal(got, "");
}

static void too_many(void **state)
{
	static const char *const names[] = { "A", "B" };
	nsv_autofree char *got =
	    expand("name: A\n" FILE_OF("/1, /2, /3, /4") "---\nname: B\n" FILE_OF("/5"), "", 2,
		   names, 2);

	assert_string_equal(got, "0:/1\n0:/2\nA FILE /3! too many paths are asked for\n"
				 "B FILE /5! too many paths are asked for\n");
}

static void refused(void **state)
{
	static const struct {
		const char *text, *msg;
	} cases[] = {
		{ "name: A\nx: &x [1]\ny: *x\n", "t.yaml:3: aliases of YAML are not taken" },
		{ "name: A\n" FILE_OF("*x"), "t.yaml:2: aliases of YAML are not taken" },
		{ "[1]", "t.yaml:1: a mapping is expected here" },
		{ "name: A\n", "needs a name and sources" },
		{ "name: [A]\n", "a text is expected here" },
		{ "name: ''\n", "a text is empty" },
		{ "name: \"A\\0B\"\n", "has a NUL in it" },
		{ "name: a/b\n", "letters, digits" },
		{ "name: A\nsources: x\n", "sources is no list" },
		{ "name: A\nsources: [{attributes: {paths: [/a]}}]\n", "a source has no type" },
		{ "name: A\nsources: [{type: FILE}]\n", "neither paths nor names" },
		{ "name: A\nsupported_os: [[Linux]]\n", "supported_os has names" },
		{ "? [a]\n: b\n", "a key is no text" },
		{ "name: A\nname: \"\n", "t.yaml:" },
		{ "a: [[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]\n", "nested too deep" },
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(cases); i++) {
		struct nsv_artifacts *a = nsv_definitions_new();
		struct nsv_error e = NSV_ERROR_INIT;

		assert_int_equal(nsv_yaml_definitions(a, "t.yaml", cases[i].text,
						      strlen(cases[i].text), &e),
				 -EINVAL);
		if (!strstr(e.msg, cases[i].msg))
			fail_msg("'%s' is not in '%s'", cases[i].msg, e.msg);
		(void)nsv_artifacts_free(a);
	}
}

/* Texts are counted over all files: what each costs beyond its bytes is bounded. */
static void texts_are_counted(void **state)
{
	struct nsv_artifacts *a = nsv_definitions_new();
	struct nsv_error e = NSV_ERROR_INIT;
	nsv_autofree char *yaml = NULL;
	size_t len;
	FILE *f = open_memstream(&yaml, &len);

	assert_true(a && f);
	(void)fprintf(f, "name: A\naliases: [x");
	for (unsigned i = 0; i < NSV_DEFINITION_TEXTS; i++)
		(void)fprintf(f, ",x");
	(void)fprintf(f, "]\n");
	assert_int_equal(fclose(f), 0);
	assert_int_equal(nsv_yaml_definitions(a, "t.yaml", yaml, len, &e), -E2BIG);
	(void)nsv_artifacts_free(a);
}

static void nearest(void **state)
{
	struct nsv_artifacts *a = parse("name: LinuxCronTabs\n" FILE_OF(
	    "/a") "---\nname: LinuxCronLogs\naliases: "
		  "[Crony]\n" FILE_OF("/b") "---\nname: Other\n" FILE_OF("/c"));
	const char *got[4];
	char longest[200];

	assert_int_equal(nsv_artifacts_nearest(a, "linuxcrontab", got, 4), 2);
	assert_string_equal(got[0], "LinuxCronTabs");
	assert_string_equal(got[1], "LinuxCronLogs");
	assert_int_equal(nsv_artifacts_nearest(a, "linuxcrontab", got, 1), 1);
	assert_string_equal(got[0], "LinuxCronTabs");
	assert_true(nsv_artifacts_has(a, "Crony"));
	assert_false(nsv_artifacts_has(a, "crony"));
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(nsv_artifacts_nearest(a, longest, got, 4), 0);
	(void)nsv_artifacts_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources),
		cmocka_unit_test(variables),
		cmocka_unit_test(groups),
		cmocka_unit_test(long_chain),
		cmocka_unit_test(too_many),
		cmocka_unit_test(refused),
		cmocka_unit_test(texts_are_counted),
		cmocka_unit_test(nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
