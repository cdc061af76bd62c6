/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsdiff_layer.c - files as members of a layer. Owners, ACLs and capabilities have the container's
 * numbers. Defends against a container that changes its files meanwhile (a member has the bytes
 * that its header says), and bounds what is remembered of hard links and holes.
 */
#include "cli/nsdiff_layer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/nsdiff_links.h"
#include "collect/tar_header.h"

#define BUFFER	  ((size_t)256 * 1024)
#define HOLES_MAX 65536

struct layer {
	struct nsdiff *d;
	struct nsdiff_out *o;
	const struct nsv_target *target;
	struct nsdiff_links links;
	struct nsv_bytes head;
	char *gone; /* what was below it is gone with it; NULL: nothing */
	char *buf;
	uint64_t sockets;
};

static void problem(struct layer *l, const char *path, const char *why)
{
	cli_error("%s:%s: %s", l->d->spec, path, why);
	l->d->totals.problems++;
}

/* ---- attributes ---- */

static uint32_t map_inside(const void *target, enum nsv_id_kind kind, uint32_t id)
{
	return nsv_target_id_inside(target, kind, id);
}

static int take_xattr(struct layer *l, int fd, const char *name, struct nsv_xattrs *x)
{
	ssize_t n = nsv_xattr_get(fd, true, name, l->buf, NSV_XATTR_VALUE_MAX);

	if (n < 0)
		return 0;
	if (!strcmp(name, NSV_CAPS))
		n = nsv_caps_translate(l->buf, (size_t)n, map_inside, l->target);
	else if (!strcmp(name, NSV_ACL_ACCESS) || !strcmp(name, NSV_ACL_DEFAULT))
		n = nsv_acl_translate(l->buf, (size_t)n, map_inside, l->target);
	else if (strncmp(name, "user.", 5) != 0 || !strncmp(name, "user.overlay.", 13) ||
		 !strncmp(name, "user.fuseoverlayfs.", 19) ||
		 !strcmp(name, "user.containers.override_stat"))
		return 0; /* a label of this host, or overlayfs's own */
	else
		return nsv_xattrs_add(x, name, l->buf, (size_t)n);
	return n > 0 ? nsv_xattrs_add(x, name, l->buf, (size_t)n) : 0;
}

static int take_xattrs(struct layer *l, int fd, struct nsv_xattrs *x)
{
	nsv_autofree char *names = malloc(NSV_XATTR_LIST_MAX);
	ssize_t len = names ? nsv_xattr_list(fd, true, names, NSV_XATTR_LIST_MAX) : -ENOMEM;
	int r = 0;

	for (ssize_t at = 0; at < len && r == 0; at += (ssize_t)strlen(names + at) + 1)
		r = take_xattr(l, fd, names + at, x);
	return len < 0 && len != -EOPNOTSUPP ? (int)len : r;
}

/* ---- bytes ---- */

/* Where the file has data. False: everywhere, or in too many places. */
static bool find_holes(int fd, uint64_t size, struct nsv_segment **ret, size_t *ret_n)
{
	struct nsv_segment *segments = NULL;
	size_t n = 0, room = 0;
	off_t at = 0, end;

	while ((uint64_t)at < size && (at = lseek(fd, at, SEEK_DATA)) >= 0 && (uint64_t)at < size) {
		end = lseek(fd, at, SEEK_HOLE);
		if (end <= at || n == HOLES_MAX) {
			free(segments);
			return false;
		}
		end = (off_t)nsv_min((uint64_t)end, size);
		if (n == room) {
			struct nsv_segment *more;

			room = room ? room * 2 : 16;
			more = reallocarray(segments, room, sizeof(*more));
			if (!more)
				cli_no_memory();
			segments = more;
		}
		segments[n++] = (struct nsv_segment){ (uint64_t)at, (uint64_t)(end - at) };
		at = end;
	}
	*ret = segments;
	*ret_n = n;
	return true;
}

/* Bytes that are no longer there are zeroes. False: there were such. */
static bool put_segment(struct layer *l, int fd, struct nsv_segment s)
{
	bool whole = true;

	while (s.len > 0 && l->o->err == 0) {
		size_t want = (size_t)nsv_min(s.len, (uint64_t)BUFFER);
		ssize_t n = whole ? pread(fd, l->buf, want, (off_t)s.at) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			whole = false;
			memset(l->buf, 0, want);
			n = (ssize_t)want;
		}
		nsdiff_out_put(l->o, l->buf, (size_t)n);
		s.at += (uint64_t)n;
		s.len -= (uint64_t)n;
	}
	return whole;
}

static int put_header(struct layer *l, const struct nsv_entity *m)
{
	uint64_t stored;
	size_t map;
	int r = nsv_tar_header(m, &l->head, &map, &stored);

	if (r == 0)
		nsdiff_out_put(l->o, l->head.buf, l->head.len);
	return r;
}

