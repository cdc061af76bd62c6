/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tar_body.c - writes one entry of an archive: header, bytes, holes.
 *
 * A header gives the size before the bytes: a file that shrinks meanwhile is filled up with zeroes,
 * a file that grows is cut, and both are reported. One thread: an archive has one order.
 */
#include <string.h>

#include "tar_entry.h"
#include "tar_writer.h"

#define MAX_SEGMENTS ((size_t)1 << 20) /* of a sparse file: libarchive keeps them in memory */

int nsv_tar_broken(struct nsv_tar_writer *t)
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
			return nsv_tar_broken(t);
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
		size_t n = (size_t)nsv_min(len, (uint64_t)NSV_TAR_HOLE_WINDOW);

		r = write_bytes(t, t->hole, n);
		if (r == 0)
			r = nsv_stopped(t->c);
		len -= n;
	}
	return r;
}

int nsv_tar_put_header(struct nsv_tar_writer *t, struct nsv_dir *dir, const char *name,
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
		return nsv_tar_broken(t);
	(void)nsv_fail_text(dir, name, archive_errno(t->a) > 0 ? archive_errno(t->a) : EIO,
			    NSV_STAGE_READ, archive_error_string(t->a));
	return 1;
}

/* The parts of a file that hold data. */
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

/* Maps a file with holes, for @g and for the entry. Reports a failure unless the run has ended. */
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

/* Writes @len bytes of @fd from its offset; 1 if the file ended before, and zeroes fill it up. */
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
	r = write_hole(t, nsv_min(size - at, (uint64_t)NSV_TAR_HOLE_WINDOW));
	return r < 0 ? r : cut;
}

bool nsv_tar_put_body(struct nsv_tar_writer *t, struct nsv_worker *w, const struct nsv_item *it,
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
	if (r != 0 || nsv_tar_put_header(t, it->dir, it->name, path, m) != 0)
		r = -EIO; /* reported; the entry is left out */
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
