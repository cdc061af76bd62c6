/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_discover_names.c - what a name means among containers that try to be each other. */
#include "fixtures/skip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "discover/names/name_match.h"
#include "reach/util.h"

#define ID_A "abcd111111111111111111111111111111111111111111111111111111111111"
#define ID_B "abcd222222222222222222222222222222222222222222222222222222222222"
#define ID_C "1234567890121111111111111111111111111111111111111111111111111111"

static char own_name[65];

enum { A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P };

static struct nsv_container all[] = {
	[A] = { .engine = "docker", .id = ID_A, .engine_name = "web1", .hostname = "abcd11111111" },
	[B] = { .engine = "docker", .id = ID_B, .engine_name = "db", .hostname = "db-host" },
	[C] = { .engine = "podman", .id = ID_C, .engine_name = "web1", .hostname = "twin" },
	[D] = { .hostname = "twin" },
	[E] = { .hostname = "solo" },
	[F] = { .engine = "docker", .engine_name = "shared", .hostname = own_name, .utsns = 7 },
	[G] = { .hostname = "1010" },
	[H] = { .hostname = "docker:db" },
	[I] = { .engine = "lxc", .id = "mail-server", .engine_name = "mail-server" },
	[J] = { .engine = "containerd",
		.pod_namespace = "shop",
		.pod_name = "front",
		.pod_container = "nginx",
		.engine_name = "nginx",
		.hostname = "front" },
	[K] = { .engine = "containerd",
		.pod_namespace = "shop",
		.pod_name = "front",
		.pod_container = "POD",
		.hostname = "front" },
	[L] = { .hostname = "" },
	[M] = { .hostname = "a/b" },
	[N] = { .hostname = "we\033[2Jird" },
	[O] = { .hostname = "-oX" },
	[P] = { .kind = NSV_KIND_SERVICE, .hostname = "service" },
};

static struct nsv_scan scan = { .containers = all, .n = NSV_ARRAY_SIZE(all), .utsns = 7 };

static int setup(void **state)
{
	struct utsname uts;

	if (uname(&uts) < 0)
		return -1;
	memcpy(own_name, uts.nodename, sizeof(own_name) - 1);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(all); i++)
		all[i].pid = (pid_t)(1000 + i);
	nsv_short_ids_fill(&scan);
	return 0;
}

static int teardown(void **state)
{
	nsv_arena_done(&scan.arena);
	return 0;
}

#define NOBODY	  (-1)
#define AMBIGUOUS (-2)

static const struct {
	const char *name;
	int who;
} cases[] = {
	{ "solo", E },
	{ "db", B },
	{ "db-host", B },
	{ "shared", F },
	{ "mail-server", I },
	{ "mail", I },
	{ "mai", NOBODY },
	{ ID_A, A },
	{ "abcd1", A },
	{ "abcd11111111", A },
	{ "abcd", AMBIGUOUS },
	{ "abc", NOBODY },
	{ "ABCD1", NOBODY },
	{ "web1", AMBIGUOUS },
	{ "docker:web1", A },
	{ "podman:web1", C },
	{ "lxc:web1", NOBODY },
	{ "twin", AMBIGUOUS },
	{ "podman:twin", NOBODY }, /* its own word, not the engine's */
	{ "-:twin", D },
	{ "-:solo", E },
	{ "-:web1", NOBODY },
	{ "host:twin", AMBIGUOUS },
	{ "host:solo", E },
	{ "docker:abcd1", A },
	{ "docker:abcd", AMBIGUOUS },
	{ "podman:1234", C },
	{ "podman:123456789012", C },
	{ "123456789012", NOBODY }, /* a number */
	{ "1010", NOBODY },
	{ "host:1010", G },
	{ "docker:db", B }, /* never the one that calls itself so */
	{ "host:docker:db", H },
	{ own_name, NOBODY },
	{ "pod:shop/front", J },
	{ "pod:shop/front/nginx", J },
	{ "pod:shop/front/POD", K },
	{ "pod:shop/front/none", NOBODY },
	{ "pod:shop/fron", NOBODY },
	{ "pod:sho/front", NOBODY },
	{ "pod:shop/", NOBODY },
	{ "pod:shop/front/", NOBODY },
	{ "pod:shop/front/nginx/x", NOBODY },
	{ "pod:/front", NOBODY },
	{ "pod:front", NOBODY },
	{ "front", AMBIGUOUS },
	{ "nginx", J },
	{ "", NOBODY },
	{ ":", NOBODY },
	{ "host:", NOBODY },
	{ "docker:", NOBODY },
	{ ":db", NOBODY },
	{ "host:a/b", M },
	{ "a/b", M },
	{ "host:we\033[2Jird", N },
	{ "service", NOBODY },
	{ "-oX", O },
};

