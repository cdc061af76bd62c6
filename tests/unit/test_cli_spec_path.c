/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_cli_spec_path.c - the whole table of what SPEC:PATH means: nsview(7) has the same in words.
 */
#include "fixtures/skip.h"

#include <stdlib.h>
#include <string.h>

#include "cli/spec_path.h"
#include "command/options.h"
#include "reach/util.h"

const struct cli_command cli_command = { .name = "test" };

static const struct {
	const char *text;
	enum cli_where where;
	const char *spec, *path; /* NULL: none, all of text */
} cases[] = {
	/* PIDs. */
	{ "1010:/etc", CLI_IN_CONTAINER, "1010", "/etc" },
	{ "1010:etc/x", CLI_IN_CONTAINER, "1010", "etc/x" },
	{ "1010:", CLI_IN_CONTAINER, "1010", "/" },
	{ "1010:4026531840:/etc", CLI_IN_CONTAINER, "1010:4026531840", "/etc" },
	{ "1010:4026531840:etc", CLI_IN_CONTAINER, "1010:4026531840", "etc" },
	{ "1010:4026531840:", CLI_IN_CONTAINER, "1010:4026531840", "/" },
	{ "1010:4026531840", CLI_IN_CONTAINER, "1010", "4026531840" },
	{ "1010:12/x", CLI_IN_CONTAINER, "1010", "12/x" },
	{ "1010:12/x:y", CLI_IN_CONTAINER, "1010", "12/x:y" },
	{ "1010:a:b", CLI_IN_CONTAINER, "1010", "a:b" },
	{ "1010::b", CLI_IN_CONTAINER, "1010", ":b" },
	{ "1010:/a:/b", CLI_IN_CONTAINER, "1010", "/a:/b" },
	{ "1010:1:2:3", CLI_IN_CONTAINER, "1010:1", "2:3" },
	/* Names. */
	{ "web1:/etc", CLI_IN_CONTAINER, "web1", "/etc" },
	{ "web1:tmp", CLI_IN_CONTAINER, "web1", "tmp" },
	{ "web1:tmp/a", CLI_IN_CONTAINER, "web1", "tmp/a" },
	{ "web1:./a", CLI_IN_CONTAINER, "web1", "./a" },
	{ "web1:", CLI_IN_CONTAINER, "web1", "/" },
	{ "web1::", CLI_IN_CONTAINER, "web1", ":" },
	{ "web1:a:/b", CLI_IN_CONTAINER, "web1", "a:/b" },
	{ "12a:b", CLI_IN_CONTAINER, "12a", "b" },
	{ "w\033\n\377b:/x", CLI_IN_CONTAINER, "w\033\n\377b", "/x" },
	{ ".hidden:/x", CLI_IN_CONTAINER, ".hidden", "/x" },
	{ "dir/web1:/etc", CLI_IN_CONTAINER, "dir/web1", "/etc" },
	{ "-x:/etc", CLI_IN_CONTAINER, "-x", "/etc" },
	{ ":/etc", CLI_IN_CONTAINER, "", "/etc" },
	{ "unknown:web1:/etc", CLI_IN_CONTAINER, "unknown", "web1:/etc" },
	/* Engines. */
	{ "docker:web1:/etc", CLI_IN_CONTAINER, "docker:web1", "/etc" },
	{ "docker:web1:tmp", CLI_IN_CONTAINER, "docker:web1", "tmp" },
	{ "docker:web1:", CLI_IN_CONTAINER, "docker:web1", "/" },
	{ "docker:web1:a:/b", CLI_IN_CONTAINER, "docker:web1", "a:/b" },
	{ "docker:web1", CLI_NO_PATH, NULL, NULL },
	{ "docker:/etc", CLI_IN_CONTAINER, "docker", "/etc" },
	{ "docker:", CLI_IN_CONTAINER, "docker", "/" },
	{ "docker2:web1", CLI_IN_CONTAINER, "docker2", "web1" },
	{ "podman:web1:x", CLI_IN_CONTAINER, "podman:web1", "x" },
	{ "containerd:web1:x", CLI_IN_CONTAINER, "containerd:web1", "x" },
	{ "cri-o:web1:x", CLI_IN_CONTAINER, "cri-o:web1", "x" },
	{ "kubernetes:4f1c:x", CLI_IN_CONTAINER, "kubernetes:4f1c", "x" },
	{ "crun:web1:x", CLI_IN_CONTAINER, "crun:web1", "x" },
	{ "runc:web1:x", CLI_IN_CONTAINER, "runc:web1", "x" },
	{ "buildkit:4f1c:x", CLI_IN_CONTAINER, "buildkit:4f1c", "x" },
	{ "lxc:web1:x", CLI_IN_CONTAINER, "lxc:web1", "x" },
	{ "systemd-nspawn:web1:x", CLI_IN_CONTAINER, "systemd-nspawn:web1", "x" },
	{ "systemd-nspawn:web1", CLI_NO_PATH, NULL, NULL },
	{ "-:web1:/x", CLI_IN_CONTAINER, "-:web1", "/x" },
	{ "-:web1", CLI_NO_PATH, NULL, NULL },
	{ "-:/x", CLI_IN_CONTAINER, "-", "/x" },
	/* Pods. */
	{ "pod:shop/front:/etc/x", CLI_IN_CONTAINER, "pod:shop/front", "/etc/x" },
	{ "pod:shop/front:etc", CLI_IN_CONTAINER, "pod:shop/front", "etc" },
	{ "pod:shop/front/nginx:/etc:/x", CLI_IN_CONTAINER, "pod:shop/front/nginx", "/etc:/x" },
	{ "pod:shop/front:", CLI_IN_CONTAINER, "pod:shop/front", "/" },
	{ "pod:shop/front", CLI_NO_PATH, NULL, NULL },
	{ "pod:/etc", CLI_IN_CONTAINER, "pod", "/etc" },
	/* Hostnames, which may have colons. */
	{ "host:1010:/x", CLI_IN_CONTAINER, "host:1010", "/x" },
	{ "host:web1:tmp", CLI_IN_CONTAINER, "host:web1", "tmp" },
	{ "host:a:b:/x", CLI_IN_CONTAINER, "host:a:b", "/x" },
	{ "host:a:b", CLI_IN_CONTAINER, "host:a", "b" },
	{ "host:a:/b:/c", CLI_IN_CONTAINER, "host:a", "/b:/c" },
	{ "host:a/b:/x", CLI_IN_CONTAINER, "host:a/b", "/x" },
	{ "host:w\033 b:/x", CLI_IN_CONTAINER, "host:w\033 b", "/x" },
	{ "host:web1", CLI_NO_PATH, NULL, NULL },
	{ "host:/etc", CLI_NO_PATH, NULL, NULL },
	{ "host:/etc:/x", CLI_IN_CONTAINER, "host:/etc", "/x" },
	{ "host:", CLI_NO_PATH, NULL, NULL },
	{ "host:host:/etc", CLI_IN_CONTAINER, "host:host", "/etc" },
	/* Namespace files. */
	{ "/proc/1010/ns/mnt:/etc", CLI_IN_CONTAINER, "/proc/1010/ns/mnt", "/etc" },
	{ "/proc/1010/ns/mnt:", CLI_IN_CONTAINER, "/proc/1010/ns/mnt", "/" },
	{ "/proc/self/ns/mnt:etc/x", CLI_IN_CONTAINER, "/proc/self/ns/mnt", "etc/x" },
	{ "/proc/self/ns/uts:x", CLI_IN_CONTAINER, "/proc/self/ns/uts", "x" },
	{ "/proc/self/ns/mnt", CLI_ON_HOST, NULL, NULL },
	{ "./ns/mnt:x", CLI_IN_CONTAINER, "./ns/mnt", "x" },
	/* The host's. */
	{ "./web1:tmp", CLI_ON_HOST, NULL, NULL },
	{ "./1010:/etc", CLI_ON_HOST, NULL, NULL },
	{ "./docker:web1:/x", CLI_ON_HOST, NULL, NULL },
	{ "/tmp/a:/b", CLI_ON_HOST, NULL, NULL },
	{ "../web1:/etc", CLI_ON_HOST, NULL, NULL },
	{ "plain", CLI_ON_HOST, NULL, NULL },
	{ "dir/plain", CLI_ON_HOST, NULL, NULL },
	{ "", CLI_ON_HOST, NULL, NULL },
	{ "1010", CLI_ON_HOST, NULL, NULL },
	{ "--", CLI_ON_HOST, NULL, NULL },
	{ "-rf", CLI_ON_HOST, NULL, NULL },
	{ "./-", CLI_ON_HOST, NULL, NULL },
	{ "-", CLI_ARCHIVE, NULL, NULL },
};

