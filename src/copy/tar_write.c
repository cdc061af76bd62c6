/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tar_write.c - writes sources as a pax archive: the visitor of the walk in one thread,
 * since an archive has one order.
 *
 * A header says the size before the bytes come: a file that shrinks is filled up with
 * zeroes, one that grows is cut, both are reported. Kernel files, whose size is not
 * known, are read first. Names are bytes (hdrcharset=BINARY).
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
#include "walk.h"

#define BLOCK	     ((size_t)64 * 1024)
#define MAX_SEGMENTS ((size_t)1 << 20) /* of a sparse file: libarchive keeps them in memory */
/* Handed to libarchive for holes, which skips them unread; it takes less than 2 GiB. */
#define HOLE_WINDOW ((size_t)1 << 30)
/* Of a file without a true size: it lies in a temporary file before it is written. */
#define MAX_SLURP ((uint64_t)1 << 30)

struct nsv_tar_writer {
	struct nsv_copy *c;
	int fd; /* borrowed */
	struct archive *a;
	struct archive_entry *entry;
	char *name;  /* of the next source */
	char *base;  /* of this one, borrowed */
	char *zeros; /* NSV_BUFFER of them */
	char *hole;  /* mapped, not to be touched */
	locale_t locale;
};

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

/* Before it is opened. GNU tar complains of each keyword it does not know. */
static void set_options(struct nsv_tar_writer *t)
{
	t->locale = nsv_names_locale_new();
	/* Without the locale every name is marked as bytes. */
	if (!t->locale)
		(void)archive_write_set_format_option(t->a, "pax", "hdrcharset", "BINARY");
	(void)archive_write_set_format_option(t->a, "pax", "xattrheader", "SCHILY");
}

