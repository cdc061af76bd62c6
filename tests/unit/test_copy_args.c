/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_copy_args.c - which arguments of nscp are a container's. */
#include "fixtures/skip.h"

#include <stdlib.h>
#include <string.h>

#include "cli/nscp.h"
#include "reach/util.h"

const struct cli_command cli_command = { .name = "test" };

static const struct {
	const char *text, *spec, *path;
} cases[] = {
	{ "1010:/etc", "1010", "/etc" },
	{ "1010:etc/x", "1010", "etc/x" },
	{ "1010:", "1010", "/" },
	{ "1010:4026531840:/etc", "1010:4026531840", "/etc" },
	{ "1010:4026531840:etc", "1010:4026531840", "etc" },
	{ "1010:4026531840:", "1010:4026531840", "/" },
	{ "1010:12", "1010", "12" },
	{ "1010:a:b", "1010", "a:b" },
	{ "1010:/a:/b", "1010", "/a:/b" },
	{ "web1:/etc", "web1", "/etc" },
	{ "web1:", "web1", "/" },
	{ "docker:web1:/etc", "docker:web1", "/etc" },
	{ "docker:web1:", "docker:web1", "/" },
	{ "host:1010:/x", "host:1010", "/x" },
	{ "host:a/b:/x", "host:a/b", "/x" },
	{ "host:w\033 b:/x", "host:w\033 b", "/x" },
	{ "w\033\n\377b:/x", "w\033\n\377b", "/x" },
	{ "pod:shop/front:/etc/x", "pod:shop/front", "/etc/x" },
	{ "pod:shop/front/nginx:/etc:/x", "pod:shop/front/nginx", "/etc:/x" },
	{ "pod:shop/front:", "pod:shop/front", "/" },
	{ "/proc/1010/ns/mnt:/etc", "/proc/1010/ns/mnt", "/etc" },
	{ "/proc/1010/ns/mnt:", "/proc/1010/ns/mnt", "/" },
	{ "/proc/self/ns/mnt:etc/x", "/proc/self/ns/mnt", "etc/x" },
	/* The host's. */
	{ "web1:etc", NULL, "web1:etc" },
	{ "12a:b", NULL, "12a:b" },
	{ "./1010:/etc", NULL, "./1010:/etc" },
	{ "/tmp/a:/b", NULL, "/tmp/a:/b" },
	{ "../web1:/etc", NULL, "../web1:/etc" },
	{ "dir/web1:/etc", NULL, "dir/web1:/etc" },
	{ ".hidden:/x", NULL, ".hidden:/x" },
	{ ":/etc", NULL, ":/etc" },
	{ "plain", NULL, "plain" },
	{ "", NULL, "" },
	{ "-", NULL, "-" },
	{ "--", NULL, "--" },
	{ "-rf", NULL, "-rf" },
	{ "-:/x", "-", "/x" },
};

static void arguments_are_told_apart(void **state)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(cases); i++) {
		struct cp_arg arg;

		cp_parse_arg(cases[i].text, &arg);
		if (!arg.spec != !cases[i].spec)
			fail_msg("%s is on the wrong side", cases[i].text);
		if (arg.spec)
			assert_string_equal(arg.spec, cases[i].spec);
		assert_string_equal(arg.path, cases[i].path);
		assert_int_equal(arg.dash, strcmp(cases[i].text, "-") == 0);
		free(arg.spec);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
