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

#include "collect/apart_walk.h"
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
	uint64_t n_seen;
	int top; /* for a helper: what it walks through */
};

/* What the walk itself could not do. What it leaves out are mounts, which mounts.json has. */
static void on_event(const struct nsv_copy_event *event, void *data)
{
	struct visit *v = data;

	if (event->kind == NSV_COPY_EVENT_FAILED && (v->way.feed || v->c->far))
		nsv_root_failed(&v->way, event->path, event->err, event->msg);
}

/* Whether a file itself is asked for, and not only what lies below one of that name. */
static bool is_meant(const struct visit *v, const struct nsv_dir *dir, const char *name)
{
	nsv_autofree char *path = NULL;

	if (nsv_selection_is_all(v->way.selection))
		return true;
	path = nsv_dir_path(dir, "", name);
	return path && nsv_selection_takes(v->way.selection, path);
}

static bool skip(struct nsv_walk *w, struct nsv_dir *dir, const char *name)
{
	struct visit *v = w->data;
	struct nsv_far *far = v->c->far;
	nsv_autofree char *path = NULL;

	if (nsv_stop(v->c))
		return true;
	if (!nsv_selection_is_all(v->way.selection) || v->rules->n) {
		path = nsv_dir_path(dir, "", name);
		if (!path || !nsv_selection_wants(v->way.selection, path) ||
		    nsv_mount_rule(v->rules, path))
			return true;
	}
	return far && nsv_far_looks(far, dir, name);
}

/* ---- the walk ---- */

static void entry(struct nsv_walk *w, struct nsv_dir *dir, const char *name, unsigned type,
		  bool follow)
{
	struct visit *v = w->data;

	(void)follow;
	if (!is_meant(v, dir, name) || (v->c->far && nsv_far_took_files(v->c->far, dir)))
		return;
	nsv_root_read(&v->way, dir, name, type);
	if (++v->n_seen % ALIVE_EACH == 0 && nsv_target_alive(v->c->target) < 0)
		v->c->ended = true;
}

/* Before a helper enters a folder: 0, 1 if it did already, or -errno. */
static int enter_far(struct nsv_far *f, const struct nsv_dir *dir)
{
	nsv_autofree char *path = nsv_dir_path(dir, NSV_ROOT_PREFIX, NULL);

	if (!path)
		return -ENOMEM;
	if (nsv_far_gave_up(f, dir->src_dev)) {
		nsv_far_outcome(f, "file", path, NSV_FAILED,
				"too much of its file system timed out: the rest of it is missing");
		return -ETIMEDOUT;
	}
	if (nsv_far_took_folder(f, dir))
		return 1;
	nsv_far_at(f, path, true, dir->src_dev);
	return 0;
}

static int enter(struct nsv_walk *w, struct nsv_dir *dir, bool empty)
{
	struct visit *v = w->data;
	int r = v->c->far ? enter_far(v->c->far, dir) : 0;

	(void)empty;
	if (r != 0)
		return r == 1 ? 0 : r;
	return nsv_root_read_dir(&v->way, dir);
}

