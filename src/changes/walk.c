/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * walk.c - goes through a folder as it was and as it is, and tells of each name that differs. Where
 * the image's folder is merged with the upper one only the latter is read; what an opaque, a
 * renamed, a replaced or a deleted folder had is found in the layers.
 */
#include "changes/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "changes/layer.h"
#include "changes/names.h"
#include "changes/pair.h"

static int visit(struct nsv_changes_walk *w, const struct nsv_node *node);

/* ---- one name ---- */

static const struct nsv_target *old_target(const struct nsv_changes_walk *w)
{
	return w->between ? nsv_root_target(w->c->old_root) : w->c->target;
}

/* What a program gets to see through struct nsv_change. */
struct sides {
	struct nsv_change_side old, now;
};

static int tell(struct nsv_changes_walk *w, const struct nsv_pair *p, struct sides *s,
		struct nsv_change *c)
{
	int r = 0;

	c->path = w->len ? w->path : "/";
	if (!s->now.exists) {
		c->kind = w->image ? NSV_CHANGE_IMAGE : NSV_CHANGE_DELETED;
		r = nsv_side_hash(w, &p->old, &s->old);
	} else if (!s->old.exists) {
		c->kind = NSV_CHANGE_ADDED;
		r = nsv_side_hash(w, &p->now, &s->now);
	}
	if (r < 0)
		r = nsv_walk_problem(w, -r);
	return r ? r : w->fn(c, w->data);
}

/* Whether anything is in the upper folder: what was changed below it, as Docker counts. */
static int has_entries(const struct nsv_pair *p)
{
	nsv_autofd int dir = nsv_layer_open_dir(p->now.fd);
	char buf[1024] __attribute__((aligned(8)));
	unsigned seen = 0;
	ssize_t n;

	if (dir < 0)
		return dir;
	while (seen < 3 && (n = getdents64(dir, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < n; seen++)
			at += ((const struct dirent64 *)(const void *)(buf + at))->d_reclen;
	/* "." and "..", and a name. */
	return seen > 2;
}

/* Whether there is something to tell of a file that was there and still is: 1, 0, or -errno. */
static int differs(struct nsv_changes_walk *w, const struct nsv_pair *p, struct sides *s,
		   struct nsv_change *c)
{
	int r = nsv_sides_compare(w, &p->old, &s->old, &p->now, &s->now), entries = 0;

	if (r < 0)
		return r;
	c->kind = NSV_CHANGE_CHANGED;
	c->what = (unsigned)r;
	if (w->between) {
		if (c->what == NSV_DIFFERS_TIME)
			c->what = 0;
		return c->what != 0;
	}
	if (!nsv_is_folder(&p->now) || c->what & NSV_DIFFERS_TYPE)
		return p->in_upper || c->what;
	if (p->in_upper)
		entries = has_entries(p);
	if (entries > 0)
		c->what |= NSV_DIFFERS_ENTRIES;
	return entries < 0 ? entries : p->in_upper || c->what != 0;
}

static int compare(struct nsv_changes_walk *w, const struct nsv_pair *p)
{
	struct sides s = { 0 };
	struct nsv_change c = { .kind = NSV_CHANGE_CHANGED, .old = &s.old, .now = &s.now };
	int r = 1;

	nsv_side_fill(old_target(w), &p->old, &s.old);
	nsv_side_fill(w->c->target, &p->now, &s.now);
	if (s.old.exists && s.now.exists)
		r = differs(w, p, &s, &c);
	if (r < 0)
		r = nsv_walk_problem(w, -r);
	else if (r > 0)
		r = tell(w, p, &s, &c);
	free((char *)s.old.link);
	free((char *)s.now.link);
	return r;
}

/* What is in the folders of a pair. */
static int descend(struct nsv_changes_walk *w, struct nsv_pair *p)
{
	struct nsv_node node;
	int r;

	if (!nsv_is_folder(&p->old) && !nsv_is_folder(&p->now))
		return 0;
	r = w->depth < NSV_CHANGES_DEPTH ? nsv_node_of(p, &node) : -ENAMETOOLONG;
	nsv_pair_free(p);
	if (r < 0)
		return nsv_walk_problem(w, -r);
	w->depth++;
	r = visit(w, &node);
	w->depth--;
	nsv_node_free(&node);
	return r;
}

static int visit_name(struct nsv_changes_walk *w, const struct nsv_node *node, const char *name)
{
	struct nsv_pair p = NSV_PAIR_NONE;
	size_t len = w->len;
	int r = nsv_walk_push(w, name);

	if (r < 0)
		return r;
	r = nsv_pair_find(w->l, node, name, &p);
	/* Other mounts are no part of what is compared between two containers. */
	if (r < 0 && r != -ESTALE && !(w->between && r == -EXDEV))
		r = nsv_walk_problem(w, -r);
	else if (r == 0 && (p.old.fd >= 0 || p.now.fd >= 0))
		r = compare(w, &p);
	else
		r = 0;
	if (r == 0)
		r = descend(w, &p);
	nsv_pair_free(&p);
	nsv_walk_cut(w, len);
	return r;
}

/* ---- a folder ---- */

struct folders {
	int fds[2 * NSV_LAYERS_MAX + 1];
	size_t n, own; /* from @own on they are to be closed */
};

static int add_stack(struct folders *f, const struct nsv_stack *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		int fd = nsv_layer_open_dir(s->dirs[i].fd);

		if (fd < 0)
			return fd;
		f->fds[f->n++] = fd;
	}
	return 0;
}

/* Those in which a name may be that differs. */
static int find_folders(struct folders *f, const struct nsv_node *node)
{
	int r = 0;

	f->n = 0;
	if (node->upper >= 0)
		f->fds[f->n++] = node->upper;
	f->own = f->n;
	if (!node->same)
		r = add_stack(f, &node->now);
	if (r == 0 && !node->same)
		r = add_stack(f, &node->old);
	return r;
}

static int visit_names(struct nsv_changes_walk *w, const struct nsv_node *node,
		       struct nsv_names *names)
{
	int r;

	while ((r = nsv_names_next(names)) > 0)
		for (size_t i = 0; i < names->n; i++) {
			const char *name = nsv_names_get(names, i);

			if (nsv_walk_cancelled(w))
				return -ECANCELED;
			r = 0;
			if (!nsv_is_mark(w->l, name))
				r = visit_name(w, node, name);
			/* ".wh.NAME" speaks of NAME. */
			else if (node->same && strcmp(name, ".wh..wh..opq") != 0)
				r = visit_name(w, node, name + 4);
			if (r)
				return r;
		}
	return r < 0 ? nsv_walk_problem(w, -r) : 0;
}

static int visit(struct nsv_changes_walk *w, const struct nsv_node *node)
{
	nsv_autofree struct folders *f = malloc(sizeof(*f));
	struct nsv_names names;
	int r = f ? find_folders(f, node) : -ENOMEM;

	if (r == 0) {
		nsv_names_begin(&names, f->fds, f->n, &w->budget);
		r = visit_names(w, node, &names);
		nsv_names_free(&names);
	} else {
		r = nsv_walk_problem(w, -r);
	}
	for (size_t i = f ? f->own : 0; f && i < f->n; i++)
		nsv_close(f->fds[i]);
	return r;
}

/* ---- the whole ---- */

static int take_old_top(struct nsv_changes_walk *w, struct nsv_layered *old)
{
	int r = nsv_stack_tops(w->l, &old->dirs);

	if (r < 0 || !old->dirs.n)
		return r;
	old->fd = fcntl(old->dirs.dirs[0].fd, F_DUPFD_CLOEXEC, 3);
	if (old->fd < 0 || statx(old->fd, "", AT_EMPTY_PATH, NSV_FACTS, &old->st) < 0)
		return -errno;
	return 0;
}

static int walk_layers(struct nsv_changes_walk *w)
{
	struct nsv_pair top = NSV_PAIR_NONE;
	int r = take_old_top(w, &top.old);

	top.same = top.in_upper = true;
	if (r == 0) {
		top.now.fd = fcntl(w->l->upper, F_DUPFD_CLOEXEC, 3);
		if (top.now.fd < 0 ||
		    statx(top.now.fd, "", AT_EMPTY_PATH, NSV_FACTS, &top.now.st) < 0)
			r = -errno;
	}
	if (r == 0)
		r = descend(w, &top);
	nsv_pair_free(&top);
	return r;
}

static int walk_image(struct nsv_changes_walk *w)
{
	struct nsv_pair top = NSV_PAIR_NONE;
	int r = take_old_top(w, &top.old);

	if (r == 0 && top.old.fd >= 0)
		r = compare(w, &top);
	if (r == 0)
		r = descend(w, &top);
	nsv_pair_free(&top);
	return r;
}

static int walk_between(struct nsv_changes_walk *w)
{
	struct nsv_pair top = NSV_PAIR_NONE;
	struct nsv_layered *const sides[] = { &top.old, &top.now };
	const int fds[] = { w->c->old_top, w->c->now_top };
	int r = 0;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(fds) && r == 0; i++) {
		sides[i]->fd = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
		if (sides[i]->fd < 0 ||
		    statx(fds[i], "", AT_EMPTY_PATH, NSV_FACTS, &sides[i]->st) < 0)
			r = -errno;
		else if (S_ISDIR(sides[i]->st.stx_mode))
			r = nsv_stack_one(fcntl(fds[i], F_DUPFD_CLOEXEC, 3), &sides[i]->dirs);
	}
	if (r == 0)
		r = compare(w, &top);
	if (r == 0)
		r = descend(w, &top);
	nsv_pair_free(&top);
	return r;
}

