/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tar_write.c - writes sources as a pax archive: a visitor of the walk, in one thread, as an
 * archive has one order.
 *
 * Files of unknown size (procfs) are read into a temporary file first. Names are bytes
 * (hdrcharset=BINARY).
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "item.h"
#include "pool.h"
#include "source.h"
#include "spool.h"
#include "tar.h"
#include "tar_entry.h"
#include "tar_writer.h"
#include "walk.h"

#define BLOCK ((size_t)64 * 1024)
/* In bytes: the limit of a file without a true size, which takes that much temporary space. */
#define MAX_SLURP ((uint64_t)1 << 30)

static la_ssize_t write_block(struct archive *a, void *data, const void *buf, size_t len)
{
	struct nsv_tar_writer *t = data;

	for (;;) {
		ssize_t n;

		if (nsv_stopped(t->c) < 0) {
			archive_set_error(a, ECANCELED, "cancelled");
			return -1;
		}
		n = write(t->fd, buf, len);
		if (n >= 0)
			return n;
		if (errno != EINTR) {
			archive_set_error(a, errno, "%s", strerrordesc_np(errno));
			return -1;
		}
	}
}

/* Sets the options of an archive before it is opened. GNU tar warns of each unknown keyword. */
static void set_options(struct nsv_tar_writer *t)
{
	t->locale = nsv_names_locale_new();
	/* Without a UTF-8 locale every name has to be marked as bytes. */
	if (!t->locale)
		(void)archive_write_set_format_option(t->a, "pax", "hdrcharset", "BINARY");
	(void)archive_write_set_format_option(t->a, "pax", "xattrheader", "SCHILY");
}

