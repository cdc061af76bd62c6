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

#include "collect/attributes.h"
#include "collect/listings.h"
#include "collect/match.h"
#include "copy/item.h"
#include "copy/links.h"
#include "copy/meta.h"
#include "copy/pool.h"
#include "copy/source.h"
#include "copy/walk.h"
#include "reach/mount_clone.h"

/* Every list has each path whole: a container could nest folders until they fill any disk. */
#define LONGEST_PATH ((size_t)64 * 1024)

struct visit {
	struct nsv_collection *c;
	struct nsv_copy *copy;
	const struct nsv_mount_rules *rules;
	char **patterns; /* no link on their way as far as they name one place; NULL: everything */
	size_t n_patterns;
	uint64_t *found; /* of each pattern */
};

static void failed(struct visit *v, const char *path, int err, const char *msg)
{
	if (err != ECANCELED)
		nsv_outcome(v->c, "file", path, NSV_FAILED, msg && *msg ? msg : strerror(err));
}

/* What the walk itself could not do. What it leaves out are mounts, which mounts.json has. */
static void on_event(const struct nsv_copy_event *event, void *data)
{
	struct visit *v = data;

	if (event->kind == NSV_COPY_FAILED)
		failed(v, event->path, event->err, event->msg);
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
	bool any = !v->patterns || is_marker(path);

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

/* ---- members ---- */

static int put_plain(struct visit *v, const struct nsv_entity *m, struct nsv_taken *t)
{
	struct nsv_collection *c = v->c;
	int r = nsv_package_begin(c->package, m);

	if (r == 0)
		r = nsv_package_end(c->package, &t->sums);
	t->in_package = r == 0;
	return nsv_wrote(c, r);
}

static void put_file(struct visit *v, struct nsv_entity *m, int fd, struct nsv_taken *t, char *hex)
{
	if (nsv_take_body(v->c, m, fd, t) < 0)
		return;
	if (t->in_package && t->sums.whole)
		nsv_hex(t->sums.data, NSV_SHA_LEN, hex);
	v->c->n_bytes += t->in_package ? m->size : 0;
	if (t->outcome != NSV_TAKEN && t->outcome != NSV_EMPTY)
		nsv_outcome(v->c, "file", m->path, t->outcome, t->reason);
}

/* Whether it is a further name of a file in the package, and was written as that. */
static bool put_link(struct visit *v, struct nsv_entity *m, const struct stat *st, bool *ret_first,
		     struct nsv_taken *t, char *hex)
{
	nsv_autofree char *known = NULL;
	struct nsv_link link;
	int r;

	*ret_first = false;
	if (m->nlink < 2)
		return false;
	r = nsv_links_claim(v->copy->links, st->st_dev, st->st_ino, m->nlink, &link);
	*ret_first = r == 0;
	if (r <= 0)
		return false;
	/* The hash, a blank, the path. */
	known = link.path;
	memcpy(hex, known, NSV_SHA_HEX - 1);
	m->hard = known + NSV_SHA_HEX;
	if (put_plain(v, m, t) == 0 && S_ISREG(m->mode) && hex[0] != '-')
		nsv_package_sum_link(v->c->package, m->path, hex);
	nsv_list_member(v->c, m, S_ISREG(m->mode) && hex[0] != '-' ? hex : NULL, t);
	m->hard = NULL;
	return true;
}

static void remember_link(struct visit *v, const struct nsv_entity *m, const struct stat *st,
			  const char *hex, bool in_package)
{
	nsv_autofree char *text = NULL;
	struct nsv_link link = { 0 };

	if (in_package && asprintf(&text, "%-64s %s", *hex ? hex : "-", m->path) > 0)
		link.path = text;
	nsv_links_done(v->copy->links, st->st_dev, st->st_ino, link.path ? &link : NULL);
}

static void put_other(struct visit *v, struct nsv_entity *m, const struct nsv_item *it, int fd,
		      struct nsv_taken *t)
{
	if (S_ISSOCK(m->mode)) {
		/* An archive has no form for it. */
		t->outcome = NSV_SKIPPED;
		return;
	}
	if (S_ISLNK(m->mode)) {
		m->link = nsv_item_link_text(nsv_pool_worker(v->copy->pool), it, fd);
		if (!m->link) {
			t->outcome = NSV_FAILED;
			return;
		}
	}
	(void)put_plain(v, m, t);
}

static void put_item(struct visit *v, const struct nsv_item *it, int fd, bool file,
		     const struct stat *st, const char *path)
{
	struct nsv_taken t = { .outcome = NSV_TAKEN };
	char hex[NSV_SHA_HEX] = "";
	struct nsv_entity m;
	bool first;
	int r = nsv_member_fill(v->c, v->copy, fd, !file, path, &m);

	if (r < 0) {
		failed(v, path, -r, "its attributes can't be read");
		nsv_xattrs_clear(&m.xattrs);
		return;
	}
	v->c->n_files++;
	if (!put_link(v, &m, st, &first, &t, hex)) {
		if (file)
			put_file(v, &m, fd, &t, hex);
		else
			put_other(v, &m, it, fd, &t);
		if (first)
			remember_link(v, &m, st, hex, t.in_package);
		if (t.in_package || t.outcome == NSV_SKIPPED)
			nsv_list_member(v->c, &m, *hex ? hex : NULL, &t);
	}
	free((char *)m.link);
	nsv_xattrs_clear(&m.xattrs);
}

static void entry(struct nsv_walk *w, struct nsv_dir *dir, const char *name, unsigned type,
		  bool follow)
{
	struct visit *v = w->data;
	size_t len = strlen(name) + 1;
	nsv_autofree struct nsv_item *it = malloc(sizeof(*it) + len);
	nsv_autofree char *path = nsv_dir_path(dir, NSV_ROOT_PREFIX, name);
	struct nsv_error e = NSV_ERROR_INIT;
	struct stat st;
	bool file;

	if (!it || !path) {
		(void)nsv_fail_text(dir, name, ENOMEM, NSV_STAGE_READ, NULL);
		return;
	}
	*it = (struct nsv_item){ .dir = dir, .type = type, .pathfd = NSV_FD_NONE };
	memcpy(it->name, name, len);
	nsv_progress(v->c, NULL, path);
	nsv_autofd int fd = nsv_item_open(it, &file, &st, &e);

	if (fd < 0)
		failed(v, path, e.err, e.msg);
	else if (!nsv_item_left_out(it, fd, &st))
		put_item(v, it, fd, file, &st, path);
	if (nsv_target_alive(v->c->target) < 0)
		v->c->ended = true;
}

static int enter(struct nsv_walk *w, struct nsv_dir *dir, bool empty)
{
	struct visit *v = w->data;
	nsv_autofree char *path = nsv_dir_path(dir, NSV_ROOT_PREFIX, NULL);
	struct nsv_taken t = { .outcome = NSV_TAKEN };
	struct nsv_entity m;
	int r = path ? nsv_member_fill(v->c, v->copy, dir->src, dir->src_opath, path, &m) : -ENOMEM;

	if (r < 0) {
		(void)nsv_fail_text(dir, NULL, -r, NSV_STAGE_READ, NULL);
		return r;
	}
	if (strnlen(path, LONGEST_PATH) == LONGEST_PATH) {
		nsv_outcome(v->c, "file", path, NSV_TRUNCATED,
			    "what is below has a path of more than 64 KiB");
		nsv_xattrs_clear(&m.xattrs);
		return -ENAMETOOLONG;
	}
	v->c->n_files++;
	r = put_plain(v, &m, &t);
	if (r == 0)
		nsv_list_member(v->c, &m, NULL, &t);
	nsv_xattrs_clear(&m.xattrs);
	return r;
}

/* ---- the walk ---- */

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
	struct nsv_source s = { .c = v->copy, .from = v->c->target, .text = (char *)"" };
	struct nsv_walk w = { .s = &s,
			      .data = v,
			      .enter = enter,
			      .entry = entry,
			      .skip = skip,
			      .sorted = true,
			      .max_open = v->copy->max_fds / 8 };
	struct nsv_dir *top = nsv_dir_new(&s, NULL, "");
	struct stat st;

	if (!top)
		return -ENOMEM;
	s.dest = s.text;
	s.base = "";
	top->src = open_top(v);
	if (top->src < 0 || fstat(top->src, &st) < 0) {
		int r = top->src < 0 ? top->src : -errno;

		nsv_dir_drop(top);
		return r;
	}
	nsv_dir_set_stat(top, &st);
	s.mnt_id = nsv_mount_id(top->src, "", AT_EMPTY_PATH);
	return nsv_walk_run(&w, top);
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

int nsv_collect_root(struct nsv_collection *c, const struct nsv_mount_rules *rules)
{
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	struct visit v = { .c = c, .rules = rules };
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
	r = nsv_copy_new(&o, &v.copy, &e);
	if (r < 0)
		return r;
	v.copy->all_xattrs = true;
	r = add_patterns(&v);
	if (r == 0)
		r = walk(&v);
	if (r < 0)
		nsv_outcome(c, "files", "/", NSV_FAILED, strerror(-r));
	else if (atomic_load(&v.copy->count[NSV_N_EXCLUDED]))
		nsv_outcome(c, "files", "/", NSV_SKIPPED, "some names, by --exclude or -x");
	tell_patterns(&v);
	(void)nsv_copy_free(v.copy);
	nsv_log(c, "files", "%llu of them", (unsigned long long)c->n_files);
	return c->fatal;
}
