/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.c - copies one source, a file or a tree, to the run's destination: a visitor of the walk
 * that makes directories and gives other files to the pool.
 */
#include "tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "dest_look.h"
#include "dst_dir.h"
#include "parents.h"
#include "pool.h"
#include "source.h"
#include "walk.h"

#define MAX_UP 1000

/*
 * Whether the directory @fd is @top or lies below it. A container may nest directories deeper than
 * this looks, or move them: the walk meets its own destination then.
 */
static bool lies_below(int fd, const struct stat *top)
{
	nsv_autofd int dir = fd < 0 ? NSV_FD_NONE : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	struct stat st, last = { 0 };

	for (int i = 0; i < MAX_UP && dir >= 0; i++) {
		int up;

		if (fstat(dir, &st) < 0)
			return false;
		if (st.st_dev == top->st_dev && st.st_ino == top->st_ino)
			return true;
		if (i && st.st_dev == last.st_dev && st.st_ino == last.st_ino)
			return false; /* a root is its own parent */
		last = st;
		up = openat(dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		nsv_close(dir);
		dir = up;
	}
	return false;
}

/* Whether a copy of the directory @top would come to lie in it. What is left out may do so. */
static bool into_itself(const struct nsv_source *s, const struct stat *top)
{
	const struct nsv_copy *c = s->c;
	struct stat st;

	if (c->o.n_exclude || nsv_has(c, NSV_COPY_ONE_MOUNT) || c->dest.dirfd < 0)
		return false;
	/* The same directory is another error. */
	if (!*s->base && fstat(c->dest.dirfd, &st) == 0 && st.st_dev == top->st_dev &&
	    st.st_ino == top->st_ino)
		return false;
	return lies_below(c->dest.dirfd, top);
}

static int enter(struct nsv_walk *w, struct nsv_dir *dir, bool empty)
{
	struct nsv_source *s = w->s;
	int r;

	if (dir->up)
		return nsv_dst_dir(dir, dir->up->dst, dir->name, false);
	r = nsv_dst_dir(dir, s->dstdir, s->last, false);
	if (r < 0)
		return r;
	s->dst_dev = dir->dst_dev;
	s->dst_ino = dir->dst_ino;
	s->has_dst = dir->dst >= 0;
	if (s->has_dst && dir->src_dev == dir->dst_dev && dir->src_ino == dir->dst_ino) {
		dir->set_meta = false;
		return nsv_fail_text(dir, NULL, EINVAL, NSV_STAGE_READ,
				     "source and destination are the same directory");
	}
	return 0;
}

static void entry(struct nsv_walk *w, struct nsv_dir *dir, const char *name, unsigned type,
		  bool follow)
{
	size_t len = strlen(name) + 1;
	struct nsv_item *it = malloc(sizeof(*it) + len);

	if (!it) {
		(void)nsv_fail_text(dir, name, ENOMEM, NSV_STAGE_READ, NULL);
		return;
	}
	*it =
	    (struct nsv_item){ .dir = dir, .type = type, .follow = follow, .pathfd = NSV_FD_NONE };
	memcpy(it->name, name, len);
	nsv_dir_hold(dir);
	nsv_pool_put(w->s->c->pool, it);
}

static void settle(struct nsv_walk *w, struct nsv_dir *dir)
{
	nsv_pool_settle(w->s->c->pool, dir);
}

static int copy_dir(struct nsv_source *s, int pathfd)
{
	struct nsv_walk w = { .s = s, .enter = enter, .entry = entry, .settle = settle };
	struct nsv_dir *top = nsv_dir_new(s, NULL, "");
	struct stat st;
	int r;

	if (!top)
		return -ENOMEM;
	w.max_open = s->c->max_fds / 8;
	top->src = nsv_open_dir_at(pathfd, ".");
	nsv_close(pathfd);
	if (top->src < 0 || fstat(top->src, &st) < 0) {
		r = nsv_fail_text(top, NULL, top->src < 0 ? -top->src : errno, NSV_STAGE_READ,
				  NULL);
		nsv_dir_drop(top);
		return r;
	}
	nsv_dir_set_stat(top, &st);
	s->mnt_id = nsv_mount_id(top->src, "", AT_EMPTY_PATH);
	s->on_kernel_fs = nsv_on_kernel_fs(top->src, NULL);
	return nsv_walk_run(&w, top);
}

/* Refuses a second source of one name, which would replace the first in silence. */
static int take_name(struct nsv_source *s, struct nsv_dir *arg)
{
	struct nsv_copy *c = s->c;
	char **made;

	if (!c->dest.is_dir)
		return 0;
	for (size_t i = 0; i < c->n_made; i++)
		if (!strcmp(c->made[i], s->base))
			return nsv_fail_text(arg, NULL, EEXIST, NSV_STAGE_WRITE,
					     "another source of this name was just copied there");
	made = realloc(c->made, (c->n_made + 1) * sizeof(*made));
	if (!made)
		return -ENOMEM;
	c->made = made;
	made[c->n_made] = strdup(s->base);
	c->n_made += made[c->n_made] != NULL;
	return 0;
}

static int copy_file(struct nsv_source *s, int pathfd_take, mode_t mode)
{
	struct nsv_dir *arg = nsv_dir_new(s, NULL, "");
	size_t len = strlen(s->last) + 1;
	struct nsv_item *it = malloc(sizeof(*it) + len);
	struct nsv_error e = NSV_ERROR_INIT;
	int r = 0;

	if (!it || !arg) {
		free(it);
		nsv_close(pathfd_take);
		return -ENOMEM;
	}
	arg->is_arg = true;
	*it = (struct nsv_item){ .dir = arg, .type = IFTODT(mode), .pathfd = pathfd_take };
	memcpy(it->name, s->last, len);
	arg->created = s->c->dest.stream < 0 && s->dstdir < 0; /* in a dry run */
	if (s->c->dest.stream < 0 && s->dstdir >= 0) {
		arg->dst = fcntl(s->dstdir, F_DUPFD_CLOEXEC, 3);
		r = arg->dst < 0 ? nsv_err(&e, errno, NSV_STAGE_WRITE) : nsv_dest_learn(arg, &e);
		if (r < 0)
			(void)nsv_fail(arg, NULL, &e);
	}
	if (r < 0 || take_name(s, arg) < 0) {
		nsv_close(pathfd_take);
		free(it);
		nsv_dir_drop(arg);
		return s->first_error;
	}
	nsv_pool_put(s->c->pool, it);
	return 0;
}

/* Whether the source fits the DEST of options like NSV_COPY_NO_TARGET_DIR. */
static int check_place(struct nsv_source *s, struct nsv_dir *name, const struct stat *st)
{
	const struct nsv_dest *d = &s->c->dest;

	if (!S_ISDIR(st->st_mode) && d->is_dir && !*s->base)
		return nsv_fail_text(name, NULL, EISDIR, NSV_STAGE_WRITE,
				     "a directory is in its place and can't be replaced");
	if (S_ISDIR(st->st_mode) && d->by_link)
		return nsv_fail_text(
		    name, NULL, ENOTDIR, NSV_STAGE_WRITE,
		    "what is in its place is no directory and can't be replaced by one");
	if (S_ISDIR(st->st_mode) && into_itself(s, st))
		return nsv_fail_text(name, NULL, EINVAL, NSV_STAGE_READ,
				     "the destination lies in the source: a directory can't be "
				     "copied into itself");
	return 0;
}

int nsv_tree_copy(struct nsv_source *s, const char *path, int pathfd_take)
{
	nsv_autofd int pathfd = pathfd_take;
	struct nsv_dir name = { .s = s, .is_arg = true };
	struct nsv_parents parents = { 0 };
	struct stat st;
	bool is_dir;
	int r;

	if (fstat(pathfd, &st) < 0)
		return nsv_fail_text(&name, NULL, errno, NSV_STAGE_READ, NULL);
	is_dir = S_ISDIR(st.st_mode);
	if (is_dir && !nsv_has(s->c, NSV_COPY_RECURSIVE))
		return nsv_fail_text(&name, NULL, EISDIR, NSV_STAGE_READ,
				     "is a directory (-r copies it)");
	if (!is_dir && s->c->dest.want_dir)
		return nsv_fail_text(&name, NULL, ENOTDIR, NSV_STAGE_WRITE, "no such directory");
	if (is_dir && s->c->dest.stream >= 0)
		return nsv_fail_text(&name, NULL, ENOTDIR, NSV_STAGE_WRITE,
				     "a directory can't be written to it");
	r = check_place(s, &name, &st);
	if (r < 0)
		return r;
	s->dstdir = s->c->dest.dirfd;
	r = nsv_parents_make(s, path, &parents);
	if (r == 0)
		r = is_dir ? copy_dir(s, nsv_steal_fd(&pathfd))
			   : copy_file(s, nsv_steal_fd(&pathfd), st.st_mode);
	nsv_pool_drain(s->c->pool);
	nsv_parents_end(&parents);
	return r < 0 ? r : s->first_error;
}