static int walk(struct nsv_changes *c, bool image, nsv_change_fn *fn, void *data,
		struct nsv_error *e)
{
	nsv_autofree char *buf = malloc(NSV_WALK_BUFFER);
	struct nsv_changes_walk w = { .c = c,
				      .l = &c->layers,
				      .fn = fn,
				      .data = data,
				      .budget = NSV_NAMES_BUDGET,
				      .between = c->old_root != NULL,
				      .image = image,
				      .buf = buf };
	int r = buf ? nsv_walk_push(&w, c->base ? c->base + (*c->base == '/') : "") : -ENOMEM;

	if (r == 0 && (!c->base || !*c->base))
		nsv_walk_cut(&w, 0);
	if (r == 0 && w.between)
		r = image ? 0 : walk_between(&w);
	else if (r == 0 && c->state == NSV_CHANGES_STATE_KNOWN)
		r = image ? walk_image(&w) : walk_layers(&w);
	if (r == 0 && c->o.flags & NSV_CHANGES_VOLUMES && !w.between && !image)
		r = nsv_walk_volumes(&w);
	free(w.path);
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_READ, "%s", strerror(-r));
	return r;
}

int nsv_changes_walk(struct nsv_changes *c, nsv_change_fn *fn, void *data, struct nsv_error *e)
{
	return walk(c, false, fn, data, e);
}

int nsv_changes_walk_image(struct nsv_changes *c, nsv_change_fn *fn, void *data,
			   struct nsv_error *e)
{
	return walk(c, true, fn, data, e);
}