static int set_up(struct nsv_tar_writer *t)
{
	t->a = archive_write_new();
	t->entry = archive_entry_new();
	t->zeros = calloc(1, NSV_BUFFER);
	t->hole =
	    mmap(NULL, HOLE_WINDOW, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
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
		(void)munmap(t->hole, HOLE_WINDOW);
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

/* The stream can't be written: that ends the run, told by nsv_copy_add(). */
static int broken(struct nsv_tar_writer *t)
{
	int err = archive_errno(t->a);
	int none = 0;

	if (err <= 0)
		err = EIO;
	(void)atomic_compare_exchange_strong(&t->c->fatal, &none, -err);
	return -err;
}

static int write_bytes(struct nsv_tar_writer *t, const char *buf, size_t len)
{
	while (len > 0) {
		la_ssize_t n = archive_write_data(t->a, buf, len);

		if (n <= 0)
			return broken(t);
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_zeros(struct nsv_tar_writer *t, uint64_t len)
{
	int r = nsv_stopped(t->c);

	while (len > 0 && r == 0) {
		size_t n = (size_t)nsv_min(len, (uint64_t)NSV_BUFFER);

		r = write_bytes(t, t->zeros, n);
		len -= n;
	}
	return r;
}

/* A hole may be as long as 8 EiB. */
static int write_hole(struct nsv_tar_writer *t, uint64_t len)
{
	int r = nsv_stopped(t->c);

	while (len > 0 && r == 0) {
		size_t n = (size_t)nsv_min(len, (uint64_t)HOLE_WINDOW);

		r = write_bytes(t, t->hole, n);
		if (r == 0)
			r = nsv_stopped(t->c);
		len -= n;
	}
	return r;
}

/* Name, owner and the rest; 0, -errno fatal, 1 reported and left out. */
static int write_header(struct nsv_tar_writer *t, struct nsv_dir *dir, const char *name,
			const char *path, const struct nsv_meta *m)
{
	struct nsv_meta plain = *m;
	locale_t old;
	int r;

	if (!nsv_has(t->c, NSV_COPY_SPECIAL) && (m->mode & (S_ISUID | S_ISGID))) {
		if (!archive_entry_hardlink(t->entry))
			nsv_count(t->c, NSV_N_SETUID, 1);
		plain.mode &= ~(mode_t)(S_ISUID | S_ISGID);
	}
	archive_entry_copy_pathname(t->entry, path);
	nsv_entry_set_meta(t->entry, &plain);
	old = nsv_names_locale_use(t->locale);
	r = archive_write_header(t->a, t->entry);
	nsv_names_locale_back(old);
	if (r == ARCHIVE_OK || r == ARCHIVE_WARN)
		return 0;
	if (r == ARCHIVE_FATAL)
		return broken(t);
	(void)nsv_fail_text(dir, name, archive_errno(t->a) > 0 ? archive_errno(t->a) : EIO,
			    NSV_STAGE_READ, archive_error_string(t->a));
	return 1;
}

/* Metadata of an open thing; a failure is reported and what was read counts. */
static void read_meta(struct nsv_tar_writer *t, struct nsv_dir *dir, const char *name, int fd,
		      bool opath, const struct stat *st, struct nsv_meta *m)
{
	int r;

	nsv_meta_from_stat(t->c, dir->s->from, st, m);
	if (S_ISLNK(st->st_mode))
		return;
	r = nsv_xattrs_read(t->c, dir->s->from, fd, opath, &m->xattrs);
	if (r < 0)
		(void)nsv_fail_text(dir, name, -r, NSV_STAGE_READ, NULL);
}

/* Where the data of a file lies. */
struct segments {
	size_t n, room;
	struct segment {
		uint64_t at, len;
	} * list;
};

static int add_segment(struct segments *g, off_t at, off_t end)
{
	if (g->n == g->room) {
		size_t room = g->room ? g->room * 2 : 64;
		struct segment *list;

		if (room > MAX_SEGMENTS)
			return -EFBIG;
		list = reallocarray(g->list, room, sizeof(*list));
		if (!list)
			return -ENOMEM;
		g->list = list;
		g->room = room;
	}
	g->list[g->n++] = (struct segment){ (uint64_t)at, (uint64_t)(end - at) };
	return 0;
}

static int find_segments(struct nsv_tar_writer *t, int fd, off_t size, struct segments *g)
{
	off_t at, end = 0;
	int r = 0;

	while (r == 0 && nsv_data_next(fd, end, size, &at, &end)) {
		r = nsv_stopped(t->c);
		if (r == 0)
			r = add_segment(g, at, end);
	}
	return r;
}

/* The map of a file with holes, into the entry too; a failure is reported but for the run's end. */
static int map_file(struct nsv_tar_writer *t, const struct nsv_item *it, int fd, off_t size,
		    struct segments *g)
{
	int r = find_segments(t, fd, size, g);

	for (size_t i = 0; i < g->n && r == 0; i++)
		archive_entry_sparse_add_entry(t->entry, (la_int64_t)g->list[i].at,
					       (la_int64_t)g->list[i].len);
	if (r == 0 && g->n == 0)
		archive_entry_sparse_add_entry(t->entry, 0, 0);
	if (r < 0 && nsv_stopped(t->c) == 0)
		(void)nsv_fail_text(it->dir, it->name, -r, NSV_STAGE_READ,
				    r == -EFBIG ? "it has too many holes for an archive" : NULL);
	return r;
}

/* @len bytes of @fd from its offset, filled up with zeroes; 1 when it ended before. */
static int write_range(struct nsv_tar_writer *t, struct nsv_worker *w, struct nsv_dir *dir,
		       const char *name, int fd, uint64_t len)
{
	while (len > 0) {
		size_t want = (size_t)nsv_min(len, (uint64_t)NSV_BUFFER);
		ssize_t n = read(fd, w->buf, want);
		int r = nsv_stopped(t->c);

		if (r < 0)
			return r;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			(void)nsv_fail_text(dir, name, errno, NSV_STAGE_READ, NULL);
		if (n <= 0) {
			r = write_zeros(t, len);
			return r < 0 ? r : 1;
		}
		r = write_bytes(t, w->buf, (size_t)n);
		if (r < 0)
			return r;
		nsv_count(t->c, NSV_N_BYTES, (uint64_t)n);
		len -= (uint64_t)n;
	}
	return 0;
}

static int write_segments(struct nsv_tar_writer *t, struct nsv_worker *w, struct nsv_dir *dir,
			  const char *name, int fd, const struct segments *g, uint64_t size)
{
	uint64_t at = 0;
	int r, cut = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct segment *s = &g->list[i];

		r = write_hole(t, s->at - at);
		if (r < 0)
			return r;
		if (lseek(fd, (off_t)s->at, SEEK_SET) < 0) {
			(void)nsv_fail_text(dir, name, errno, NSV_STAGE_READ, NULL);
			r = write_zeros(t, s->len);
		} else {
			r = write_range(t, w, dir, name, fd, s->len);
		}
		if (r < 0)
			return r;
		cut |= r;
		at = s->at + s->len;
	}
	/* The map says how long the last hole is; the first bytes make libarchive write the map. */
	r = write_hole(t, nsv_min(size - at, (uint64_t)HOLE_WINDOW));
	return r < 0 ? r : cut;
}

/* Into an unlinked file, for a size that is true. An fd, or -errno. */
static int slurp(struct nsv_worker *w, int fd, struct stat *st, struct nsv_error *e)
{
	nsv_autofd int tmp = nsv_spool_tmpfile();
	int r =
	    tmp < 0 ? nsv_err(e, -tmp, NSV_STAGE_READ) : nsv_data_stream(w, fd, tmp, MAX_SLURP, e);

	if (r < 0)
		return r;
	st->st_size = lseek(tmp, 0, SEEK_CUR);
	st->st_blocks = st->st_size / 512 + 1;
	(void)lseek(tmp, 0, SEEK_SET);
	return nsv_steal_fd(&tmp);
}

/* Whether the file turned out shorter than it was. */
static bool write_body(struct nsv_tar_writer *t, struct nsv_worker *w, const struct nsv_item *it,
		       int fd, const struct stat *st, const char *path, const struct nsv_meta *m)
{
	struct segments g = { 0 };
	uint64_t size = (uint64_t)st->st_size;
	bool sparse = (uint64_t)st->st_blocks * 512 < size;
	int r = 0;

	archive_entry_set_size(t->entry, st->st_size);
	if (sparse)
		r = map_file(t, it, fd, st->st_size, &g);
	else if (lseek(fd, 0, SEEK_SET) < 0)
		r = nsv_fail_text(it->dir, it->name, errno, NSV_STAGE_READ, NULL);
	if (r != 0 || write_header(t, it->dir, it->name, path, m) != 0)
		r = -EIO; /* told, and left out */
	else if (sparse)
		r = write_segments(t, w, it->dir, it->name, fd, &g, size);
	else
		r = write_range(t, w, it->dir, it->name, fd, size);
	free(g.list);
	if (r < 0)
		return false;
	nsv_count(t->c, NSV_N_FILES, 1);
	nsv_done(it->dir, it->name);
	return r > 0;
}

/* 1: written as another name of a file that is in the archive; 2: remember it afterwards. */
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
	r = write_header(t, it->dir, it->name, path, m);
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

	if (st->st_size == 0 || it->dir->s->on_kernel_fs) {
		whole = slurp(w, fd, st, &e);
		if (whole < 0) {
			(void)nsv_fail(it->dir, it->name, &e);
			return;
		}
	}
	if (write_body(t, w, it, whole >= 0 ? whole : fd, st, path, m) ||
	    (fstat(fd, &after) == 0 && nsv_data_changed(&before, &after)))
		nsv_tell(it->dir, it->name, NSV_COPY_CHANGED, "changed while it was read");
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
	if (write_header(t, it->dir, it->name, path, m) == 0) {
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
		/* There is no form for it; it means nothing without its server. */
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
	r = write_header(t, dir, NULL, *path ? path : ".", &m);
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
	int r = archive_write_close(t->a) == ARCHIVE_OK ? 0 : broken(t);

	return r < 0 ? nsv_err(e, -r, NSV_STAGE_WRITE) : 0;
}