static void names_mean_one_container_or_none(void **state)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(cases); i++) {
		const struct nsv_container *c = NULL;
		struct nsv_error e = NSV_ERROR_INIT;
		int r = nsv_scan_find_name(&scan, cases[i].name, &c, &e);
		int who = r == -ENOTUNIQ ? AMBIGUOUS : r == -ENOENT ? NOBODY : (int)(c - all);

		if (who != cases[i].who)
			fail_msg("'%s' means %d, not %d (%s)", cases[i].name, who, cases[i].who,
				 e.msg);
		if (r < 0) {
			assert_null(c);
			assert_int_equal(e.err, -r);
		}
	}
}

/* Control: by the hostname alone, as a naive tool has it, the attacker would be found. */
static void a_hostname_takes_no_name_away(void **state)
{
	static const char *const stolen[] = { "web1", "abcd2", ID_B, "db", "mail" };
	static const int victims[] = { A, B, B, B, I };
	const char *before = all[E].hostname;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(stolen); i++) {
		const struct nsv_container *c = NULL;
		struct nsv_error e = NSV_ERROR_INIT;
		char pid[16];
		int r;

		all[E].hostname = stolen[i];
		r = nsv_scan_find_name(&scan, stolen[i], &c, &e);
		assert_int_equal(r, -ENOTUNIQ);
		(void)snprintf(pid, sizeof(pid), "%d", (int)all[victims[i]].pid);
		assert_non_null(strstr(e.msg, pid));
		(void)snprintf(pid, sizeof(pid), "%d", (int)all[E].pid);
		assert_non_null(strstr(e.msg, pid));
	}
	all[E].hostname = before;
}

/* Any user may call a rootless container of his by the digits that "docker ps" shows for another.
 */
static void a_name_takes_no_id_away(void **state)
{
	const struct nsv_container *c = NULL;
	const char *before = all[C].engine_name;
	struct nsv_error e = NSV_ERROR_INIT;

	all[C].engine_name = "abcd11111111";
	assert_int_equal(nsv_scan_find_name(&scan, "abcd11111111", &c, &e), -ENOTUNIQ);
	assert_non_null(strstr(e.msg, "docker:web1 (PID 1000)"));
	assert_non_null(strstr(e.msg, "(PID 1002)"));
	assert_int_equal(nsv_scan_find_name(&scan, "docker:abcd11111111", &c, NULL), 0);
	assert_ptr_equal(c, &all[A]);
	assert_int_equal(nsv_scan_find_name(&scan, "podman:abcd11111111", &c, NULL), 0);
	assert_ptr_equal(c, &all[C]);
	/* Nor where the other does not call itself by its ID. */
	all[C].engine_name = "abcd22222222";
	assert_int_equal(nsv_scan_find_name(&scan, "abcd22222222", &c, &e), -ENOTUNIQ);
	assert_non_null(strstr(e.msg, "db (PID 1001)"));
	all[C].engine_name = before;
}

