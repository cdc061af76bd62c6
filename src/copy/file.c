/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * file.c - copies one regular file, link or node. Runs in any thread of the pool.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "pipe.h"
#include "pool.h"
#include "sink.h"
#include "source.h"

/* Below a folder nobody asked for /proc/PID/pagemap, of 256 GiB. */
#define KERNEL_FILE_MAX ((uint64_t)64 << 20)

static int fill(struct nsv_worker *w, const struct nsv_item *it, int src, const struct stat *st,
		struct nsv_newfile *f, int *ret_meta, bool *ret_past, struct nsv_error *e)
{
	struct nsv_copy *c = w->c;
	struct nsv_meta m;
	int r;

	w->kernel_max = it->dir->is_arg ? 0 : KERNEL_FILE_MAX;
	r = S_ISFIFO(st->st_mode) ? nsv_pipe_copy(w, src, f->fd, e)
				  : nsv_data_copy(w, src, st, f->fd, it->dir->dst_dev, ret_past, e);

	if (r < 0)
		return r;
	nsv_meta_from_stat(c, it->dir->s->from, st, &m);
	if (nsv_xattrs_any(c))
		r = nsv_xattrs_read(c, it->dir->s->from, src, false, &m.xattrs);
	if (r < 0)
		*ret_meta =
		    nsv_error_set(e, -r, NSV_STAGE_READ,
				  "its extended attributes can't be read: %s", strerrordesc_np(-r));
	r = nsv_newfile_meta(c, f, &m, *ret_meta < 0 ? NULL : e);
	if (*ret_meta == 0)
		*ret_meta = r;
	nsv_meta_clear(&m);
	return 0;
}

/* Tells the table of links where the copy is, for further names of the file. */
static void end_claim(const struct nsv_item *it, const struct stat *st, const struct stat *done)
{
	struct nsv_source *s = it->dir->s;
	struct nsv_link link = { 0 };

	if (done) {
		link.dst_dev = done->st_dev;
		link.dst_ino = done->st_ino;
		link.path = nsv_dir_path(it->dir, s->base, it->name);
	}
	if (link.path)
		nsv_tell_long_link(s->c, link.path);
	nsv_links_done(s->c->links, st->st_dev, st->st_ino, link.path ? &link : NULL);
	free(link.path);
}

static void count_file(const struct nsv_item *it)
{
	nsv_count(it->dir->s->c, NSV_N_FILES, 1);
	nsv_done(it->dir, it->name);
}

/* 1: made as a hard link to an earlier copy. 2: this is the first name; call end_claim(). 0: copy
 * it. */
static int try_hardlink(struct nsv_worker *w, const struct nsv_item *it, const struct stat *st,
			const struct nsv_dest_entry *place)
{
	struct nsv_link link;
	int r;

	if (!nsv_has(w->c, NSV_COPY_LINKS) || st->st_nlink < 2)
		return 0;
	r = nsv_links_claim(w->c->links, st->st_dev, st->st_ino, st->st_nlink, &link);
	if (r <= 0)
		return r == 0 ? 2 : 0;
	r = nsv_put_hardlink(w, it->dir, it->name, place, &link, NULL);
	free(link.path);
	if (r == 0)
		count_file(it);
	return r >= 0 ? 1 : 0;
}

/* A log that has only grown is no failure: the copy holds its beginning. */
static void tell_change(const struct nsv_item *it, bool changed, bool grew)
{
	if (grew)
		nsv_tell(it->dir, it->name, NSV_COPY_EVENT_NOTE,
			 "grew while it was read: what came last is missing");
	else if (changed)
		nsv_tell(it->dir, it->name, NSV_COPY_EVENT_CHANGED, "changed while it was read");
}

/* Copies into a new file. *ret_done: the copy's attributes, valid if *ret_is_done. */
static int copy_file(struct nsv_worker *w, const struct nsv_item *it, int src,
		     const struct stat *st, const struct nsv_dest_entry *place,
		     struct stat *ret_done, bool *ret_is_done)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_newfile f;
	struct stat after;
	bool past = false, grew = false;
	int meta = 0;
	int r = nsv_newfile_begin(w, it->dir, it->name, place, &f, &e);

	if (r == 0)
		r = fill(w, it, src, st, &f, &meta, &past, &e);
	if (r == 0 && st->st_nlink > 1 && fstat(f.fd, ret_done) < 0)
		r = nsv_err(&e, errno, NSV_STAGE_WRITE);
	if (r == 0 && fstat(src, &after) < 0)
		r = nsv_err(&e, errno, NSV_STAGE_READ);
	if (r == 0 && !past && after.st_size > st->st_size)
		grew = nsv_data_begins(w, src, f.fd);
	if (r == 0) {
		struct nsv_error own = NSV_ERROR_INIT;

		r = nsv_newfile_commit(w->c, &f, &own);
		if (r < 0)
			e = own;
	}
	nsv_newfile_end(&f);
	if (r < 0)
		return nsv_fail(it->dir, it->name, &e);
	if (r > 0)
		return 0;
	*ret_is_done = true;
	count_file(it);
	if (meta < 0)
		(void)nsv_fail(it->dir, it->name, &e);
	if (S_ISREG(st->st_mode))
		tell_change(it, past || nsv_data_changed(st, &after), grew);
	return 0;
}