static int put_regular(struct layer *l, struct nsv_entity *m, const struct nsv_change_side *s,
		       const char *path)
{
	nsv_autofd int fd = nsv_reopen(s->fd, NULL, NULL);
	nsv_autofree struct nsv_segment *segments = NULL;
	bool whole = true;
	struct stat st;
	size_t n = 0;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0) {
		problem(l, path, strerror(fd < 0 ? -fd : errno));
		return 0;
	}
	/* Of both, if only attributes were copied up, this is the one with the bytes. */
	m->size = (uint64_t)st.st_size;
	m->sparse =
	    (uint64_t)st.st_blocks * 512 < m->size && find_holes(fd, m->size, &segments, &n);
	m->segments = segments;
	m->n_segments = n;
	r = put_header(l, m);
	if (r < 0)
		return r;
	for (size_t i = 0; m->sparse && i < n; i++)
		whole = put_segment(l, fd, segments[i]) && whole;
	if (!m->sparse)
		whole = put_segment(l, fd, (struct nsv_segment){ 0, m->size });
	nsdiff_out_fill(l->o);
	if (!whole)
		problem(l, path,
			"became shorter while it was read; zeroes are in place of the rest");
	return 0;
}

/* ---- members ---- */

static void describe(const struct nsv_change_side *s, const struct stat *st, const char *path,
		     struct nsv_entity *ret)
{
	*ret = (struct nsv_entity){
		.path = path[1] ? path + 1 : ".",
		.mode = s->mode,
		.uid = s->uid,
		.gid = s->gid,
		.host_uid = st->st_uid,
		.host_gid = st->st_gid,
		.size = s->size,
		.ino = s->inode,
		.nlink = s->nlink,
		.rdev_major = s->rdev_major,
		.rdev_minor = s->rdev_minor,
		.atime = s->mtime, /* reading changes the true one */
		.mtime = s->mtime,
		.ctime = s->ctime,
		.link = s->link,
	};
}

static int put_file(struct layer *l, const char *path, const struct nsv_change_side *s)
{
	struct nsv_entity m;
	struct stat st;
	int r;

	if (S_ISSOCK(s->mode)) { /* a tar has none */
		l->sockets++;
		return 0;
	}
	if (fstat(s->attributes_fd, &st) < 0 || (S_ISLNK(s->mode) && !s->link)) {
		problem(l, path, "can't be read");
		return 0;
	}
	describe(s, &st, path, &m);
	if (S_ISREG(s->mode) && st.st_nlink > 1)
		m.hard = nsdiff_links_find(&l->links, st.st_dev, st.st_ino, m.path);
	r = m.hard || S_ISLNK(s->mode) ? 0 : take_xattrs(l, s->attributes_fd, &m.xattrs);
	if (r == -E2BIG || (r < 0 && r != -ENOMEM)) {
		problem(l, path, "its extended attributes can't be taken");
		r = 0;
	}
	if (r == 0)
		r = S_ISREG(s->mode) && !m.hard ? put_regular(l, &m, s, path) : put_header(l, &m);
	nsv_xattrs_clear(&m.xattrs);
	return r;
}

static int put_whiteout(struct layer *l, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	nsv_autofree char *mark = NULL;
	struct nsv_entity m = { .mode = S_IFREG, .own = true };

	if (asprintf(&mark, "%.*s.wh.%s", (int)(name - path - 1), path + 1, name) < 0)
		return -ENOMEM;
	m.path = mark;
	return put_header(l, &m);
}

/* Whether @path is below what is gone as a whole. */
static bool is_gone(const struct layer *l, const char *path)
{
	size_t len = l->gone ? strlen(l->gone) : 0;

	return len && strncmp(path, l->gone, len) == 0 && path[len] == '/';
}

static int set_gone(struct layer *l, const char *path)
{
	free(l->gone);
	l->gone = strdup(path);
	return l->gone ? 0 : -ENOMEM;
}

static int on_change(const struct nsv_change *c, void *data)
{
	struct layer *l = data;
	const struct nsv_change_side *s = c->kind == NSV_CHANGE_IMAGE ? c->old : c->now;
	int r = 0;

	if (l->o->err < 0)
		return l->o->err;
	if (c->kind == NSV_CHANGE_PROBLEM) {
		problem(l, c->path, c->text);
		return 0;
	}
	if (c->kind == NSV_CHANGE_VOLUME || is_gone(l, c->path))
		return 0;
	if (strstr(c->path, "/.wh.")) {
		problem(l, c->path, "a layer can't hold a name that begins with .wh.");
		return 0;
	}
	if (c->kind == NSV_CHANGE_DELETED)
		r = put_whiteout(l, c->path);
	else
		r = put_file(l, c->path, s);
	/* What a folder had goes with its mark, or with the file in its place. */
	if (r == 0 && c->kind != NSV_CHANGE_IMAGE && !(s->exists && S_ISDIR(s->mode)))
		r = set_gone(l, c->path);
	return r;
}

int nsdiff_layer_put(struct nsdiff *d, struct nsv_changes *c, const struct nsv_target *target,
		     bool image, struct nsdiff_out *o, struct nsv_error *e)
{
	struct layer l = { .d = d, .o = o, .target = target };
	int r;

	l.buf = malloc(BUFFER);
	if (!l.buf)
		cli_no_memory();
	r = image ? nsv_changes_walk_image(c, on_change, &l, e)
		  : nsv_changes_walk(c, on_change, &l, e);
	nsdiff_out_end_tar(o);
	if (l.sockets)
		cli_note("%s: %llu sockets are left out", d->spec, (unsigned long long)l.sockets);
	if (l.links.full)
		cli_note("%s: too many hard links; some are separate files", d->spec);
	nsdiff_links_free(&l.links);
	nsv_bytes_free(&l.head);
	free(l.gone);
	free(l.buf);
	return r < 0 ? r : o->err;
}
