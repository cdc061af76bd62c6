/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tar_dirs.c - opens and makes the directories of an archive's entries, name by name from DEST with
 * O_NOFOLLOW: no link from the archive or from a container is ever followed. Directories get their
 * metadata at the end, the deepest first; a spool keeps it until then. One thread.
 */
#include <fcntl.h>
#include <string.h>

#include "sink.h"
#include "source.h"
#include "tar_read.h"

static const char *last_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Reports @path, which may have no directory yet. */
int nsv_extract_fail(struct nsv_extract *x, const char *path, const struct nsv_error *e)
{
	struct nsv_dir at = { .s = x->s, .dst = NSV_FD_NONE, .dst_mnt = x->read_only };

	if (e->err == EROFS && !at.dst_mnt && x->dir)
		at.dst_mnt = nsv_mount_id(x->dir->dst, "", AT_EMPTY_PATH);
	return nsv_fail(&at, path, e);
}

int nsv_extract_fail_text(struct nsv_extract *x, const char *path, int err, const char *text)
{
	struct nsv_error e = NSV_ERROR_INIT;

	(void)nsv_error_set(&e, err, NSV_STAGE_READ, "%s", text);
	return nsv_extract_fail(x, path, &e);
}

/* Gives a directory that the archive has not named a plain mode at once. */
static int make_step(struct nsv_extract *x, int dir, const char *name, int *ret_fd,
		     struct nsv_error *e)
{
	struct nsv_dir in = { .s = x->s, .dst = dir };
	bool created = false;
	int r = nsv_dest_learn(&in, e);

	if (r == 0)
		r = nsv_put_dir(x->c, dir, name, ret_fd, &created, e);
	if (r == 0 && created)
		nsv_dir_make_plain(x->c, &in, *ret_fd);
	return r;
}

/* Goes one level down. */
static int step(struct nsv_extract *x, int dir, const char *name, struct nsv_error *e)
{
	int fd = nsv_open_dir_at(dir, name);

	if (fd == -ENOENT) {
		int r = make_step(x, dir, name, &fd, e);

		if (r < 0)
			return r;
	}
	if (fd == -ELOOP || fd == -ENOTDIR)
		return nsv_error_set(e, ENOTDIR, NSV_STAGE_WRITE,
				     "'%.100s' in its path is a link or no directory: not followed",
				     name);
	return fd < 0 ? nsv_err(e, -fd, NSV_STAGE_WRITE) : fd;
}

static int walk_down(struct nsv_extract *x, int base, const char *path, struct nsv_error *e)
{
	int fd = fcntl(base, F_DUPFD_CLOEXEC, 3);

	while (fd >= 0 && *path) {
		size_t len = strcspn(path, "/");
		nsv_autofree char *name = strndup(path, len);
		int next = nsv_stopped(x->c);

		if (next < 0)
			(void)nsv_err(e, -next, NSV_STAGE_NONE);
		else
			next = name ? step(x, fd, name, e) : nsv_err(e, ENOMEM, NSV_STAGE_WRITE);

		if (next == -EROFS)
			x->read_only = nsv_mount_id(fd, "", AT_EMPTY_PATH);
		nsv_close(fd);
		if (next < 0)
			return next;
		fd = next;
		path += len;
		path += *path == '/';
	}
	return fd < 0 ? nsv_err(e, errno, NSV_STAGE_WRITE) : fd;
}

void nsv_extract_leave(struct nsv_extract *x)
{
	if (x->dir)
		nsv_dir_drop(x->dir);
	x->dir = NULL;
}

/* Makes x->dir the directory @path; starts at the previous one if that lies above. */
static int go_to(struct nsv_extract *x, const char *path, struct nsv_error *e)
{
	struct nsv_dir *old = x->dir, *dir;
	size_t len = old ? old->len : 0;
	int fd, r;

	if (old && strcmp(old->name, path) == 0)
		return 0;
	if (old && (!len || (!strncmp(path, old->name, len) && path[len] == '/')))
		fd = walk_down(x, old->dst, path + len + (len ? 1 : 0), e);
	else
		fd = walk_down(x, x->c->dest.dirfd, path, e);
	if (fd < 0)
		return fd;
	dir = nsv_dir_new(x->s, NULL, path);
	if (!dir) {
		nsv_close(fd);
		return nsv_err(e, ENOMEM, NSV_STAGE_WRITE);
	}
	dir->dst = fd;
	r = nsv_dest_learn(dir, e);
	if (r < 0) {
		nsv_dir_drop(dir);
		return r;
	}
	nsv_extract_leave(x);
	x->dir = dir;
	return 0;
}

