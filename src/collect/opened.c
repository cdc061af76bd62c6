/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * opened.c - open files by their inodes. A file of a file system that a server answers for is not
 * read: it might never end. No locks.
 */
#include "collect/opened.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "collect/attributes.h"
#include "collect/listings.h"
#include "collect/mounts.h"
#include "collect/sent.h"
#include "copy/data.h"
#include "reach/mountinfo.h"
#include "reach/procfs.h"

#define INODES_MAX ((size_t)1 << 16)
#define HASHED_MAX ((uint64_t)4 << 30) /* a longer executable is not hashed */

struct inode {
	uint64_t dev, ino;
	char *hash, *member;
	const char *why_not_hashed, *why_not_taken;
};

struct nsv_inodes {
	struct inode *list;
	size_t n, room;
	struct nsv_mount_list mounts;
	uint32_t root_dev;
	bool mounts_known;
	struct nsv_copy *copy; /* whose rules for attributes count */
};

int nsv_inodes_new(struct nsv_inodes **ret)
{
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	struct nsv_inodes *i = calloc(1, sizeof(*i));
	int r;

	if (!i)
		return -ENOMEM;
	o.flags = NSV_COPY_ARCHIVE | NSV_COPY_SPECIAL;
	o.threads = 1;
	r = nsv_copy_new(&o, &i->copy, NULL);
	if (r < 0) {
		free(i);
		return r;
	}
	i->copy->all_xattrs = true;
	*ret = i;
	return 0;
}

struct nsv_inodes *nsv_inodes_free(struct nsv_inodes *i)
{
	if (!i)
		return NULL;
	for (size_t n = 0; n < i->n; n++) {
		free(i->list[n].hash);
		free(i->list[n].member);
	}
	free(i->list);
	nsv_mount_list_clear(&i->mounts);
	(void)nsv_copy_free(i->copy);
	free(i);
	return NULL;
}

int nsv_opened_look(int pathfd, struct statx *ret)
{
	return statx(pathfd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		     STATX_BASIC_STATS | STATX_MNT_ID, ret) < 0
		   ? -errno
		   : 0;
}

static void read_mounts(struct nsv_collection *c)
{
	struct nsv_inodes *i = c->inodes;
	nsv_automountinfo struct nsv_mountinfo table;
	struct stat st;

	i->mounts_known = true;
	if (nsv_mountinfo_open(&table, c->target->procdir, ".", NSV_MOUNTINFO_MAX) == 0)
		(void)nsv_mount_list_read(&i->mounts, &table);
	if (c->target->root >= 0 && fstat(c->target->root, &st) == 0)
		i->root_dev = nsv_mount_dev(major(st.st_dev), minor(st.st_dev));
}

/* By its mount. One that is in no table of ours is another namespace's. */
static bool is_served(struct nsv_collection *c, const struct statx *s)
{
	const struct nsv_mount_entry *m;

	if (!c->inodes->mounts_known)
		read_mounts(c);
	m = nsv_mount_list_find(&c->inodes->mounts, s->stx_mnt_id);
	return m && m->flags & NSV_FS_SERVED && m->dev != c->inodes->root_dev;
}

static struct inode *find(struct nsv_collection *c, const struct statx *s)
{
	struct nsv_inodes *t = c->inodes;
	uint64_t dev = (uint64_t)s->stx_dev_major << 32 | s->stx_dev_minor;

	for (size_t i = 0; i < t->n; i++)
		if (t->list[i].ino == s->stx_ino && t->list[i].dev == dev)
			return &t->list[i];
	if (t->n == t->room) {
		size_t room = t->room ? t->room * 2 : 64;
		struct inode *list;

		if (room > INODES_MAX)
			return NULL;
		list = realloc(t->list, room * sizeof(*list));
		if (!list)
			return NULL;
		t->list = list;
		t->room = room;
	}
	t->list[t->n] = (struct inode){ .dev = dev, .ino = s->stx_ino };
	return &t->list[t->n++];
}

static char *hash_file(struct nsv_collection *c, int fd)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sum[EVP_MAX_MD_SIZE];
	uint64_t total = 0;
	ssize_t n = -1;
	char *hex = NULL;

	if (ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL)) {
		while (total < HASHED_MAX && !nsv_stop(c) &&
		       (n = read(fd, c->buf, NSV_BUFFER)) > 0) {
			(void)EVP_DigestUpdate(ctx, c->buf, (size_t)n);
			total += (uint64_t)n;
		}
		hex = n == 0 ? malloc(NSV_SHA_HEX) : NULL;
		(void)EVP_DigestFinal_ex(ctx, sum, NULL);
		if (hex)
			nsv_hex(sum, NSV_SHA_LEN, hex);
	}
	EVP_MD_CTX_free(ctx);
	return hex;
}

static bool may_hang(const struct nsv_collection *c, const struct statx *s)
{
	return nsv_may_hang(&c->risks, nsv_mount_dev(s->stx_dev_major, s->stx_dev_minor));
}

