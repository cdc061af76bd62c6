/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tar_read.c - extracts an archive beneath DEST.
 *
 * The archive is hostile. Names lose a leading slash, one with ".." is refused; directories
 * are reached without following a link (tar_dirs.c); hard links go only to files of this very
 * archive, found the same way; nothing is written through a name.
 * Compressed archives are read with libarchive's built-in filters only: the others would run
 * programs.
 */
#include <fcntl.h>
#include <string.h>

#include "pool.h"
#include "sink.h"
#include "source.h"
#include "spool.h"
#include "tar.h"
#include "tar_entry.h"
#include "tar_read.h"

#define BLOCK	  ((size_t)64 * 1024)
#define MAX_DRAIN ((size_t)1 << 20) /* of padding after the archive */
/* Limits the depth of one name: each level costs system calls, and the next name may lie elsewhere.
 */
#define MAX_NAME   ((size_t)64 * 1024)
#define MAX_LEVELS 4096

/* ---- names ---- */

/* Returns a malloc'd name without slashes at either end, without "." and empty components. */
static char *clean_path(const char *raw, bool *ret_absolute, int *ret_err)
{
	size_t whole = strnlen(raw, MAX_NAME), levels = 0;
	char *path = malloc(whole + 1);
	char *out = path;

	*ret_err = path ? 0 : ENOMEM;
	*ret_absolute = *raw == '/';
	if (whole == MAX_NAME) {
		*ret_err = ENAMETOOLONG;
		raw = "";
	}
	while (path && *raw) {
		size_t len = strcspn(raw, "/");

		if (len == 2 && raw[0] == '.' && raw[1] == '.') {
			*ret_err = EINVAL;
			break;
		}
		if (len && !(len == 1 && raw[0] == '.')) {
			if (++levels > MAX_LEVELS) {
				*ret_err = ENAMETOOLONG;
				break;
			}
			if (out != path)
				*out++ = '/';
			memcpy(out, raw, len);
			out += len;
		}
		raw += len;
		raw += *raw == '/';
	}
	if (path)
		*out = '\0';
	return path;
}

static int put_dir(struct nsv_extract *x, const char *path, const struct nsv_meta *m,
		   struct nsv_error *e)
{
	nsv_autofd int fd = NSV_FD_NONE;
	bool created = false;
	const char *name = NULL;
	int r;

	if (*path) {
		r = nsv_extract_enter(x, path, &name, e);
		if (r == 0)
			r = nsv_put_dir(x->c, x->dir->dst, name, &fd, &created, e);
		if (r < 0)
			return r;
	}
	/* "./" is DEST itself, which the caller chose and the archive did not. */
	if (*path ? created || nsv_has(x->c, NSV_COPY_PRESERVE | NSV_COPY_XATTRS)
		  : nsv_has(x->c, NSV_COPY_DEST_ATTRIBUTES) &&
			nsv_has(x->c, NSV_COPY_PRESERVE | NSV_COPY_XATTRS)) {
		r = nsv_extract_put_off(x, path, m, !created);
		if (r < 0)
			return nsv_err(e, -r, NSV_STAGE_WRITE);
	}
	nsv_count(x->c, NSV_N_DIRS, 1);
	if (*path)
		nsv_done(x->dir, name);
	return 0;
}

/* ---- everything else ---- */

