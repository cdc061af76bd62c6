/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * glob.c - expands the patterns among a command's paths inside their containers, by reach/glob.h.
 * What the container has is never a pattern again. Main thread only.
 */
#include "reach/glob.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/cli.h"
#include "reach/wildcard.h"

/* The new list of paths. */
struct expanded {
	struct cli_spec_path *list;
	size_t n, room;
};

/* A path of the same container, or place on the host; @path_take is NULL for the same path. */
static void add(struct expanded *x, const struct cli_spec_path *typed, char *path_take)
{
	struct cli_spec_path one = *typed;

	if (x->n == x->room) {
		size_t room = x->room ? x->room * 2 : 64;
		struct cli_spec_path *more = reallocarray(x->list, room, sizeof(*more));

		if (!more)
			cli_no_memory();
		x->list = more;
		x->room = room;
	}
	if (typed->spec) {
		one.spec = strdup(typed->spec);
		if (!one.spec)
			cli_no_memory();
	}
	one.found = path_take;
	one.path = path_take ? path_take : typed->path;
	x->list[x->n++] = one;
}

static void tell_unread(const struct cli_spec_path *typed, const struct nsv_glob *g)
{
	const char *none = g->n ? "" : "no file matches, and ";

	if (g->unread > 1)
		cli_error("%s:%s: %s%zu directories could not be listed, one is %s: %s",
			  typed->spec, typed->path, none, g->unread, g->first_unread,
			  strerror(g->unread_errno));
	else
		cli_error("%s:%s: %s%s could not be listed: %s", typed->spec, typed->path, none,
			  g->first_unread, strerror(g->unread_errno));
}

static bool expand(struct expanded *x, const struct cli_spec_path *typed, struct nsv_root *root,
		   enum cli_exit *status)
{
	static const struct nsv_glob_limits limits = NSV_GLOB_LIMITS;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_glob g = { 0 };
	int r = nsv_glob_expand(root, typed->path, &limits, &g, &e);
	bool any = r == 0 && g.n;

	if (r < 0) {
		cli_error_at(typed->spec, typed->path, r, &e);
	} else if (g.unread) {
		tell_unread(typed, &g);
		*status = CLI_EXIT_FAILED;
	} else if (!g.n) {
		cli_error("%s:%s: no file matches", typed->spec, typed->path);
	}
	for (size_t i = 0; i < g.n && any; i++)
		add(x, typed, nsv_steal_ptr(g.list[i]));
	nsv_glob_free(&g);
	return any;
}

/* Without a wildcard it is the name of one file, there or not. */
static void add_plain(struct expanded *x, const struct cli_spec_path *typed)
{
	char *path = strdup(typed->path);

	if (!path)
		cli_no_memory();
	path[nsv_wildcard_unescape(path, strlen(path))] = '\0';
	add(x, typed, path);
}

struct cli_spec_path *cli_glob(const struct cli_sides *sides, const struct cli_spec_path *list,
			       size_t n, bool keep_last, size_t *ret_n, enum cli_exit *status)
{
	struct expanded x = { 0 };
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		const struct cli_spec_path *p = &list[i];

		if (p->where != CLI_IN_CONTAINER || (keep_last && i + 1 == n))
			add(&x, p, NULL);
		else if (!nsv_glob_is_pattern(p->path))
			add_plain(&x, p);
		else
			ok = expand(&x, p, cli_side_of(sides, p->spec)->root, status) && ok;
	}
	if (!ok) {
		cli_spec_path_free(x.list, x.n);
		*status = CLI_EXIT_FAILED;
		return NULL;
	}
	*ret_n = x.n;
	return x.list;
}

const char *cli_glob_hint(bool globs, const char *path, int err)
{
	return !globs && (err == -ENOENT || err == ENOENT) && nsv_glob_is_pattern(path)
		   ? " (patterns: use -g)"
		   : "";
}