/* Before a helper looks at a folder. */
static void approach(struct nsv_walk *w, struct nsv_dir *dir, const char *name)
{
	const struct visit *v = w->data;
	nsv_autofree char *path = v->c->far ? nsv_dir_path(dir, NSV_ROOT_PREFIX, name) : NULL;

	if (path && !v->c->far->resume.path)
		nsv_far_at(v->c->far, path, true, 0);
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

static int walk_from(struct visit *v, int take_fd)
{
	struct nsv_source s = { .c = v->way.copy, .from = v->c->target, .text = (char *)"" };
	struct nsv_walk w = { .s = &s,
			      .data = v,
			      .enter = enter,
			      .entry = entry,
			      .skip = skip,
			      .approach = approach,
			      .sorted = true,
			      .max_open = v->way.copy->max_fds / 8 };
	struct nsv_dir *top = nsv_dir_new(&s, NULL, "");
	struct stat st;

	if (!top) {
		nsv_close(take_fd);
		return -ENOMEM;
	}
	s.dest = s.text;
	s.base = "";
	top->src = take_fd;
	if (fstat(top->src, &st) < 0) {
		int r = -errno;

		nsv_dir_drop(top);
		return r;
	}
	nsv_dir_set_stat(top, &st);
	s.mnt_id = nsv_mount_id(top->src, "", AT_EMPTY_PATH);
	return nsv_walk_run(&w, top);
}

/* By this thread, and one that writes. */
static int walk_here(struct visit *v, int take_fd)
{
	int r;

	v->way.md = EVP_MD_fetch(NULL, "SHA256", NULL);
	v->way.hash = v->way.md ? EVP_MD_CTX_new() : NULL;
	r = nsv_feed_new(nsv_root_put, &v->way, &v->way.feed);
	if (r < 0)
		nsv_close(take_fd);
	else
		r = walk_from(v, take_fd);
	v->way.feed = nsv_feed_free(v->way.feed);
	EVP_MD_CTX_free(v->way.hash);
	EVP_MD_free(v->way.md);
	return r;
}

/* In a helper. */
static void walk_far(struct nsv_far *far, void *data)
{
	struct visit *v = data;
	/* An fd of its own: with the offset of the one before it, it would list nothing. */
	int top = nsv_open_dir_at(v->top, "."), r = top < 0 ? top : walk_from(v, top);

	nsv_far_count(far, 0, atomic_load(&v->way.copy->count[NSV_N_EXCLUDED]));
	nsv_far_done(far, -r);
}

static void on_sent(struct nsv_sent *sent, void *data)
{
	struct visit *v = data;

	nsv_root_sent(&v->way, sent);
}

static void on_count(unsigned what, uint64_t n, void *data)
{
	const struct visit *v = data;

	(void)what;
	nsv_count(v->way.copy, NSV_N_EXCLUDED, n);
}

static int walk(struct visit *v)
{
	nsv_autofd int top = open_top(v);

	if (top < 0)
		return top;
	if (!v->c->risks.files)
		return walk_here(v, nsv_steal_fd(&top));
	v->top = top;
	nsv_log(v->c, "apart", "a file system may never answer: a helper reads");
	return nsv_apart_walk(&(struct nsv_apart_walk){ .c = v->c,
							.run = walk_far,
							.take = on_sent,
							.count = on_count,
							.data = v,
							.top = top });
}

/* What the collection could not take, be it here or in a helper. */
static void on_failed(const char *path, void *data)
{
	struct visit *v = data;
	size_t len = strlen(NSV_ROOT_PREFIX "/");

	if (strncmp(path, NSV_ROOT_PREFIX "/", len) == 0)
		nsv_selection_met(v->way.selection, path + len, S_IFREG, 0, NSV_FOUND_FAILED, NULL);
}

static int select_and_walk(struct visit *v)
{
	struct nsv_collection *c = v->c;
	int r = nsv_selection_new(c, v->changed, &v->way.selection);

	if (r < 0)
		return r;
	for (size_t i = 0; i < v->rules->n; i++)
		nsv_selection_met(v->way.selection, v->rules->list[i].path, S_IFREG, 0,
				  NSV_FOUND_LEFT_OUT, v->rules->list[i].reason);
	c->file_failed = on_failed;
	c->file_failed_data = v;
	r = walk(v);
	c->file_failed = NULL;
	return r;
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
	r = select_and_walk(&v);
	if (r < 0)
		nsv_outcome(c, "files", "/", NSV_FAILED, strerror(-r));
	else if (atomic_load(&v.way.copy->count[NSV_N_EXCLUDED]))
		nsv_outcome(c, "files", "/", NSV_SKIPPED, "some names, by --exclude or -x");
	if (v.way.selection)
		nsv_selection_tell(v.way.selection);
	v.way.selection = nsv_selection_free(v.way.selection);
	(void)nsv_copy_free(v.way.copy);
	nsv_log(c, "files", "%llu of them", (unsigned long long)c->n_files);
	return c->fatal;
}
