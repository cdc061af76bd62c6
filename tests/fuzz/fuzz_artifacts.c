/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_artifacts.c - artifact definitions and a container's passwd(5), which stands before the
 * first byte 0xff: all names are expanded with its users.
 */
#include "fuzz.h"

#include <errno.h>

#include "collect/artifacts/expand.h"
#include "collect/artifacts/yaml_in.h"
#include "reach/match.h"
#include "reach/util.h"

#define PATTERNS 500

struct seen {
	unsigned n;
	bool ended;
};

static int on_pattern(void *data, size_t wish, const char *pattern, bool tree)
{
	struct seen *s = data;
	enum nsv_match_kind kind = tree ? NSV_MATCH_ARTIFACT_TREES : NSV_MATCH_ARTIFACT_EXACTLY;

	FUZZ_CHECK(*pattern == '/');
	FUZZ_CHECK(nsv_match_path(pattern, "a/b", kind) <= NSV_MATCH_YES);
	s->ended = s->n++ >= PATTERNS;
	return s->ended ? -E2BIG : 0;
}

static void on_left_out(void *data, const struct nsv_wish *wish,
			const struct nsv_artifact_source *source, const char *path,
			const char *reason)
{
	FUZZ_CHECK(wish->name && source->type && reason);
	FUZZ_CHECK(source->is_linux);
}

static void expand(const struct nsv_artifacts *a, struct nsv_artifact_users *users)
{
	const char *names[64], *near[4];
	struct nsv_wishes wishes = { 0 };
	struct seen seen = { 0 };
	struct nsv_expansion x = { a, users, on_pattern, on_left_out, &seen };
	struct nsv_artifact one = { .size = sizeof(one) };
	size_t n = 0;

	for (; n < NSV_ARRAY_SIZE(names) && nsv_artifacts_get(a, n, &one); n++) {
		names[n] = one.name;
		FUZZ_CHECK(one.doc && nsv_artifacts_has(a, one.name));
		FUZZ_CHECK(nsv_artifacts_nearest(a, one.name, near, 4) >= 1);
	}
	FUZZ_CHECK(nsv_wishes_expand(&x, names, n, &wishes) == 0);
	FUZZ_CHECK(wishes.n_asked == n);
	for (size_t i = 0; i < n; i++)
		FUZZ_CHECK(wishes.list[wishes.asked[i]].definition ==
			   nsv_definitions_find(a, names[i]));
	for (size_t i = 0; i < wishes.n_edges; i++)
		FUZZ_CHECK(wishes.edges[i].group < wishes.n && wishes.edges[i].member < wishes.n);
	nsv_wishes_free(&wishes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, 0xff, size) : NULL;
	size_t len = end ? (size_t)(end - data) : 0, skip = end ? len + 1 : 0;
	struct nsv_artifacts *a = nsv_definitions_new();
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_artifact_users users = { 0 };
	char *passwd = fuzz_text(data, len);
	const char *twice = NULL;
	int r;

	FUZZ_CHECK(a);
	FUZZ_CHECK(nsv_users_parse(&users, NULL, passwd) == 0);
	FUZZ_CHECK(users.n <= NSV_USERS_MAX && users.n_homes <= NSV_HOMES_MAX);
	r = nsv_yaml_definitions(a, "file", data + skip, size - skip, &e);
	FUZZ_CHECK(r == 0 || (r == -EINVAL && *e.msg));
	if (r == 0) {
		r = nsv_definitions_finish(a, &twice);
		FUZZ_CHECK(r == 0 || (r == -EEXIST && twice));
	}
	if (r == 0)
		expand(a, &users);
	nsv_artifact_users_free(&users);
	(void)nsv_artifacts_free(a);
	free(passwd);
	return 0;
}
