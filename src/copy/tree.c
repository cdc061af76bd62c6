/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.c - copies one source, a file or a tree, to the run's destination: a visitor of the walk
 * that makes directories and gives other files to the pool. The last user of a directory, in any
 * thread, sets its metadata.
 */
#include "tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "pool.h"
#include "sink.h"
#include "source.h"
#include "walk.h"

/* Sets the metadata of a directory whose last user is gone. Any thread. */
static void leave(struct nsv_dir *dir)
{
	struct nsv_copy *c = dir->s->c;
	const struct nsv_made made = {
		.fd = dir->dst,
		.acl_inherited = dir->acl_default,
		.existed = !dir->created,
		.dir = dir,
	};
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_meta m;
	struct stat st = {
		.st_mode = dir->mode,
		.st_uid = dir->uid,
		.st_gid = dir->gid,
		.st_atim = dir->times[0],
		.st_mtim = dir->times[1],
	};
	int r = 0;

	if (!dir->set_meta || dir->dst < 0)
		return;
	nsv_meta_from_stat(c, dir->s->from, &st, &m);
	if (nsv_xattrs_any(c))
		r = nsv_xattrs_read(c, dir->s->from, dir->src, dir->src_opath, &m.xattrs);
	if (r < 0)
		(void)nsv_fail_text(dir, NULL, -r, NSV_STAGE_READ, NULL);
	if (nsv_meta_set(c, &made, &m, &e) < 0)
		(void)nsv_fail(dir, NULL, &e);
	nsv_meta_clear(&m);
}

/* Makes and opens dir->dst as @name in @dstdir; an empty name is @dstdir itself. */
static int make_dst(struct nsv_dir *dir, int dstdir, const char *name)
{
	struct nsv_copy *c = dir->s->c;
	struct nsv_error e = NSV_ERROR_INIT;
	int r = 0;

	if (!*name) {
		dir->dst = nsv_open_dir_at(dstdir, ".");
		if (dir->dst < 0)
			r = nsv_err(&e, -dir->dst, NSV_STAGE_WRITE);
	} else {
		r = nsv_put_dir(c, dstdir, name, &dir->dst, &dir->created, &e);
	}
	if (r == 0)
		r = nsv_dest_learn(dir, &e);
	if (r < 0)
		return nsv_fail(dir, NULL, &e);
	dir->leave = leave;
	/* As with cp, an existing directory keeps its attributes unless the run preserves the
	 * source's. */
	dir->set_meta = dir->created || nsv_has(c, NSV_COPY_PRESERVE | NSV_COPY_XATTRS);
	nsv_count(c, NSV_N_DIRS, 1);
	nsv_done(dir, NULL);
	return 0;
}

static int enter(struct nsv_walk *w, struct nsv_dir *dir, bool empty)
{
	struct nsv_source *s = w->s;
	int r;

	if (dir->up)
		return make_dst(dir, dir->up->dst, dir->name);
	r = make_dst(dir, s->c->dest.dirfd, s->base);
	if (r < 0)
		return r;
	s->dst_dev = dir->dst_dev;
	s->dst_ino = dir->dst_ino;
	s->has_dst = true;
	if (dir->src_dev == dir->dst_dev && dir->src_ino == dir->dst_ino) {
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
	size_t len = strlen(s->base) + 1;
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
	memcpy(it->name, s->base, len);
	if (s->c->dest.stream < 0) {
		arg->dst = fcntl(s->c->dest.dirfd, F_DUPFD_CLOEXEC, 3);
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

int nsv_tree_copy(struct nsv_source *s, const char *path, int pathfd_take)
{
	nsv_autofd int pathfd = pathfd_take;
	struct nsv_dir name = { .s = s, .is_arg = true };
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
	r = is_dir ? copy_dir(s, nsv_steal_fd(&pathfd))
		   : copy_file(s, nsv_steal_fd(&pathfd), st.st_mode);
	nsv_pool_drain(s->c->pool);
	return r < 0 ? r : s->first_error;
}
