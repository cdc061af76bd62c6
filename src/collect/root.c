/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root.c - the container's files: the visitor of the walk (copy/walk.h), which goes through the
 * read-only clone of the mounts where it can be had.
 *
 * Defends as the walk does. What is asked for by path is found by the same walk, which enters only
 * folders in which something may match; so each file has one name in the package, the one that no
 * link leads to.
 */
#include "collect/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "collect/match.h"
#include "collect/root_put.h"
#include "copy/source.h"
#include "copy/walk.h"
#include "reach/mount_clone.h"

/* Whether the container still runs is looked at after so many files. */
#define ALIVE_EACH 32

struct visit {
	struct nsv_collection *c;
	struct nsv_way way;
	const struct nsv_mount_rules *rules;
	const struct nsv_path_set *changed;
	char **patterns; /* no link on their way as far as they name one place; NULL: everything */
	size_t n_patterns;
	uint64_t *found; /* of each pattern */
	uint64_t n_seen;
};

/* What the walk itself could not do. What it leaves out are mounts, which mounts.json has. */
static void on_event(const struct nsv_copy_event *event, void *data)
{
	struct visit *v = data;

	if (event->kind == NSV_COPY_FAILED && v->way.feed)
		nsv_root_failed(&v->way, event->path, event->err, event->msg);
}

/* ---- what is asked for ---- */

/* Readers tell an operating system by these, also when they are empty. */
static bool is_marker(const char *path)
{
	static const char *const names[] = { "etc", "var", "opt", "run", "sys" };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(names); i++)
		if (strcmp(path, names[i]) == 0)
			return true;
	return false;
}

static bool wanted(struct visit *v, const char *path)
{
	bool any = !v->patterns || is_marker(path) || nsv_path_set_has(v->changed, path);

	for (size_t i = 0; v->patterns && i < v->n_patterns; i++) {
		enum nsv_match m = nsv_match_path(v->patterns[i], path);

		v->found[i] += m == NSV_MATCH_YES;
		any = any || m != NSV_MATCH_NO;
	}
	return any;
}

static bool skip(struct nsv_walk *w, struct nsv_dir *dir, const char *name)
{
	struct visit *v = w->data;
	nsv_autofree char *path = NULL;
	const struct nsv_left_out *rule;

	if (nsv_stop(v->c))
		return true;
	if (!v->patterns && v->rules->n == 0)
		return false;
	path = nsv_dir_path(dir, "", name);
	if (!path || !wanted(v, path))
		return true;
	rule = nsv_mount_rule(v->rules, path);
	return rule != NULL;
}

/* ---- the walk ---- */

static void entry(struct nsv_walk *w, struct nsv_dir *dir, const char *name, unsigned type,
		  bool follow)
{
	struct visit *v = w->data;

	(void)follow;
	nsv_root_read(&v->way, dir, name, type);
	if (++v->n_seen % ALIVE_EACH == 0 && nsv_target_alive(v->c->target) < 0)
		v->c->ended = true;
}

static int enter(struct nsv_walk *w, struct nsv_dir *dir, bool empty)
{
	struct visit *v = w->data;

	(void)empty;
	return nsv_root_read_dir(&v->way, dir);
}

/* An fd of the container's "/", and whether reading through it moves access times. */
static int open_top(struct visit *v)
{
	struct nsv_error e = NSV_ERROR_INIT;
	nsv_autofd int clone = nsv_mount_clone(v->c->target, 0, &e);
	int fd;

	if (clone >= 0) {
		fd = nsv_open_dir_at(clone, ".");
		nsv_log(v->c, "clone", "files are read through a read-only clone of the mounts");
		return fd;
	}
	nsv_log(v->c, "no-clone",
		"no clone of the mounts (%s): files are read with O_NOATIME; access times of links "
		"and of what belongs to others may move",
		e.msg);
	nsv_outcome(v->c, "clone", "/", NSV_FAILED, e.msg);
	return nsv_root_open_dir(v->c->root, "/", 0, &e);
}

static int walk(struct visit *v)
{
	struct nsv_source s = { .c = v->way.copy, .from = v->c->target, .text = (char *)"" };
	struct nsv_walk w = { .s = &s,
			      .data = v,
			      .enter = enter,
			      .entry = entry,
			      .skip = skip,
			      .sorted = true,
			      .max_open = v->way.copy->max_fds / 8 };
	struct nsv_dir *top = nsv_dir_new(&s, NULL, "");
	struct stat st;
	int r;

	if (!top)
		return -ENOMEM;
	s.dest = s.text;
	s.base = "";
	top->src = open_top(v);
	if (top->src < 0 || fstat(top->src, &st) < 0) {
		r = top->src < 0 ? top->src : -errno;
		nsv_dir_drop(top);
		return r;
	}
	nsv_dir_set_stat(top, &st);
	s.mnt_id = nsv_mount_id(top->src, "", AT_EMPTY_PATH);
	v->way.md = EVP_MD_fetch(NULL, "SHA256", NULL);
	v->way.hash = v->way.md ? EVP_MD_CTX_new() : NULL;
	r = nsv_feed_new(nsv_root_put, &v->way, &v->way.feed);
	if (r < 0) {
		nsv_dir_drop(top);
		return r;
	}
	r = nsv_walk_run(&w, top);
	v->way.feed = nsv_feed_free(v->way.feed);
	EVP_MD_CTX_free(v->way.hash);
	EVP_MD_free(v->way.md);
	return r;
}