static void every_row_of_the_table(void **state)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(cases); i++) {
		const char *path = cases[i].path ? cases[i].path : cases[i].text;
		struct cli_spec_path got;

		cli_spec_path_parse(cases[i].text, &got);
		if (got.where != cases[i].where || !got.spec != !cases[i].spec)
			fail_msg("%s: kind %d", cases[i].text, (int)got.where);
		if (got.spec && cases[i].spec && strcmp(got.spec, cases[i].spec) != 0)
			fail_msg("%s: SPEC is %s", cases[i].text, got.spec);
		if (strcmp(got.path, path) != 0)
			fail_msg("%s: PATH is %s", cases[i].text, got.path);
		assert_ptr_equal(got.text, cases[i].text);
		free(got.spec);
	}
}

#define MOST 3

static const struct {
	const char *operands[MOST + 1];
	bool typed;
	const char *specs[MOST + 1], *paths[MOST + 1];
} lists[] = {
	{ { "web1" }, false, { "web1" }, { "/" } },
	{ { "web1", "/a", "b:c" }, false, { "web1", "web1" }, { "/a", "b:c" } },
	{ { "1010:4026531840", "/a" }, false, { "1010:4026531840" }, { "/a" } },
	{ { "1010:4026531840" }, false, { "1010:4026531840" }, { "/" } },
	{ { "docker:web1", "a" }, false, { "docker:web1" }, { "a" } },
	{ { "/proc/1/ns/mnt", "a" }, false, { "/proc/1/ns/mnt" }, { "a" } },
	{ { "host:a:b", "/a" }, false, { "host:a:b" }, { "/a" } },
	{ { "host:a:b", "web1:/a" }, true, { "host:a", "web1" }, { "b", "/a" } },
	{ { "host:a:b" }, true, { "host:a" }, { "b" } },
	{ { "host:a:/b" }, true, { "host:a" }, { "/b" } },
	{ { "-", "a" }, false, { "-" }, { "a" } },
	{ { "web1:" }, true, { "web1" }, { "/" } },
	{ { "web1:a", "web2:/b", "web1:c" }, true, { "web1", "web2", "web1" }, { "a", "/b", "c" } },
	{ { "1010:4026531840:a", "1010:5" }, true, { "1010:4026531840", "1010" }, { "a", "5" } },
	{ { "docker:web1:a" }, true, { "docker:web1" }, { "a" } },
};

static void operands_of_readers(void **state)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(lists); i++) {
		char *operands[MOST + 1];
		struct cli_spec_path *got;
		bool typed = !lists[i].typed;
		size_t n, wanted = 0;
		int count = 0;

		for (; lists[i].operands[count]; count++)
			operands[count] = (char *)lists[i].operands[count];
		while (lists[i].specs[wanted])
			wanted++;
		got = cli_spec_paths(operands, count, &n, &typed);
		assert_int_equal(n, wanted);
		assert_int_equal(typed, lists[i].typed);
		for (size_t k = 0; k < n; k++) {
			assert_string_equal(got[k].spec, lists[i].specs[k]);
			assert_string_equal(got[k].path, lists[i].paths[k]);
		}
		cli_spec_path_free(got, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_the_table),
		cmocka_unit_test(operands_of_readers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