static void candidates_can_be_typed(void **state)
{
	const struct nsv_container *c = NULL;
	struct nsv_error e = NSV_ERROR_INIT;

	assert_int_equal(nsv_scan_find_name(&scan, "web1", &c, &e), -ENOTUNIQ);
	assert_string_equal(e.msg, "means several containers: docker:web1 (PID 1000), "
				   "podman:web1 (PID 1002)");
	assert_int_equal(nsv_scan_find_name(&scan, "twin", &c, &e), -ENOTUNIQ);
	assert_string_equal(e.msg, "means several containers: podman:web1 (PID 1002), 1003");
}

static void many_candidates_are_cut(void **state)
{
	static struct nsv_container crowd[500];
	struct nsv_scan many = { .containers = crowd, .n = NSV_ARRAY_SIZE(crowd) };
	const struct nsv_container *c = NULL;
	struct nsv_error e = NSV_ERROR_INIT;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(crowd); i++)
		crowd[i] =
		    (struct nsv_container){ .pid = (pid_t)(1000000 + i), .hostname = "same" };
	assert_int_equal(nsv_scan_find_name(&many, "same", &c, &e), -ENOTUNIQ);
	assert_non_null(strstr(e.msg, "1000000, 1000001"));
	assert_non_null(strstr(e.msg, " more"));
	assert_true(strlen(e.msg) < sizeof(e.msg) - 1);
}

static const char *const specs[] = {
	[A] = "docker:web1",
	[B] = "db",
	[C] = "podman:web1",
	[D] = "1003",
	[E] = "solo",
	[F] = "shared",
	[G] = "host:1010",
	[H] = "1007",
	[I] = "mail-server",
	[J] = "nginx",
	[K] = "pod:shop/front/POD",
	[L] = "1011",
	[M] = "1012",
	[N] = "1013",
	[O] = "1014",
};

static void a_spec_leads_back(void **state)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(specs); i++) {
		const struct nsv_container *c = NULL;
		nsv_autofree char *spec = NULL;

		assert_int_equal(nsv_scan_spec(&scan, &all[i], &spec), 0);
		assert_string_equal(spec, specs[i]);
		if (strspn(spec, "0123456789") == strlen(spec))
			continue;
		assert_int_equal(nsv_scan_find_name(&scan, spec, &c, NULL), 0);
		assert_ptr_equal(c, &all[i]);
	}
}

static void is_only_agrees_with_find(void **state)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(cases); i++) {
		struct nsv_name name;
		struct nsv_found f;

		if (!nsv_name_parse(cases[i].name, &name))
			continue;
		nsv_name_find(&scan, &name, &f);
		for (size_t k = 0; k < NSV_ARRAY_SIZE(all); k++)
			assert_int_equal(nsv_name_is_only(&scan, &name, &all[k]),
					 f.total == 1 && f.one == &all[k]);
	}
}

static void each_container_has_a_short_name(void **state)
{
	static struct nsv_container c = { .engine = "docker",
					  .id = ID_A,
					  .short_id = "abcd11111111" };

	assert_string_equal(nsv_container_name(&scan, &all[A]), "web1");
	assert_string_equal(nsv_container_name(&scan, &all[E]), "solo");
	assert_string_equal(nsv_container_name(&scan, &c), "abcd11111111");
	c.hostname = own_name;
	assert_string_equal(nsv_container_name(&scan, &c), "abcd11111111");
	c.hostname = "";
	assert_string_equal(nsv_container_name(&scan, &c), "abcd11111111");
	assert_null(nsv_container_name(&scan, &all[L]));
	assert_string_equal(all[A].short_id, "abcd11111111");
	assert_string_equal(all[I].short_id, "mail-server");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_mean_one_container_or_none),
		cmocka_unit_test(a_hostname_takes_no_name_away),
		cmocka_unit_test(a_name_takes_no_id_away),
		cmocka_unit_test(candidates_can_be_typed),
		cmocka_unit_test(many_candidates_are_cut),
		cmocka_unit_test(a_spec_leads_back),
		cmocka_unit_test(is_only_agrees_with_find),
		cmocka_unit_test(each_container_has_a_short_name),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
