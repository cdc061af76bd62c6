/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root_read.c - opens what the walk found and reads it, with as few calls as can be: most files are
 * small, and there may be millions.
 *
 * Defends against: FIFOs and devices (the inode is looked at before it is opened), a name that is
 * replaced meanwhile (the inode is reopened, not the name), leases, files that grow (no more is
 * read than the size at the beginning).
 */
#include "collect/root_put.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "collect/attributes.h"
#include "collect/far.h"
#include "copy/item.h"
#include "copy/links.h"
#include "copy/pool.h"
#include "reach/resolve.h"

/* Every list has each path whole: a container could nest folders until they fill any disk. */
#define LONGEST_PATH ((size_t)64 * 1024)

static void push_outcome(struct nsv_way *way, const char *path, enum nsv_outcome outcome,
			 const char *reason)
{
	struct nsv_fed x = { .fd = NSV_FD_NONE, .outcome = outcome };

	/* A helper, or what one has sent. */
	if (!way->feed) {
		nsv_outcome(way->c, "file", path, outcome, reason);
		return;
	}
	x.path = strdup(path);
	x.reason = strdup(reason);
	if (x.path && x.reason) {
		nsv_feed_push(way->feed, &x);
		return;
	}
	free(x.path);
	free(x.reason);
}

void nsv_root_failed(struct nsv_way *way, const char *path, int err, const char *reason)
{
	if (err != ECANCELED)
		push_outcome(way, path, NSV_FAILED, reason && *reason ? reason : strerror(err));
}

/* The inode behind the name: an O_PATH fd, and what it is. */
static int look(const struct nsv_item *it, struct statx *s)
{
	int fd = openat(it->dir->src, it->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, s) < 0) {
		int r = -errno;

		nsv_close(fd);
		return r;
	}
	return fd;
}

/* A file that has it all in one buffer. The fd is done with then. */
static void read_ready(struct nsv_way *way, struct nsv_fed *x)
{
	char *buf = nsv_feed_buffer(way->feed);
	struct nsv_ready *ready = &x->ready;
	struct stat st;

	while (ready->have < x->m.size && !ready->err) {
		ssize_t n =
		    pread(x->fd, buf + ready->have, x->m.size - ready->have, (off_t)ready->have);

		if (n < 0 && errno == EINTR && !nsv_stop(way->c))
			continue;
		if (n == 0)
			break;
		if (n < 0)
			ready->err = errno;
		else
			ready->have += (size_t)n;
	}
	if (fstat(x->fd, &st) < 0)
		ready->err = errno;
	else if (st.st_dev != x->dev || st.st_ino != x->ino)
		ready->err = ESTALE;
	else
		ready->changed = nsv_body_changed(&x->m, x->m.size, &st);
	if (ready->err)
		ready->have = 0;
	nsv_close_p(&x->fd);
	if (way->hash && ready->have == x->m.size && nsv_feed_behind(way->feed))
		ready->hashed = EVP_DigestInit_ex2(way->hash, way->md, NULL) &&
				EVP_DigestUpdate(way->hash, buf, ready->have) &&
				EVP_DigestFinal_ex(way->hash, ready->sum, NULL);
}

/* Whether this is a further name, or the first of several. */
static void claim(struct nsv_way *way, struct nsv_fed *x)
{
	struct nsv_link link;
	int r;

	/* A helper's are claimed when they have come. */
	if (x->m.nlink < 2 || S_ISDIR(x->m.mode) || way->c->far)
		return;
	/* The claim waits for the first name, which may be on its way. */
	if (way->feed)
		nsv_feed_hurry(way->feed);
	r = nsv_links_claim(way->copy->links, x->dev, x->ino, x->m.nlink, &link);
	x->claimed = r == 0;
	if (r > 0)
		x->known = link.path;
}

static void unclaim(struct nsv_way *way, struct nsv_fed *x)
{
	if (x->claimed)
		nsv_links_done(way->copy->links, x->dev, x->ino, NULL);
}

/* Its attributes, and what its content is. @fd: O_PATH. False: said why not. */
static bool fill(struct nsv_way *way, const struct nsv_item *it, int fd, const struct statx *s,
		 struct nsv_fed *x)
{
	const struct nsv_collection *c = way->c;
	int r = 0;