static const char *why_not(int r)
{
	return r == -ETIMEDOUT ? NSV_WHY_TIMED_OUT : "it can't be opened";
}

/* What is hashed: the file, or what a helper has read of it. An fd or -errno. */
static int open_for_hash(struct nsv_collection *c, int pathfd, const struct statx *s)
{
	struct nsv_sent sent;
	int fd, r;

	if (!may_hang(c, s))
		return nsv_fetch_open(c, pathfd);
	r = nsv_fetch(c, c->inodes->copy, pathfd, 0, &sent);
	if (r == 0 && sent.got.outcome == NSV_FAILED)
		r = -EIO;
	fd = r < 0 ? r : nsv_steal_fd(&sent.fd);
	nsv_sent_clear(&sent);
	return fd;
}

const char *nsv_opened_hash(struct nsv_collection *c, int pathfd, const struct statx *s,
			    const char **ret_why)
{
	struct inode *i = find(c, s);
	nsv_autofd int fd = NSV_FD_NONE;

	if (!i || i->hash || i->why_not_hashed) {
		*ret_why = i ? i->why_not_hashed : "too many files";
		return i ? i->hash : NULL;
	}
	if (!S_ISREG(s->stx_mode)) {
		i->why_not_hashed = "not a regular file";
	} else if (is_served(c, s)) {
		i->why_not_hashed = "a server answers for it, and may never do";
	} else {
		fd = open_for_hash(c, pathfd, s);
		i->hash = fd < 0 ? NULL : hash_file(c, fd);
		if (!i->hash)
			i->why_not_hashed = fd < 0 ? why_not(fd) : "it can't be read";
	}
	*ret_why = i->why_not_hashed;
	return i->hash;
}

static void list(struct nsv_collection *c, int r, const struct nsv_entity *m,
		 const struct nsv_taken *t)
{
	char hex[NSV_SHA_HEX] = "";

	if (r == 0 && t->in_package) {
		if (t->sums.whole)
			nsv_hex(t->sums.data, NSV_SHA_LEN, hex);
		nsv_list_member(c, m, *hex ? hex : NULL, t);
		c->n_bytes += m->size;
	}
	nsv_outcome(c, "open", m->path, r < 0 ? NSV_FAILED : t->outcome,
		    *t->reason ? t->reason : NULL);
}

/* 0: it is in the package, whole or not. */
static int take_here(struct nsv_collection *c, int pathfd, const char *path, const char **ret_why)
{
	nsv_autofd int fd = nsv_fetch_open(c, pathfd);
	struct nsv_entity m = { .path = path };
	struct nsv_taken t = { 0 };
	int r;

	if (fd < 0) {
		*ret_why = why_not(fd);
		nsv_outcome(c, "open", path, NSV_FAILED, *ret_why);
		return fd;
	}
	r = nsv_member_fill(c, c->inodes->copy, fd, false, path, &m);
	if (r == 0)
		r = nsv_take_body(c, &m, fd, &t);
	list(c, r, &m, &t);
	nsv_xattrs_clear(&m.xattrs);
	*ret_why = "it could not be taken";
	return t.in_package ? 0 : -1;
}

/* The same by a helper. */
static int take_apart(struct nsv_collection *c, int pathfd, const char *path, const char **ret_why)
{
	struct nsv_taken t = { 0 };
	struct nsv_sent sent;
	int r = nsv_fetch(c, c->inodes->copy, pathfd, c->o->max_file_size, &sent);

	*ret_why = r < 0 ? why_not(r) : "it could not be taken";
	sent.m.path = path;
	if (sent.fd >= 0)
		list(c, nsv_take_sent(c, &sent.m, sent.fd, &sent.got, &t), &sent.m, &t);
	else
		nsv_outcome(c, "open", path, NSV_FAILED, *ret_why);
	nsv_sent_clear(&sent);
	return t.in_package ? 0 : -1;
}

const char *nsv_opened_take(struct nsv_collection *c, int pathfd, const struct statx *s,
			    const char *path, const char **ret_why)
{
	struct inode *i = find(c, s);
	const char *why = NULL;
	int r;

	if (!i || i->member || i->why_not_taken) {
		*ret_why = i ? i->why_not_taken : "too many files";
		return i ? i->member : NULL;
	}
	if (nsv_stop(c)) {
		i->why_not_taken = "the collection was ended";
	} else if (nsv_is_secret_mount(&c->risks, s->stx_mnt_id)) {
		i->why_not_taken = NSV_WHY_SECRET;
		nsv_outcome(c, "open", path, NSV_SKIPPED, i->why_not_taken);
	} else if (is_served(c, s)) {
		i->why_not_taken = "a server answers for it, and may never do";
		nsv_outcome(c, "open", path, NSV_SKIPPED, i->why_not_taken);
	} else {
		r = may_hang(c, s) ? take_apart(c, pathfd, path, &why)
				   : take_here(c, pathfd, path, &why);
		i->member = r == 0 ? strdup(path) : NULL;
		i->why_not_taken = r == 0 ? NULL : why;
	}
	*ret_why = i->why_not_taken;
	return i->member;
}