static int to_stream(struct nsv_worker *w, const struct nsv_item *it, int src,
		     const struct stat *st)
{
	struct nsv_error e = NSV_ERROR_INIT;
	bool past = false;
	int r = S_ISFIFO(st->st_mode)
		    ? nsv_pipe_copy(w, src, w->c->dest.stream, &e)
		    : nsv_data_stream(w, src, st, w->c->dest.stream, UINT64_MAX, &past, &e);

	if (r < 0)
		return nsv_fail(it->dir, it->name, &e);
	count_file(it);
	tell_change(it, past, false);
	return 0;
}

/* What is as new as the source stands for it, when further names of the source follow. */
static int stays(struct nsv_worker *w, const struct nsv_item *it, const struct stat *st,
		 const struct nsv_dest_entry *place)
{
	if (place->current && !nsv_has(w->c, NSV_COPY_DRY_RUN) &&
	    try_hardlink(w, it, st, place) == 2)
		end_claim(it, st, &place->st);
	return 0;
}

static int count_dry(const struct nsv_item *it, const struct stat *st)
{
	if (S_ISREG(st->st_mode) && st->st_size > 0)
		nsv_count(it->dir->s->c, NSV_N_BYTES, (uint64_t)st->st_size);
	count_file(it);
	return 0;
}

static int do_file(struct nsv_worker *w, const struct nsv_item *it, int src, const struct stat *st)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_dest_entry place = { 0 };
	struct stat done, like = *st;
	bool is_done = false;
	int r, claim;

	if (nsv_item_left_out(it, src, st))
		return 0;
	if (nsv_has(w->c, NSV_COPY_TELL_STARTS))
		nsv_tell(it->dir, it->name, NSV_COPY_EVENT_STARTED, NULL);
	if (w->c->dest.stream >= 0)
		return nsv_has(w->c, NSV_COPY_DRY_RUN) ? count_dry(it, st)
						       : to_stream(w, it, src, st);
	like.st_mode = S_IFREG | (st->st_mode & 07777);
	r = nsv_dest_look(it->dir, it->name, &like, &place, &e);
	if (r < 0)
		return nsv_fail(it->dir, it->name, &e);
	if (r > 0 || nsv_has(w->c, NSV_COPY_DRY_RUN))
		return r > 0 ? stays(w, it, st, &place) : count_dry(it, st);
	claim = try_hardlink(w, it, st, &place);
	if (claim == 1)
		return 0;
	r = copy_file(w, it, src, st, &place, &done, &is_done);
	if (claim == 2)
		end_claim(it, st, is_done ? &done : NULL);
	return r;
}

static bool made_at(const struct nsv_item *it, struct stat *st)
{
	return fstatat(it->dir->dst, it->name, st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Copies a pipe into a regular file. */
static int do_pipe(struct nsv_worker *w, const struct nsv_item *it, int pathfd,
		   const struct stat *st)
{
	struct nsv_error e = NSV_ERROR_INIT;
	nsv_autofd int fd = nsv_pipe_open(pathfd, &e);

	return fd < 0 ? nsv_fail(it->dir, it->name, &e) : do_file(w, it, fd, st);
}

static int do_other(struct nsv_worker *w, const struct nsv_item *it, int fd, const struct stat *st)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_dest_entry place = { 0 };
	nsv_autofree char *text = NULL;
	struct nsv_meta m;
	struct stat done;
	int r, claim;

	if (!nsv_item_wanted(it, st->st_mode) || nsv_item_left_out(it, fd, st))
		return 0;
	if (w->c->dest.stream >= 0)
		return nsv_fail_text(it->dir, it->name, EINVAL, NSV_STAGE_READ,
				     "is no regular file");
	r = nsv_dest_look(it->dir, it->name, st, &place, &e);
	if (r < 0)
		return nsv_fail(it->dir, it->name, &e);
	if (r > 0 || nsv_has(w->c, NSV_COPY_DRY_RUN))
		return r > 0 ? stays(w, it, st, &place) : count_dry(it, st);
	if (S_ISLNK(st->st_mode)) {
		text = nsv_item_link_text(w, it, fd);
		if (!text)
			return -EIO;
	}
	claim = try_hardlink(w, it, st, &place);
	if (claim == 1)
		return 0;
	nsv_meta_from_stat(w->c, it->dir->s->from, st, &m);
	if (nsv_xattrs_any(w->c))
		(void)nsv_xattrs_read(w->c, it->dir->s->from, fd, true, &m.xattrs);
	r = nsv_put_other(w, it->dir, it->name, &place, &m, st->st_rdev, text, &e);
	nsv_meta_clear(&m);
	if (claim == 2)
		end_claim(it, st, r == 0 && made_at(it, &done) ? &done : NULL);
	if (r < 0)
		return nsv_fail(it->dir, it->name, &e);
	if (r == 0)
		count_file(it);
	return r;
}

void nsv_item_copy(struct nsv_worker *w, struct nsv_item *it)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct stat st;
	bool file;
	nsv_autofd int fd = nsv_item_open(it, &file, &st, &e);

	if (fd < 0)
		(void)nsv_fail(it->dir, it->name, &e);
	else if (file)
		(void)do_file(w, it, fd, &st);
	else if (nsv_pipe_is_source(it, &st))
		(void)do_pipe(w, it, fd, &st);
	else
		(void)do_other(w, it, fd, &st);
}