static int write_data(struct nsv_extract *x, int fd, struct archive_entry *entry,
		      struct nsv_error *e)
{
	for (;;) {
		const void *buf = NULL;
		size_t len = 0;
		la_int64_t at = 0;
		int r = archive_read_data_block(x->a, &buf, &len, &at);
		const char *p = buf;

		if (r == ARCHIVE_EOF)
			break;
		if (r < ARCHIVE_WARN)
			return nsv_error_set(e, archive_errno(x->a) > 0 ? archive_errno(x->a) : EIO,
					     NSV_STAGE_READ, "%s", archive_error_string(x->a));
		if (r == ARCHIVE_RETRY)
			len = 0; /* libarchive sets no length without a block */
		while (len > 0) {
			ssize_t n = pwrite(fd, p, len, (off_t)at);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return nsv_err(e, errno, NSV_STAGE_WRITE);
			nsv_count(x->c, NSV_N_BYTES, (uint64_t)n);
			p += n;
			at += n;
			len -= (size_t)n;
		}
		r = nsv_stopped(x->c);
		if (r < 0)
			return nsv_err(e, -r, NSV_STAGE_NONE);
	}
	/* A hole at the end has no block. */
	if (archive_entry_size_is_set(entry) && ftruncate(fd, archive_entry_size(entry)) < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	return 0;
}

static int put_file(struct nsv_extract *x, struct archive_entry *entry, const char *name,
		    const struct nsv_dest_entry *place, const struct nsv_meta *m,
		    struct nsv_error *e)
{
	struct nsv_newfile f;
	struct stat st;
	int meta = 0;
	int r = nsv_newfile_begin(x->w, x->dir, name, place, &f, e);

