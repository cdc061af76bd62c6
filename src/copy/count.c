/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * count.c - estimates how much a copy will take: a visitor of the walk that only adds up. One
 * thread, one stat(2) for each file. It ignores failures: the copy meets and reports the same ones.
 */
#include <fcntl.h>
#include <string.h>

#include "source.h"
#include "tree.h"
#include "walk.h"

/* The bytes that a copy will read: no holes, and a file with several names only once. */
static void add_file(struct nsv_copy *c, const struct stat *st)
{
	uint64_t size = st->st_size > 0 ? (uint64_t)st->st_size : 0;

	nsv_count(c, NSV_N_FILES, 1);
	if (!S_ISREG(st->st_mode))
		return;
	size = nsv_min(size, (uint64_t)st->st_blocks * 512);
	if (nsv_has(c, NSV_COPY_LINKS) && st->st_nlink > 1)
		size /= st->st_nlink;
	nsv_count(c, NSV_N_BYTES_TOTAL, size);
}

static void entry(struct nsv_walk *w, struct nsv_dir *dir, const char *name, unsigned type,
		  bool follow)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat st;

	if (follow) {
		fd = nsv_source_follow(dir, name, NULL);
		if (fd < 0 || fstat(fd, &st) < 0)
			return;
	} else if (fstatat(dir->src, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) {
		return;
	}
	add_file(w->s->c, &st);
}

static int enter(struct nsv_walk *w, struct nsv_dir *dir, bool empty)
{
	nsv_count(w->s->c, NSV_N_DIRS, 1);
	return 0;
}

int nsv_tree_count(struct nsv_source *s, int pathfd_take)
{
	nsv_autofd int pathfd = pathfd_take;
	struct nsv_walk w = { .s = s, .enter = enter, .entry = entry };
	struct nsv_dir *top;
	struct stat st;

	if (fstat(pathfd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode)) {
		add_file(s->c, &st);
		return 0;
	}
	top = nsv_dir_new(s, NULL, "");
	if (!top)
		return -ENOMEM;
	w.max_open = s->c->max_fds / 8;
	top->src = nsv_open_dir_at(pathfd, ".");
	if (top->src < 0) {
		nsv_dir_drop(top);
		return 0;
	}
	nsv_dir_set_stat(top, &st);
	s->mnt_id = nsv_mount_id(top->src, "", AT_EMPTY_PATH);
	s->on_kernel_fs = nsv_on_kernel_fs(top->src, NULL);
	return nsv_walk_run(&w, top);
}