int nsv_extract_enter(struct nsv_extract *x, const char *path, const char **ret_name,
		      struct nsv_error *e)
{
	const char *name = last_of(path);
	nsv_autofree char *parent = strndup(path, name == path ? 0 : (size_t)(name - path) - 1);

	x->read_only = 0;
	if (!parent)
		return nsv_err(e, ENOMEM, NSV_STAGE_WRITE);
	*ret_name = name;
	return go_to(x, parent, e);
}

/* A record of the spool: this struct, the path with its NUL, the attributes, the record's length.
 */
struct waiting {
	struct nsv_meta meta; /* the pointer in it is not valid */
	size_t path_len;
	bool existed;
};

int nsv_extract_put_off(struct nsv_extract *x, const char *path, const struct nsv_meta *m,
			bool existed)
{
	struct waiting v = { .meta = *m, .path_len = strlen(path) + 1, .existed = existed };
	uint64_t start = x->dirs.size;
	uint64_t at = start;
	int r = nsv_spool_write(&x->dirs, at, &v, sizeof(v));

	at += sizeof(v);
	if (r == 0)
		r = nsv_spool_write(&x->dirs, at, path, v.path_len);
	at += v.path_len;
	if (r == 0 && m->xattrs.len)
		r = nsv_spool_write(&x->dirs, at, m->xattrs.buf, m->xattrs.len);
	at += m->xattrs.len;
	return r < 0 ? r : nsv_spool_write(&x->dirs, at, &start, sizeof(start));
}

/* Takes the last record from the spool. */
static int take_back(struct nsv_extract *x, struct waiting *v, char **ret_path)
{
	uint64_t start = 0, at = x->dirs.size - sizeof(start);
	int r = nsv_spool_read(&x->dirs, at, &start, sizeof(start));

	if (r == 0)
		r = nsv_spool_read(&x->dirs, start, v, sizeof(*v));
	if (r < 0)
		return r;
	v->meta.xattrs.size = v->meta.xattrs.len;
	v->meta.xattrs.buf = malloc(v->meta.xattrs.len + 1);
	*ret_path = calloc(1, v->path_len + 1);
	if (!v->meta.xattrs.buf || !*ret_path)
		r = -ENOMEM;
	at = start + sizeof(*v);
	if (r == 0)
		r = nsv_spool_read(&x->dirs, at, *ret_path, v->path_len);
	if (r == 0)
		r = nsv_spool_read(&x->dirs, at + v->path_len, v->meta.xattrs.buf,
				   v->meta.xattrs.len);
	nsv_spool_cut(&x->dirs, start);
	if (r < 0) {
		nsv_free_p(ret_path);
		nsv_meta_clear(&v->meta);
	}
	return r;
}

void nsv_extract_finish_dirs(struct nsv_extract *x)
{
	/* A cancelled run leaves its directories closed to others, as they were made. */
	while (x->dirs.size > 0 && nsv_stopped(x->c) == 0) {
		struct nsv_error e = NSV_ERROR_INIT;
		nsv_autofree char *path = NULL;
		struct waiting v = { 0 };
		int r = take_back(x, &v, &path);

		if (r < 0) {
			(void)nsv_extract_fail_text(x, "", -r, "the temporary file can't be read");
			return;
		}
		r = go_to(x, path, &e);
		if (r == 0) {
			const struct nsv_made made = {
				.fd = x->dir->dst,
				.acl_inherited = x->dir->acl_default,
				.existed = v.existed,
				.by_name = true,
				.dir = x->dir,
			};

			r = nsv_meta_set(x->c, &made, &v.meta, &e);
		}
		if (r < 0)
			(void)nsv_extract_fail(x, path, &e);
		nsv_meta_clear(&v.meta);
	}
}
