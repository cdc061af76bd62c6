/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * body.c - one pass over a regular file: read, hash, write. Its size is that of the beginning, its
 * map of holes likewise; what is another thing at the end is said.
 */
#include "collect/body.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "copy/data.h"

/* A file with more holes than that is taken with the small ones as data. */
#define SEGMENTS_MAX ((size_t)64 * 1024)
#define CHANGED	     "it changed while it was read"

static int find_segments(struct nsv_collection *c, int fd, uint64_t size, struct nsv_segment **ret,
			 size_t *ret_n)
{
	nsv_autofree struct nsv_segment *list = NULL;
	size_t n = 0, room = 0;
	off_t at, end = 0;

	while (nsv_data_next(fd, end, (off_t)size, &at, &end) && !nsv_stop(c)) {
		if (n == SEGMENTS_MAX) {
			list[n - 1].len = (uint64_t)end - list[n - 1].at;
			continue;
		}
		if (n == room) {
			struct nsv_segment *more;

			room = room ? room * 2 : 64;
			more = realloc(list, room * sizeof(*list));
			if (!more)
				return -ENOMEM;
			list = more;
		}
		list[n++] = (struct nsv_segment){ (uint64_t)at, (uint64_t)(end - at) };
	}
	*ret = nsv_steal_ptr(list);
	*ret_n = n;
	return 0;
}

static void problem(struct nsv_taken *t, enum nsv_outcome outcome, const char *text)
{
	/* A failure outweighs a change. */
	if (t->outcome == NSV_FAILED)
		return;
	t->outcome = outcome;
	(void)snprintf(t->reason, sizeof(t->reason), "%s", text);
}

static int put_zeros(struct nsv_collection *c, uint64_t len)
{
	int r = 0;

	memset(c->buf, 0, NSV_BUFFER);
	while (len > 0 && r == 0) {
		size_t n = (size_t)nsv_min(len, (uint64_t)NSV_BUFFER);

		r = nsv_package_data(c->package, c->buf, n);
		len -= n;
	}
	return r;
}

/* @len bytes from @at on. Answers of the package only. */
static int put_range(struct nsv_collection *c, const struct nsv_entity *m, int fd, uint64_t at,
		     uint64_t len, struct nsv_taken *t)
{
	while (len > 0) {
		size_t want = (size_t)nsv_min(len, (uint64_t)NSV_BUFFER);
		ssize_t n = pread(fd, c->buf, want, (off_t)at);
		int r;

		if (n < 0 && errno == EINTR && !nsv_stop(c))
			continue;
		if (n < 0)
			problem(t, NSV_FAILED, strerror(errno));
		else if (n == 0)
			problem(t, NSV_CHANGED, "it became shorter while it was read");
		else if (nsv_stop(c))
			problem(t, NSV_FAILED, "the collection was ended");
		if (n <= 0 || t->outcome == NSV_FAILED)
			return nsv_package_may_drop(c->package) && nsv_stop(c) ? -ENOSPC
									       : put_zeros(c, len);
		r = nsv_package_data(c->package, c->buf, (size_t)n);
		if (r < 0)
			return r;
		(void)atomic_fetch_add(&c->progress_bytes, (uint64_t)n);
		nsv_progress(c, NULL, m->path);
		at += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 0;
}

static int put_all(struct nsv_collection *c, const struct nsv_entity *m, int fd,
		   struct nsv_taken *t)
{
	uint64_t at = 0;
	int r = 0;

	if (!m->sparse)
		return put_range(c, m, fd, 0, m->size, t);
	for (size_t i = 0; m->segments && i < m->n_segments && r == 0; i++) {
		const struct nsv_segment *s = &m->segments[i];

		if (s->at > at)
			r = nsv_package_hole(c->package, s->at - at);
		if (r == 0)
			r = put_range(c, m, fd, s->at, s->len, t);
		at = s->at + s->len;
	}
	return r == 0 && m->size > at ? nsv_package_hole(c->package, m->size - at) : r;
}

static bool same(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool nsv_body_changed(const struct nsv_entity *m, uint64_t size, const struct stat *st)
{
	return (uint64_t)st->st_size != size || !same(st->st_mtim, m->mtime) ||
	       !same(st->st_ctim, m->ctime);
}

/* @r: what the package said of the body. */
static int finish(struct nsv_collection *c, int r, struct nsv_taken *t)
{
	if (r == -ENOSPC) {
		r = nsv_package_drop(c->package);
		problem(t, NSV_FAILED, nsv_stop(c) ? "the collection was ended" : strerror(ENOSPC));
		return nsv_wrote(c, r);
	}
	if (r == 0)
		r = nsv_package_end(c->package, &t->sums);
	t->in_package = r == 0;
	return nsv_wrote(c, r);
}

int nsv_take_ready(struct nsv_collection *c, struct nsv_entity *m, const struct nsv_ready *ready,
		   struct nsv_taken *ret)
{
	int r;

	*ret = (struct nsv_taken){ .outcome = m->size ? NSV_TAKEN : NSV_EMPTY };
	if (ready->err)
		problem(ret, NSV_FAILED, strerror(ready->err));
	else if (ready->have < m->size)
		problem(ret, NSV_CHANGED, "it became shorter while it was read");
	else if (ready->changed)
		problem(ret, NSV_CHANGED, CHANGED);
	r = nsv_package_begin(c->package, m);
	if (r == 0 && ready->hashed)
		nsv_package_hashed(c->package, ready->sum);
	if (r == 0 && ready->have)
		r = nsv_package_data(c->package, ready->data, ready->have);
	if (r == 0 && ready->have < m->size)
		r = put_zeros(c, m->size - ready->have);
	(void)atomic_fetch_add(&c->progress_bytes, (uint64_t)ready->have);
	return finish(c, r, ret);
}

int nsv_take_body(struct nsv_collection *c, struct nsv_entity *m, int fd, struct nsv_taken *ret)
{
	nsv_autofree struct nsv_segment *segments = NULL;
	uint64_t size = m->size;
	struct stat st;
	int r = 0;

	*ret = (struct nsv_taken){ .outcome = size ? NSV_TAKEN : NSV_EMPTY };
	if (c->o->max_file_size && size > c->o->max_file_size) {
		m->size = c->o->max_file_size;
		problem(ret, NSV_TRUNCATED, NSV_WHY_TOO_LARGE);
	}
	m->sparse = m->size && fstat(fd, &st) == 0 && (uint64_t)st.st_blocks * 512 < m->size;
	if (m->sparse)
		r = find_segments(c, fd, m->size, &segments, &m->n_segments);
	/* File systems that compress have fewer blocks and no holes. */
	if (m->sparse && m->n_segments == 1 && segments && segments[0].at == 0 &&
	    segments[0].len == m->size)
		m->sparse = false;
	m->segments = segments;
	if (r == 0)
		r = nsv_package_begin(c->package, m);
	if (r == 0)
		r = put_all(c, m, fd, ret);
	m->segments = NULL;
	r = finish(c, r, ret);
	if (ret->in_package && fstat(fd, &st) == 0 && nsv_body_changed(m, size, &st))
		problem(ret, NSV_CHANGED, CHANGED);
	return r;
}
