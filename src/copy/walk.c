/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * walk.c - walks through a tree and calls a visitor for each entry.
 *
 * Defends against: directories swapped for links (O_NOFOLLOW), trees moved while they
 * are walked (identity of ".."), depth and breadth without end (stack and names are bounded
 * or on disk), mounts that would trigger or hang (autofs is looked at, not opened).
 */
#include "walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "sorted.h"
#include "source.h"

#define LIST_BUFFER ((size_t)64 * 1024)

/* Follows each name on the stack. */
struct tail {
	uint16_t len;
	uint8_t follow;
	uint8_t unused;
};

static int push_name(struct nsv_walk *w, struct nsv_dir *dir, const char *name, bool follow)
{
	char buf[4096 + sizeof(struct tail)];
	struct tail tail = { .len = (uint16_t)strlen(name), .follow = follow };
	int r = -ENAMETOOLONG;

	if (tail.len <= 4096) {
		memcpy(buf, name, tail.len);
		memcpy(buf + tail.len, &tail, sizeof(tail));
		r = nsv_spool_write(&w->names, w->names.size, buf, tail.len + sizeof(tail));
	}
	return r < 0 ? nsv_fail_text(dir, name, -r, NSV_STAGE_READ, NULL) : 0;
}

/* Takes the last subdirectory from the stack; returns its malloc'd name. */
static char *pop_name(struct nsv_walk *w, bool *ret_follow)
{
	struct tail tail;
	uint64_t at = w->names.size - sizeof(tail);
	char *name = NULL;

	if (nsv_spool_read(&w->names, at, &tail, sizeof(tail)) < 0)
		return NULL;
	at -= tail.len;
	name = malloc((size_t)tail.len + 1);
	if (!name || nsv_spool_read(&w->names, at, name, tail.len) < 0) {
		free(name);
		return NULL;
	}
	name[tail.len] = '\0';
	nsv_spool_cut(&w->names, at);
	*ret_follow = tail.follow;
	return name;
}

/* The type of a followed link's target: DT_DIR goes to the stack, all other types to the visitor.
 */
static unsigned type_behind(struct nsv_dir *dir, const char *name)
{
	nsv_autofd int fd = nsv_source_follow(dir, name, NULL);
	struct stat st;

	/* The visitor finds the same error again and reports it. */
	if (fd < 0 || fstat(fd, &st) < 0)
		return DT_REG;
	return IFTODT(st.st_mode);
}

