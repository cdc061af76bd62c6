/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_oci.c - what nsrun --inside takes from a config.json. The texts are as runtimes on hosts
 * with AppArmor and SELinux have them, which the engines of other tests do not.
 */
#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>

#include <cmocka.h>

#include "reach/util.h"
#include "run/inside/settings.h"

static const char whole[] =
    "{\"ociVersion\":\"1.2.0\",\"process\":{\"terminal\":true,"
    "\"user\":{\"uid\":1000,\"gid\":2000,\"umask\":63,\"additionalGids\":[2000,3000]},"
    "\"args\":[\"/bin/sh\"],\"env\":[\"PATH=/bin\",\"A=b=c\",\"Q=\\\"\\u00e9\"],\"cwd\":\"/srv\","
    "\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"CAP_KILL\",\"CAP_OF_TOMORROW\"],"
    "\"effective\":[\"CAP_KILL\"],\"permitted\":[\"CAP_KILL\"],\"ambient\":[]},"
    "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":200,\"soft\":100},"
    "{\"type\":\"RLIMIT_CORE\",\"hard\":18446744073709551615,\"soft\":0}],"
    "\"noNewPrivileges\":true,\"apparmorProfile\":\"docker-default\","
    "\"selinuxLabel\":\"system_u:system_r:container_t:s0:c107,c592\",\"oomScoreAdj\":-17},"
    "\"hostname\":\"web1\",\"linux\":{\"cgroupsPath\":\"system.slice:docker:abc\","
    "\"personality\":{\"domain\":\"LINUX32\"}}}";

static int take(const char *text, struct nsv_inside_settings *s)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_inside_settings empty = NSV_INSIDE_SETTINGS_INIT;

	*s = empty;
	return nsv_inside_from_bundle(text, strlen(text), false, s, &e);
}

static void test_whole(void **state)
{
	struct nsv_inside_settings s;

	(void)state;
	assert_int_equal(take(whole, &s), 0);
	assert_true(s.from_bundle && s.terminal && s.no_new_privs && s.have_oom);
	assert_int_equal(s.uid, 1000);
	assert_int_equal(s.gid, 2000);
	assert_int_equal(s.umask, 077);
	assert_int_equal(s.n_groups, 2);
	assert_int_equal(s.groups[1], 3000);
	assert_int_equal(s.env.n, 3);
	assert_string_equal(s.env.list[1], "A=b=c");
	assert_string_equal(s.env.list[2], "Q=\"\303\251");
	assert_null(s.env.list[3]);
	assert_string_equal(s.cwd, "/srv");
	assert_string_equal(s.hostname, "web1");
	assert_int_equal(s.caps[NSV_CAPS_BOUNDING], 1 << CAP_CHOWN | 1 << CAP_KILL);
	assert_int_equal(s.caps[NSV_CAPS_PERMITTED], 1 << CAP_KILL);
	assert_int_equal(s.caps[NSV_CAPS_EFFECTIVE], 1 << CAP_KILL);
	assert_int_equal(s.caps[NSV_CAPS_INHERITABLE] | s.caps[NSV_CAPS_AMBIENT], 0);
	assert_int_equal(s.have_limits, 1U << RLIMIT_NOFILE | 1U << RLIMIT_CORE);
	assert_int_equal(s.limits[RLIMIT_NOFILE].rlim_cur, 100);
	assert_int_equal(s.limits[RLIMIT_NOFILE].rlim_max, 200);
	assert_true(s.limits[RLIMIT_CORE].rlim_max == RLIM_INFINITY);
	assert_int_equal(s.oom_score_adj, -17);
	assert_int_equal(s.personality, PER_LINUX32);
	assert_string_equal(s.apparmor, "docker-default");
	assert_string_equal(s.selinux, "system_u:system_r:container_t:s0:c107,c592");
	assert_int_equal(s.n_filters, 0);
	nsv_inside_settings_clear(&s);
}

/* What is left out gives nothing: no capability, no label. */
static void test_least(void **state)
{
	struct nsv_inside_settings s;

	(void)state;
	assert_int_equal(take("{\"process\":{},\"linux\":{}}", &s), 0);
	for (int i = 0; i < NSV_CAPS_SETS; i++)
		assert_int_equal(s.caps[i], 0);
	assert_null(s.apparmor);
	assert_null(s.selinux);
	assert_false(s.have_oom || s.no_new_privs);
	assert_int_equal(s.have_limits, 0);
	assert_int_equal(s.umask, 022);
	nsv_inside_settings_clear(&s);
}

/* Wrong types are refused rather than taken for nothing: that could be weaker. */
static void test_wrong(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{\"process\":{}}",
		"{\"linux\":{}}",
		"{\"process\":{\"user\":{\"uid\":-1}},\"linux\":{}}",
		"{\"process\":{\"user\":{\"uid\":4294967296}},\"linux\":{}}",
		"{\"process\":{\"user\":{\"umask\":512}},\"linux\":{}}",
		"{\"process\":{\"env\":\"A=b\"},\"linux\":{}}",
		"{\"process\":{\"noNewPrivileges\":\"true\"},\"linux\":{}}",
		"{\"process\":{\"apparmorProfile\":true},\"linux\":{}}",
		"{\"process\":{\"selinuxLabel\":[]},\"linux\":{}}",
		"{\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_ZORK\",\"soft\":1}]},\"linux\":{}}",
		"{\"process\":{\"capabilities\":{\"bounding\":\"CAP_KILL\"}},\"linux\":{}}",
		"{\"process\":{},\"linux\":{\"personality\":{\"domain\":\"BSD\"}}}",
	};

	(void)state;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(texts); i++) {
		struct nsv_inside_settings s;

		if (take(texts[i], &s) != -EBADMSG)
			fail_msg("taken: %s", texts[i]);
		nsv_inside_settings_clear(&s);
	}
}

/* No beginning of a file does harm. */
static void test_cut(void **state)
{
	(void)state;
	for (size_t len = 0; len + 1 < sizeof(whole) - 1; len++) {
		struct nsv_inside_settings s;
		char *text = strndup(whole, len);

		assert_non_null(text);
		assert_int_equal(take(text, &s), -EBADMSG);
		nsv_inside_settings_clear(&s);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