	nsv_member_set(c, s, x->path, &x->m);
	if (S_ISREG(s->stx_mode)) {
		char link[32];

		(void)snprintf(link, sizeof(link), "self/fd/%d", fd);
		x->fd = nsv_open_nonblock(c->target->procfs, link);
		if (x->fd < 0) {
			nsv_root_failed(way, x->path, errno, NULL);
			return false;
		}
	}
	if (!S_ISLNK(s->stx_mode))
		r = nsv_xattrs_read(way->copy, c->target, x->fd >= 0 ? x->fd : fd, x->fd < 0,
				    &x->m.xattrs);
	if (r < 0) {
		nsv_root_failed(way, x->path, -r, "its attributes can't be read");
		return false;
	}
	claim(way, x);
	if (S_ISLNK(s->stx_mode) && !x->known) {
		x->m.link = nsv_item_link_text(nsv_pool_worker(way->copy->pool), it, fd);
		if (!x->m.link) {
			unclaim(way, x);
			return false;
		}
	}
	return true;
}

static bool is_small(const struct nsv_collection *c, const struct statx *s)
{
	uint64_t most =
	    c->o->max_file_size ? nsv_min(c->o->max_file_size, (uint64_t)NSV_BUFFER) : NSV_BUFFER;

	return s->stx_size <= most && s->stx_blocks * 512 >= s->stx_size;
}

static void clear(struct nsv_fed *x)
{
	free(x->path);
	free(x->known);
	free((char *)x->m.link);
	nsv_xattrs_clear(&x->m.xattrs);
	nsv_close(x->fd);
}

static void read_item(struct nsv_way *way, const struct nsv_item *it, char *path_take)
{
	struct nsv_fed x = { .fd = NSV_FD_NONE, .path = path_take };
	struct statx s;
	nsv_autofd int fd = look(it, &s);
	struct stat st = { 0 };

	if (fd < 0)
		nsv_root_failed(way, x.path, -fd, NULL);
	else if (S_ISDIR(s.stx_mode))
		nsv_root_failed(way, x.path, ESTALE,
				"became another kind of file while it was looked at");
	if (fd < 0 || S_ISDIR(s.stx_mode)) {
		clear(&x);
		return;
	}
	st.st_dev = x.dev = makedev(s.stx_dev_major, s.stx_dev_minor);
	x.ino = s.stx_ino;
	if (nsv_item_left_out(it, fd, &st) || !fill(way, it, fd, &s, &x)) {
		clear(&x);
		return;
	}
	if (way->c->far) {
		nsv_far_send(way->c->far, &x.m, x.fd, way->c->o->max_file_size);
		clear(&x);
		return;
	}
	if (x.known)
		nsv_close_p(&x.fd);
	else if (x.fd >= 0 && is_small(way->c, &s))
		read_ready(way, &x);
	nsv_feed_push(way->feed, &x);
}

void nsv_root_read(struct nsv_way *way, struct nsv_dir *dir, const char *name, unsigned type)
{
	size_t len = strlen(name) + 1;
	nsv_autofree struct nsv_item *it = malloc(sizeof(*it) + len);
	char *path = nsv_dir_path(dir, NSV_ROOT_PREFIX, name);

	if (!it || !path) {
		free(path);
		(void)nsv_fail_text(dir, name, ENOMEM, NSV_STAGE_READ, NULL);
		return;
	}
	*it = (struct nsv_item){ .dir = dir, .type = type, .pathfd = NSV_FD_NONE };
	memcpy(it->name, name, len);
	read_item(way, it, path);
}

void nsv_root_sent(struct nsv_way *way, struct nsv_sent *sent)
{
	struct nsv_fed x = {
		.path = (char *)sent->m.path,
		.m = sent->m,
		.dev = makedev(sent->m.dev_major, sent->m.dev_minor),
		.ino = sent->m.ino,
		.fd = sent->fd,
		.got = &sent->got,
	};

	claim(way, &x);
	if (sent->again && !x.known) {
		unclaim(way, &x);
		nsv_root_failed(way, x.path, 0, "another name of it is missing");
	} else {
		if (x.known)
			x.m.link = NULL;
		nsv_root_put(&x, way);
	}
	free(x.known);
}

int nsv_root_read_dir(struct nsv_way *way, struct nsv_dir *dir)
{
	struct nsv_fed x = { .fd = NSV_FD_NONE };
	int r;

	x.path = nsv_dir_path(dir, NSV_ROOT_PREFIX, NULL);
	r = x.path ? nsv_member_fill(way->c, way->copy, dir->src, dir->src_opath, x.path, &x.m)
		   : -ENOMEM;
	if (r < 0) {
		(void)nsv_fail_text(dir, NULL, -r, NSV_STAGE_READ, NULL);
	} else if (strnlen(x.path, LONGEST_PATH) == LONGEST_PATH) {
		push_outcome(way, x.path, NSV_TRUNCATED,
			     "what is below has a path of more than 64 KiB");
		r = -ENAMETOOLONG;
	}
	if (r == 0 && way->c->far)
		nsv_far_send(way->c->far, &x.m, NSV_FD_NONE, 0);
	if (r < 0 || way->c->far)
		clear(&x);
	else
		nsv_feed_push(way->feed, &x);
	return r;
}