static void visit(struct nsv_walk *w, struct nsv_dir *dir, const char *name, unsigned type)
{
	const struct nsv_copy *c = w->s->c;
	bool follow = false;
	struct stat st;

	if (w->skip && w->skip(w, dir, name))
		return;
	if (c->o.n_exclude && nsv_excluded(dir, name)) {
		nsv_count(w->s->c, NSV_N_EXCLUDED, 1);
		return;
	}
	if (type == DT_UNKNOWN && fstatat(dir->src, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		type = IFTODT(st.st_mode);
	if (type == DT_LNK && nsv_has(c, NSV_COPY_FOLLOW_ALL)) {
		type = type_behind(dir, name);
		follow = true;
	}
	if (type == DT_DIR)
		(void)push_name(w, dir, name, follow);
	else
		w->entry(w, dir, name, type, follow);
}

/* "." and "..", and names that no sound file system lists: a name must be one component. */
static bool is_no_entry(const char *name)
{
	if (!*name || strchr(name, '/'))
		return true;
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Folders go onto a stack: the last of them first. */
static void visit_sorted(struct nsv_walk *w, struct nsv_dir *dir, struct nsv_sorted *names)
{
	const char *name;
	unsigned type;

	nsv_sorted_sort(names);
	for (size_t i = 0; i < names->n && nsv_stopped(w->s->c) == 0; i++)
		if ((name = nsv_sorted_get(names, i, &type)) && type != DT_DIR)
			visit(w, dir, name, type);
	for (size_t i = names->n; i-- > 0 && nsv_stopped(w->s->c) == 0;)
		if ((name = nsv_sorted_get(names, i, &type)) && type == DT_DIR)
			visit(w, dir, name, type);
	nsv_sorted_clear(names);
}

static void take_entry(struct nsv_walk *w, struct nsv_dir *dir, const char *name, unsigned type)
{
	if (!w->sorted) {
		visit(w, dir, name, type);
		return;
	}
	if (nsv_sorted_add(&w->listed, name, type))
		return;
	visit_sorted(w, dir, &w->listed);
	if (!nsv_sorted_add(&w->listed, name, type))
		visit(w, dir, name, type);
}

static void read_entries(struct nsv_walk *w, struct nsv_dir *dir)
{
	while (nsv_stopped(w->s->c) == 0) {
		ssize_t n = getdents64(dir->src, w->buf, LIST_BUFFER);

		if (n == 0)
			return;
		if (n < 0 && errno == EINTR)
			continue;
		/* A directory that was removed while it was read has no more entries. */
		if (n < 0 && errno != ENOENT)
			(void)nsv_fail_text(dir, NULL, errno, NSV_STAGE_READ, NULL);
		if (n < 0)
			return;
		for (char *p = w->buf; p < w->buf + n && nsv_stopped(w->s->c) == 0;) {
			struct dirent64 *d = (struct dirent64 *)(void *)p;

			p += d->d_reclen;
			if (!is_no_entry(d->d_name))
				take_entry(w, dir, d->d_name, d->d_type);
		}
	}
}

static void list(struct nsv_walk *w, struct nsv_dir *dir)
{
	read_entries(w, dir);
	if (w->sorted)
		visit_sorted(w, dir, &w->listed);
}

static bool is_ancestor(const struct nsv_dir *dir, const struct stat *st)
{
	for (; dir; dir = dir->up)
		if (dir->src_dev == st->st_dev && dir->src_ino == st->st_ino)
			return true;
	return false;
}

/* Opens a subdirectory: 0. 1, with an O_PATH fd: its content is left out. 2, without: all of it is.
 */
static int open_child(struct nsv_walk *w, struct nsv_dir *dir, const char *name, bool follow,
		      int *ret_fd, struct nsv_error *e)
{
	struct nsv_source *s = w->s;
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat st;
	bool autofs = false;

	if (follow)
		fd = nsv_source_follow(dir, name, e);
	else
		fd = openat(dir->src, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && follow)
		return fd;
	if (fd < 0 || fstat(fd, &st) < 0)
		return nsv_err(e, errno, NSV_STAGE_READ);
	if (!s->on_kernel_fs && st.st_dev != dir->src_dev && nsv_on_kernel_fs(fd, &autofs)) {
		nsv_tell(dir, name, NSV_COPY_EVENT_SKIPPED, "a kernel file system: left out");
		*ret_fd = nsv_steal_fd(&fd);
		return autofs ? 2 : 1;
	}
	/* As with cp -x, a btrfs subvolume counts as another file system: its device differs. */
	if (!follow && nsv_has(s->c, NSV_COPY_ONE_MOUNT) &&
	    (nsv_mount_id(fd, "", AT_EMPTY_PATH) != s->mnt_id || st.st_dev != dir->src_dev)) {
		nsv_count(s->c, NSV_N_EXCLUDED, 1);
		*ret_fd = nsv_steal_fd(&fd);
		return 1;
	}
	if (!S_ISDIR(st.st_mode))
		return nsv_err(e, ENOTDIR, NSV_STAGE_READ);
	*ret_fd = nsv_open_dir_at(fd, ".");
	return *ret_fd < 0 ? nsv_err(e, -*ret_fd, NSV_STAGE_READ) : 0;
}

/* Whether the walk may enter the directory; else reports why not. */
static bool may_enter(struct nsv_walk *w, struct nsv_dir *dir, const char *name,
		      const struct stat *st, bool follow)
{
	const struct nsv_source *s = w->s;

	if (s->has_dst && s->dst_dev == st->st_dev && s->dst_ino == st->st_ino) {
		(void)nsv_fail_text(dir, name, EINVAL, NSV_STAGE_READ,
				    "the destination lies in the source: a directory can't be "
				    "copied into itself");
		return false;
	}
	if (follow && is_ancestor(dir, st)) {
		(void)nsv_fail_text(dir, name, ELOOP, NSV_STAGE_READ,
				    "a link to a directory that it lies in");
		return false;
	}
	return true;
}

/* Closes the topmost open level if too many are open. */
static void close_one(struct nsv_walk *w, struct nsv_dir *cur)
{
	struct nsv_dir *child = NULL;
	struct nsv_dir *dir = cur;

	if (cur->depth < w->lowest + w->max_open)
		return;
	while (dir->depth > w->lowest) {
		child = dir;
		dir = dir->up;
	}
	w->lowest++;
	/* ".." does not lead back from a followed link; the limit of links bounds such levels. */
	if (!child || child->by_link)
		return;
	if (w->settle)
		w->settle(w, dir);
	nsv_close_p(&dir->src);
	/* Without a child there (a dry run) nothing leads back. */
	if (child->dst >= 0)
		nsv_close_p(&dir->dst);
	dir->closed = true;
}

/* Opens ".." if it is the expected directory, which an O_PATH fd shows first. */
static int open_up(int fd, dev_t dev, ino_t ino)
{
	nsv_autofd int up = openat(fd, "..", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (up < 0 || fstat(up, &st) < 0)
		return -errno;
	if (st.st_dev != dev || st.st_ino != ino)
		return -ESTALE;
	return nsv_open_dir_at(up, ".");
}

/* Opens a closed level again, from the one below it. */
static int reopen(struct nsv_walk *w, struct nsv_dir *child)
{
	struct nsv_dir *dir = child->up;
	int r;

	if (child->src < 0)
		return -ESTALE;
	r = open_up(child->src, dir->src_dev, dir->src_ino);
	if (r < 0)
		return r;
	dir->src = r;
	if (child->dst >= 0) {
		r = open_up(child->dst, dir->dst_dev, dir->dst_ino);
		if (r < 0) {
			nsv_close_p(&dir->src);
			return r;
		}
		dir->dst = r;
	}
	dir->closed = false;
	w->lowest = nsv_min(w->lowest, dir->depth);
	return 0;
}

/* Leaves a finished level; returns the next level, NULL after the top. */
static struct nsv_dir *go_up(struct nsv_walk *w, struct nsv_dir *dir)
{
	struct nsv_dir *up = dir->up;
	int r = up && up->closed ? reopen(w, dir) : 0;

	if (r < 0) {
		nsv_spool_cut(&w->names, up->names_base);
		/* Report once for all closed levels above. */
		if (dir->src >= 0)
			(void)
			    nsv_fail_text(up, NULL, -r, NSV_STAGE_READ,
					  "it was moved away meanwhile: the rest of it is missing");
	}
	if (up)
		w->lowest = nsv_min(w->lowest, up->depth ? up->depth : 1);
	nsv_dir_drop(dir);
	return up;
}

/* Enters a subdirectory; returns the next level. */
static struct nsv_dir *go_down(struct nsv_walk *w, struct nsv_dir *dir, const char *name,
			       bool follow)
{
	struct nsv_error e = NSV_ERROR_INIT;
	nsv_autofd int fd = NSV_FD_NONE;
	struct nsv_dir *child;
	struct stat st;
	int how;

	if (w->approach)
		w->approach(w, dir, name);
	how = open_child(w, dir, name, follow, &fd, &e);

	if (how < 0) {
		/* No directory any more: the visitor takes the new file. */
		if (how == -ENOTDIR)
			w->entry(w, dir, name, DT_UNKNOWN, follow);
		else
			(void)nsv_fail(dir, name, &e);
		return dir;
	}
	if (how == 2)
		return dir;
	if (fstat(fd, &st) < 0) {
		(void)nsv_fail_text(dir, name, errno, NSV_STAGE_READ, NULL);
		return dir;
	}
	/* A file on another mount is left out without a report. */
	if (!S_ISDIR(st.st_mode) || !may_enter(w, dir, name, &st, follow))
		return dir;
	child = nsv_dir_new(w->s, dir, name);
	if (!child) {
		(void)nsv_fail_text(dir, name, ENOMEM, NSV_STAGE_READ, NULL);
		return dir;
	}
	child->src = nsv_steal_fd(&fd);
	child->src_opath = how == 1;
	child->by_link = follow;
	child->names_base = w->names.size;
	nsv_dir_set_stat(child, &st);
	if (w->enter(w, child, how == 1) != 0) {
		nsv_dir_drop(child);
		return dir;
	}
	close_one(w, child);
	if (how == 0)
		list(w, child);
	return child;
}

int nsv_walk_run(struct nsv_walk *w, struct nsv_dir *top)
{
	struct nsv_dir *dir = top;

	w->names = (struct nsv_spool)NSV_SPOOL_INIT;
	w->lowest = 1; /* the top itself is never closed */
	w->buf = malloc(LIST_BUFFER);
	if (!w->buf || w->enter(w, top, false) != 0) {
		int r = w->buf ? 0 : -ENOMEM;

		nsv_dir_drop(top);
		nsv_free_p(&w->buf);
		return r;
	}
	list(w, top);
	while (dir) {
		nsv_autofree char *name = NULL;
		bool follow = false;

		if (nsv_stopped(w->s->c) < 0)
			nsv_spool_cut(&w->names, dir->names_base);
		if (w->names.size <= dir->names_base) {
			dir = go_up(w, dir);
			continue;
		}
		name = pop_name(w, &follow);
		if (!name) {
			nsv_spool_cut(&w->names, dir->names_base);
			(void)nsv_fail_text(dir, NULL, EIO, NSV_STAGE_READ,
					    "the temporary file can't be read");
			continue;
		}
		dir = go_down(w, dir, name, follow);
	}
	nsv_spool_free(&w->names);
	nsv_sorted_free(&w->listed);
	nsv_free_p(&w->buf);
	return 0;
}