/*
 * Links on the way of a pattern are resolved as far as it names one place: /bin/x* is looked for
 * in /usr/bin. A link in the last place is taken itself, and what it leads to.
 */
static int add_pattern(struct visit *v, const char *pattern)
{
	size_t plain = strcspn(pattern, "*?[\\");
	nsv_autofree char *head = NULL, *canonical = NULL;
	const char *rest = "";
	char *full = NULL;

	if (pattern[plain]) {
		while (plain > 0 && pattern[plain - 1] != '/')
			plain--;
		rest = pattern + plain;
	}
	head = strndup(pattern, plain);
	if (!head)
		return -ENOMEM;
	if (nsv_root_canonical(v->c->root, *head ? head : "/", *rest ? 0 : NSV_NOFOLLOW, &canonical,
			       NULL) < 0)
		full = strdup(pattern);
	else if (asprintf(&full, "%s%s%s", canonical, *rest ? "/" : "", rest) < 0)
		full = NULL;
	if (!full)
		return -ENOMEM;
	v->patterns[v->n_patterns++] = full;
	nsv_free_p(&canonical);
	if (*rest || nsv_root_canonical(v->c->root, head, 0, &canonical, NULL) < 0 ||
	    strcmp(canonical, full) == 0)
		return 0;
	v->patterns[v->n_patterns++] = nsv_steal_ptr(canonical);
	return 0;
}

static int add_patterns(struct visit *v)
{
	const struct nsv_collect_options *o = v->c->o;
	int r = 0;

	if (nsv_wants(v->c, NSV_COLLECT_FULL))
		return 0;
	v->patterns = calloc(o->n_paths * 2 + 1, sizeof(*v->patterns));
	v->found = calloc(o->n_paths * 2 + 1, sizeof(*v->found));
	if (!v->patterns || !v->found)
		return -ENOMEM;
	for (size_t i = 0; i < o->n_paths && r == 0; i++)
		r = add_pattern(v, o->paths[i]);
	return r;
}

static void tell_patterns(struct visit *v)
{
	for (size_t i = 0; i < v->n_patterns; i++) {
		if (v->found[i])
			nsv_outcome(v->c, "path", v->patterns[i], NSV_TAKEN, NULL);
		else
			nsv_outcome(v->c, "path", v->patterns[i], NSV_MISSING,
				    "nothing matches it");
		free(v->patterns[i]);
	}
	free(v->patterns);
	free(v->found);
}

int nsv_collect_root(struct nsv_collection *c, const struct nsv_mount_rules *rules,
		     const struct nsv_path_set *changed)
{
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	struct visit v = { .c = c, .way = { .c = c }, .rules = rules, .changed = changed };
	struct nsv_error e = NSV_ERROR_INIT;
	int r;

	nsv_progress(c, "files", NULL);
	nsv_log(c, "files", "begins");
	o.flags = NSV_COPY_ARCHIVE | NSV_COPY_SPECIAL |
		  (nsv_wants(c, NSV_COLLECT_ONE_MOUNT) ? (unsigned)NSV_COPY_ONE_MOUNT : 0U);
	o.threads = 1;
	o.exclude = c->o->exclude;
	o.n_exclude = c->o->n_exclude;
	o.event = on_event;
	o.data = &v;
	o.cancel = c->o->cancel;
	r = nsv_copy_new(&o, &v.way.copy, &e);
	if (r < 0)
		return r;
	v.way.copy->all_xattrs = true;
	r = add_patterns(&v);
	if (r == 0)
		r = walk(&v);
	if (r < 0)
		nsv_outcome(c, "files", "/", NSV_FAILED, strerror(-r));
	else if (atomic_load(&v.way.copy->count[NSV_N_EXCLUDED]))
		nsv_outcome(c, "files", "/", NSV_SKIPPED, "some names, by --exclude or -x");
	tell_patterns(&v);
	(void)nsv_copy_free(v.way.copy);
	nsv_log(c, "files", "%llu of them", (unsigned long long)c->n_files);
	return c->fatal;
}