	if (r == 0)
		r = write_data(x, f.fd, entry, e);
	if (r == 0 && fstat(f.fd, &st) < 0)
		r = nsv_err(e, errno, NSV_STAGE_WRITE);
	if (r == 0) {
		meta = nsv_newfile_meta(x->c, &f, m, e);
		r = nsv_newfile_commit(x->c, &f, meta < 0 ? NULL : e);
	}
	nsv_newfile_end(&f);
	if (r == 0)
		(void)nsv_links_add(x->c->extracted, st.st_dev, st.st_ino);
	return r < 0 ? r : meta < 0 ? meta : r;
}

/* Makes a hard link to a file that this archive brought. */
static int put_link(struct nsv_extract *x, const char *raw, const char *name,
		    const struct nsv_dest_entry *place, struct nsv_error *e)
{
	bool absolute;
	int err;
	nsv_autofree char *target = clean_path(raw, &absolute, &err);
	nsv_autofd int dir = NSV_FD_NONE;
	struct nsv_link link = { .path = target };
	const char *last;
	struct stat st;

	if (err)
		return nsv_error_set(e, err, NSV_STAGE_READ, "%s",
				     err == EINVAL ? "a hard link out of the archive"
						   : strerrordesc_np(err));
	dir = nsv_open_beneath(x->c->dest.dirfd, target, &last);
	if (dir < 0 || fstatat(dir, last, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(st.st_mode) ||
	    nsv_links_has(x->c->extracted, st.st_dev, st.st_ino) <= 0)
		return nsv_error_set(e, ENOENT, NSV_STAGE_READ,
				     "a hard link to what the archive did not bring");
	link.dst_dev = st.st_dev;
	link.dst_ino = st.st_ino;
	return nsv_put_hardlink(x->w, x->dir, name, place, &link, e);
}

/* Whether the run makes a node of this type; else counts it. */
static bool node_wanted(struct nsv_extract *x, mode_t mode)
{
	bool device = S_ISCHR(mode) || S_ISBLK(mode);

	if (S_ISLNK(mode) ||
	    ((device || S_ISFIFO(mode)) &&
	     nsv_has(x->c, device ? NSV_COPY_SPECIAL : NSV_COPY_FIFOS | NSV_COPY_SPECIAL)))
		return true;
	nsv_count(x->c, NSV_N_NODES, 1);
	return false;
}

/* A name in an archive is bytes, but libarchive may have it as UTF-8 only. */
static const char *either(const char *bytes, const char *utf8)
{
	return bytes ? bytes : utf8;
}

static int put_other(struct nsv_extract *x, struct archive_entry *entry, const char *name,
		     const struct nsv_dest_entry *place, const struct nsv_meta *m,
		     struct nsv_error *e)
{
	const char *target = NULL;
	struct stat st;
	int r;

	if (S_ISLNK(m->mode)) {
		target = either(archive_entry_symlink(entry), archive_entry_symlink_utf8(entry));
		if (!target)
			return nsv_error_set(e, EINVAL, NSV_STAGE_READ, "a link without a text");
	}
	r = nsv_put_other(x->w, x->dir, name, place, m, archive_entry_rdev(entry), target, e);
	if (r == 0 && fstatat(x->dir->dst, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		(void)nsv_links_add(x->c->extracted, st.st_dev, st.st_ino);
	return r;
}

static int put_entry(struct nsv_extract *x, struct archive_entry *entry, const char *path,
		     const struct nsv_meta *m, struct nsv_error *e)
{
	const char *hard =
	    either(archive_entry_hardlink(entry), archive_entry_hardlink_utf8(entry));
	struct stat like = { .st_mode = m->mode, .st_mtim = m->times[1] };
	struct nsv_dest_entry place = { 0 };
	const char *name = NULL;
	int r;

	/* Without a time an entry counts as new. */
	if (like.st_mtim.tv_nsec == UTIME_OMIT)
		like.st_mtim.tv_sec = INT64_MAX;
	if (!hard && S_ISDIR(m->mode))
		return put_dir(x, path, m, e);
	if (!*path)
		return nsv_error_set(e, EINVAL, NSV_STAGE_READ, "an entry without a name");
	if (!hard && !S_ISREG(m->mode) && !node_wanted(x, m->mode))
		return 0;
	r = nsv_extract_enter(x, path, &name, e);
	if (r == 0)
		r = nsv_dest_look(x->dir, name, &like, &place, e);
	if (r != 0)
		return r < 0 ? r : 0;
	if (hard)
		r = put_link(x, hard, name, &place, e);
	else if (S_ISREG(m->mode))
		r = put_file(x, entry, name, &place, m, e);
	else
		r = put_other(x, entry, name, &place, m, e);
	if (r == 0) {
		nsv_count(x->c, NSV_N_FILES, 1);
		nsv_done(x->dir, name);
	}
	return r;
}

/* The path that an entry gets, or NULL: left out, and reported if that is a failure. */
static char *path_for(struct nsv_extract *x, struct archive_entry *entry)
{
	const char *raw = either(archive_entry_pathname(entry), archive_entry_pathname_utf8(entry));
	nsv_autofree char *path = NULL;
	const char *want = x->c->dest.name ? x->c->dest.name : "";
	size_t len = strlen(want);
	bool absolute;
	int err;

	if (!raw) {
		(void)nsv_extract_fail_text(x, "", EINVAL, "an entry without a name");
		return NULL;
	}
	path = clean_path(raw, &absolute, &err);
	if (err) {
		(void)nsv_extract_fail_text(x, raw, err,
					    err == EINVAL ? "'..' in a name is refused"
							  : strerrordesc_np(err));
		return NULL;
	}
	if (absolute && !x->told_slash) {
		x->told_slash = true;
		nsv_emit(x->c, &(struct nsv_copy_event){
				   .kind = NSV_COPY_EVENT_NOTE,
				   .path = raw,
				   .msg = "the slash at the start of names is taken off" });
	}
	if (x->named && (strncmp(path, want, len) != 0 || (path[len] && path[len] != '/'))) {
		(void)nsv_extract_fail_text(x, raw, EINVAL, "an unexpected name");
		return NULL;
	}
	if (nsv_excluded_path(x->c, path)) {
		nsv_count(x->c, NSV_N_EXCLUDED, 1);
		return NULL;
	}
	return nsv_steal_ptr(path);
}

static void take_entry(struct nsv_extract *x, struct archive_entry *entry)
{
	struct nsv_error e = NSV_ERROR_INIT;
	nsv_autofree char *path = path_for(x, entry);
	struct nsv_meta m;
	int r;

	if (!path)
		return;
	r = nsv_entry_get_meta(x->c, entry, &m);
	if (r < 0)
		(void)nsv_err(&e, -r, NSV_STAGE_READ);
	else
		r = put_entry(x, entry, path, &m, &e);
	if (r < 0)
		(void)nsv_extract_fail(x, path, &e);
	nsv_meta_clear(&m);
}

/* ---- the stream ---- */

static la_ssize_t read_block(struct archive *a, void *data, const void **ret)
{
	struct nsv_extract *x = data;

	*ret = x->buf;
	for (;;) {
		ssize_t n;

		if (nsv_stopped(x->c) < 0) {
			archive_set_error(a, ECANCELED, "cancelled");
			return -1;
		}
		n = read(x->fd, x->buf, BLOCK);
		if (n >= 0)
			return n;
		if (errno != EINTR) {
			archive_set_error(a, errno, "%s", strerrordesc_np(errno));
			return -1;
		}
	}
}

/* Asks a reader of its own: to ask whether a filter runs a program also installs that filter. */
static bool built_in(int (*support)(struct archive *))
{
	struct archive *probe = archive_read_new();
	bool yes = probe && support(probe) == ARCHIVE_OK;

	(void)archive_read_free(probe);
	return yes;
}

static int open_archive(struct nsv_extract *x)
{
	static int (*const filters[])(struct archive *) = {
		archive_read_support_filter_gzip,
		archive_read_support_filter_xz,
		archive_read_support_filter_zstd,
		archive_read_support_filter_bzip2,
	};

	x->a = archive_read_new();
	x->buf = malloc(BLOCK);
	if (!x->a || !x->buf)
		return -ENOMEM;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(filters); i++)
		if (built_in(filters[i]))
			(void)filters[i](x->a);
	if (archive_read_support_format_tar(x->a) != ARCHIVE_OK)
		return -EINVAL;
	return archive_read_open(x->a, x, NULL, read_block, NULL) == ARCHIVE_OK ? 0 : -EIO;
}

static int stream_error(struct nsv_extract *x, struct nsv_error *e)
{
	const char *text = x->a ? archive_error_string(x->a) : strerrordesc_np(ENOMEM);
	int err = x->a ? archive_errno(x->a) : ENOMEM;
	int r = nsv_ended(x->c);

	if (r < 0)
		return nsv_err(e, -r, NSV_STAGE_NONE);
	(void)nsv_error_set(e, err > 0 ? err : EIO, NSV_STAGE_READ, "the archive can't be read: %s",
			    text ? text : "it is damaged");
	return err > 0 ? -err : -EIO;
}

static int read_all(struct nsv_extract *x, struct nsv_error *e)
{
	struct archive_entry *entry;

	for (;;) {
		int r = nsv_ended(x->c);

		if (r < 0)
			return nsv_err(e, -r, NSV_STAGE_NONE);
		r = archive_read_next_header(x->a, &entry);
		if (r == ARCHIVE_EOF)
			return 0;
		if (r == ARCHIVE_RETRY)
			continue;
		if (r < ARCHIVE_WARN)
			return stream_error(x, e);
		take_entry(x, entry);
	}
}

/* Reads the padding, too: otherwise the writer of the archive could die of SIGPIPE. */
static void drain(struct nsv_extract *x)
{
	size_t done = 0;
	ssize_t n;

	while (done < MAX_DRAIN && nsv_stopped(x->c) == 0 && (n = read(x->fd, x->buf, BLOCK)) > 0)
		done += (size_t)n;
}

int nsv_tar_extract(struct nsv_source *s, int fd, bool named, struct nsv_error *e)
{
	struct nsv_extract x = { .s = s, .c = s->c, .fd = fd, .named = named };
	locale_t locale, old;
	int r;

	if (!s->c->dest.is_dir && !named)
		return nsv_error_set(e, ENOTDIR, NSV_STAGE_WRITE,
				     "is no directory: an archive is extracted into one");
	x.w = nsv_pool_worker(s->c->pool);
	x.dirs = (struct nsv_spool)NSV_SPOOL_INIT;
	locale = nsv_names_locale_new();
	old = nsv_names_locale_use(locale);
	r = open_archive(&x);
	if (r < 0)
		r = stream_error(&x, e);
	else
		r = read_all(&x, e);
	nsv_extract_finish_dirs(&x);
	if (r == 0)
		drain(&x);
	nsv_extract_leave(&x);
	nsv_spool_free(&x.dirs);
	(void)archive_read_free(x.a);
	free(x.buf);
	nsv_names_locale_back(old);
	if (locale)
		freelocale(locale);
	return r < 0 ? r : s->first_error;
}