static int set_up(struct nsv_tar_writer *t)
{
	t->a = archive_write_new();
	t->entry = archive_entry_new();
	t->zeros = calloc(1, NSV_BUFFER);
	t->hole = mmap(NULL, NSV_TAR_HOLE_WINDOW, PROT_READ,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (t->hole == MAP_FAILED)
		t->hole = NULL;
	if (!t->a || !t->entry || !t->zeros || !t->hole)
		return -ENOMEM;
	if (archive_write_set_format_pax(t->a) != ARCHIVE_OK)
		return -EINVAL;
	set_options(t);
	if (archive_write_add_filter_none(t->a) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(t->a, BLOCK) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(t->a, 10240) != ARCHIVE_OK ||
	    archive_write_open(t->a, t, NULL, write_block, NULL) != ARCHIVE_OK)
		return -EINVAL;
	return 0;
}

int nsv_tar_writer_new(struct nsv_copy *c, int fd, struct nsv_tar_writer **ret, struct nsv_error *e)
{
	struct nsv_tar_writer *t = calloc(1, sizeof(*t));
	int r = -ENOMEM;

	if (t) {
		t->c = c;
		t->fd = fd;
		r = set_up(t);
	}
	if (r < 0) {
		(void)nsv_tar_writer_free(t);
		return nsv_err(e, -r, NSV_STAGE_WRITE);
	}
	c->o.flags |= NSV_COPY_ARCHIVE & ~(unsigned)NSV_COPY_RECURSIVE;
	*ret = t;
	return 0;
}

struct nsv_tar_writer *nsv_tar_writer_free(struct nsv_tar_writer *t)
{
	if (!t)
		return NULL;
	/* An archive that was not ended must not look whole: nothing more is written. */
	if (t->a)
		(void)archive_write_fail(t->a);
	(void)archive_write_free(t->a);
	archive_entry_free(t->entry);
	if (t->hole)
		(void)munmap(t->hole, NSV_TAR_HOLE_WINDOW);
	if (t->locale)
		freelocale(t->locale);
	free(t->zeros);
	free(t->name);
	free(t);
	return NULL;
}

int nsv_tar_writer_name(struct nsv_tar_writer *t, const char *name)
{
	char *copy = name ? strdup(name) : NULL;

	if (name && !copy)
		return -ENOMEM;
	free(t->name);
	t->name = copy;
	return 0;
}

/* Reads the metadata of an open file. Reports a failure and goes on with what could be read. */
static void read_meta(struct nsv_tar_writer *t, struct nsv_dir *dir, const char *name, int fd,
		      bool opath, const struct stat *st, struct nsv_meta *m)
{
	int r;

	nsv_meta_from_stat(t->c, dir->s->from, st, m);
	r = nsv_xattrs_read(t->c, dir->s->from, fd, opath, &m->xattrs);
	if (r < 0)
		(void)nsv_fail_text(dir, name, -r, NSV_STAGE_READ, NULL);
}

/* Copies @fd into an unlinked file, which has a true size. Returns its fd or -errno. */
static int slurp(struct nsv_worker *w, int fd, struct stat *st, bool *ret_past, struct nsv_error *e)
{
	nsv_autofd int tmp = nsv_spool_tmpfile();
	int r = tmp < 0 ? nsv_err(e, -tmp, NSV_STAGE_READ)
			: nsv_data_stream(w, fd, st, tmp, MAX_SLURP, ret_past, e);

	if (r < 0)
		return r;
	st->st_size = lseek(tmp, 0, SEEK_CUR);
	st->st_blocks = st->st_size / 512 + 1;
	(void)lseek(tmp, 0, SEEK_SET);
	return nsv_steal_fd(&tmp);
}

/* 1: written as a hard link to an earlier entry; 2: the first name, to be remembered afterwards. */
static int try_link(struct nsv_tar_writer *t, const struct nsv_item *it, const struct stat *st,
		    const char *path, const struct nsv_meta *m)
{
	struct nsv_link link;
	int r;

	if (st->st_nlink < 2)
		return 0;
	r = nsv_links_claim(t->c->links, st->st_dev, st->st_ino, st->st_nlink, &link);
	if (r <= 0)
		return r == 0 ? 2 : 0;
	archive_entry_copy_hardlink(t->entry, link.path);
	archive_entry_set_size(t->entry, 0);
	free(link.path);
	r = nsv_tar_put_header(t, it->dir, it->name, path, m);
	if (r == 0) {
		nsv_count(t->c, NSV_N_FILES, 1);
		nsv_done(it->dir, it->name);
	}
	return 1;
}

static void add_file(struct nsv_tar_writer *t, struct nsv_worker *w, const struct nsv_item *it,
		     int fd, struct stat *st, const char *path, const struct nsv_meta *m)
{
	struct stat before = *st, after;
	struct nsv_error e = NSV_ERROR_INIT;
	nsv_autofd int whole = NSV_FD_NONE;
	bool past = false;
	char next;

	if (st->st_size == 0 || it->dir->s->on_kernel_fs) {
		whole = slurp(w, fd, st, &past, &e);
		if (whole < 0) {
			(void)nsv_fail(it->dir, it->name, &e);
			return;
		}
	}
	if (nsv_tar_put_body(t, w, it, whole >= 0 ? whole : fd, st, path, m) || past ||
	    (whole < 0 && pread(fd, &next, 1, before.st_size) == 1) ||
	    (fstat(fd, &after) == 0 && nsv_data_changed(&before, &after)))
		nsv_tell(it->dir, it->name, NSV_COPY_EVENT_CHANGED, "changed while it was read");
}

static void add_other(struct nsv_tar_writer *t, struct nsv_worker *w, const struct nsv_item *it,
		      int fd, const struct stat *st, const char *path, const struct nsv_meta *m)
{
	nsv_autofree char *text = NULL;

	if (S_ISLNK(st->st_mode)) {
		text = nsv_item_link_text(w, it, fd);
		if (!text)
			return;
		archive_entry_copy_symlink(t->entry, text);
	}
	archive_entry_set_size(t->entry, 0);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		archive_entry_set_rdev(t->entry, st->st_rdev);
	if (nsv_tar_put_header(t, it->dir, it->name, path, m) == 0) {
		nsv_count(t->c, NSV_N_FILES, 1);
		nsv_done(it->dir, it->name);
	}
}

static void add_item(struct nsv_tar_writer *t, const struct nsv_item *it)
{
	struct nsv_worker *w = nsv_pool_worker(t->c->pool);
	nsv_autofree char *path = nsv_dir_path(it->dir, t->base, it->name);
	struct nsv_error e = NSV_ERROR_INIT;
	struct stat st;
	struct nsv_meta m;
	bool file;
	nsv_autofd int fd = nsv_item_open(it, &file, &st, &e);
	int claim;

	if (fd < 0 || !path) {
		if (!path)
			(void)nsv_err(&e, ENOMEM, NSV_STAGE_READ);
		(void)nsv_fail(it->dir, it->name, &e);
		return;
	}
	if ((!file && !nsv_item_wanted(it, st.st_mode)) || nsv_item_left_out(it, fd, &st))
		return;
	if (S_ISSOCK(st.st_mode)) {
		/* The format has no sockets, and a socket is of no use without its server. */
		nsv_count(t->c, NSV_N_NODES, 1);
		return;
	}
	archive_entry_clear(t->entry);
	read_meta(t, it->dir, it->name, fd, !file, &st, &m);
	claim = try_link(t, it, &st, path, &m);
	if (claim != 1) {
		struct nsv_link link = { .path = path };

		if (file)
			add_file(t, w, it, fd, &st, path, &m);
		else
			add_other(t, w, it, fd, &st, path, &m);
		if (claim == 2) {
			nsv_tell_long_link(t->c, path);
			nsv_links_done(t->c->links, st.st_dev, st.st_ino, &link);
		}
	}
	nsv_meta_clear(&m);
}

static void entry(struct nsv_walk *w, struct nsv_dir *dir, const char *name, unsigned type,
		  bool follow)
{
	size_t len = strlen(name) + 1;
	nsv_autofree struct nsv_item *it = malloc(sizeof(*it) + len);

	if (!it) {
		(void)nsv_fail_text(dir, name, ENOMEM, NSV_STAGE_READ, NULL);
		return;
	}
	*it =
	    (struct nsv_item){ .dir = dir, .type = type, .follow = follow, .pathfd = NSV_FD_NONE };
	memcpy(it->name, name, len);
	add_item(w->data, it);
}

static int enter(struct nsv_walk *w, struct nsv_dir *dir, bool empty)
{
	struct nsv_tar_writer *t = w->data;
	nsv_autofree char *path = nsv_dir_path(dir, t->base, NULL);
	struct stat st = {
		.st_mode = dir->mode,
		.st_uid = dir->uid,
		.st_gid = dir->gid,
		.st_atim = dir->times[0],
		.st_mtim = dir->times[1],
	};
	struct nsv_meta m;
	int r;

	if (!path)
		return nsv_fail_text(dir, NULL, ENOMEM, NSV_STAGE_READ, NULL);
	archive_entry_clear(t->entry);
	archive_entry_set_size(t->entry, 0);
	read_meta(t, dir, NULL, dir->src, dir->src_opath, &st, &m);
	r = nsv_tar_put_header(t, dir, NULL, *path ? path : ".", &m);
	nsv_meta_clear(&m);
	if (r == 0) {
		nsv_count(t->c, NSV_N_DIRS, 1);
		nsv_done(dir, NULL);
	}
	return r;
}

static int add_dir(struct nsv_tar_writer *t, struct nsv_source *s, int pathfd)
{
	struct nsv_walk w = { .s = s, .data = t, .enter = enter, .entry = entry };
	struct nsv_dir *top = nsv_dir_new(s, NULL, "");
	struct stat st;
	int r;

	if (!top)
		return -ENOMEM;
	w.max_open = t->c->max_fds / 8;
	top->src = nsv_open_dir_at(pathfd, ".");
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

int nsv_tar_add(struct nsv_tar_writer *t, struct nsv_source *s, const char *path, int pathfd_take)
{
	nsv_autofd int pathfd = pathfd_take;
	nsv_autofree char *own = t->name ? nsv_steal_ptr(t->name) : nsv_source_name(path);
	nsv_autofree struct nsv_dir *arg = NULL;
	struct stat st;
	int r;

	if (!own || fstat(pathfd, &st) < 0)
		return own ? -errno : -ENOMEM;
	t->base = own;
	if (S_ISDIR(st.st_mode) && !nsv_has(t->c, NSV_COPY_RECURSIVE)) {
		struct nsv_dir name = { .s = s, .is_arg = true };

		return nsv_fail_text(&name, NULL, EISDIR, NSV_STAGE_READ,
				     "is a directory (-r copies it)");
	}
	if (S_ISDIR(st.st_mode)) {
		r = add_dir(t, s, pathfd);
		return r < 0 ? r : s->first_error;
	}
	arg = nsv_dir_new(s, NULL, "");
	if (!arg)
		return -ENOMEM;
	arg->is_arg = true;
	s->on_kernel_fs = nsv_on_kernel_fs(pathfd, NULL);
	add_item(t, &(struct nsv_item){ .dir = arg, .type = IFTODT(st.st_mode), .pathfd = pathfd });
	return s->first_error;
}

int nsv_tar_writer_end(struct nsv_tar_writer *t, struct nsv_error *e)
{
	int r = archive_write_close(t->a) == ARCHIVE_OK ? 0 : nsv_tar_broken(t);

	return r < 0 ? nsv_err(e, -r, NSV_STAGE_WRITE) : 0;
}
