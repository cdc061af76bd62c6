/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * compare.c - what two files differ in: attributes, extended attributes but for overlayfs's own,
 * contents. What is read is bounded: longer files have no hash.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>

#include "changes/layer.h"
#include "changes/walk.h"
#include "reach/pinned.h"

#define HASH_MAX ((uint64_t)4 << 30)
#define LINK_MAX 65536

static struct timespec time_of(struct statx_timestamp t)
{
	return (struct timespec){ t.tv_sec, t.tv_nsec };
}

static uint32_t inside(const struct nsv_target *t, enum nsv_id_kind kind, uint32_t id)
{
	uint32_t shown = nsv_target_id_inside(t, kind, id);

	return shown == NSV_ID_UNMAPPED ? 65534 : shown;
}

static char *link_text(int fd)
{
	nsv_autofree char *text = malloc(LINK_MAX);
	ssize_t n = text ? readlinkat(fd, "", text, LINK_MAX - 1) : -1;

	return n < 0 ? NULL : strndup(text, (size_t)n);
}

void nsv_side_fill(const struct nsv_target *t, const struct nsv_layered *f,
		   struct nsv_change_side *ret)
{
	const struct statx *st = &f->st;

	*ret = (struct nsv_change_side){ .fd = NSV_FD_NONE, .attributes_fd = NSV_FD_NONE };
	if (f->fd < 0)
		return;
	*ret = (struct nsv_change_side){
		.exists = true,
		.mode = st->stx_mode,
		.uid = inside(t, NSV_ID_USER, st->stx_uid),
		.gid = inside(t, NSV_ID_GROUP, st->stx_gid),
		.size = S_ISREG(st->stx_mode) ? st->stx_size : 0,
		.nlink = st->stx_nlink,
		.inode = st->stx_ino,
		.rdev_major = st->stx_rdev_major,
		.rdev_minor = st->stx_rdev_minor,
		.mtime = time_of(st->stx_mtime),
		.ctime = time_of(st->stx_ctime),
		.fd = nsv_data_fd(f),
		.attributes_fd = f->fd,
	};
	if (S_ISLNK(st->stx_mode))
		ret->link = link_text(f->fd);
}

/* ---- contents ---- */

static int hash(struct nsv_changes_walk *w, int pathfd, unsigned char ret[32])
{
	nsv_autofd int fd = nsv_reopen(pathfd, NULL, NULL);
	EVP_MD_CTX *md = fd < 0 ? NULL : EVP_MD_CTX_new();
	uint64_t total = 0;
	ssize_t n = -1;
	int r = fd < 0 ? fd : 0;

	if (!md)
		return r < 0 ? r : -ENOMEM;
	if (!EVP_DigestInit_ex(md, EVP_sha256(), NULL))
		r = -ENOMEM;
	while (r == 0 && n != 0) {
		n = read(fd, w->buf, NSV_WALK_BUFFER);
		if (n < 0 && errno != EINTR)
			r = -errno;
		else if (nsv_walk_cancelled(w))
			r = -ECANCELED;
		else if (n > 0 && !EVP_DigestUpdate(md, w->buf, (size_t)n))
			r = -ENOMEM;
		total += n > 0 ? (uint64_t)n : 0;
		if (total > HASH_MAX)
			r = -EFBIG;
	}
	if (r == 0 && !EVP_DigestFinal_ex(md, ret, NULL))
		r = -ENOMEM;
	EVP_MD_CTX_free(md);
	return r;
}

int nsv_side_hash(struct nsv_changes_walk *w, const struct nsv_layered *f,
		  struct nsv_change_side *side)
{
	int r;

	if (!(w->c->o.flags & NSV_CHANGES_CONTENT) || f->fd < 0 || !S_ISREG(f->st.stx_mode) ||
	    side->size > HASH_MAX)
		return 0;
	r = hash(w, side->fd, side->sha256);
	side->hashed = r == 0;
	return r == -EFBIG ? 0 : r;
}

/* ---- extended attributes ---- */

struct list {
	char *names, *value, *other;
	ssize_t len;
};

static bool compare_one_way(const struct nsv_layers *l, int a, int b, struct list *x, bool values)
{
	ssize_t len = nsv_attributes_list(a, x->names, NSV_XATTR_ROOM);

	for (ssize_t at = 0; at < len; at += (ssize_t)strlen(x->names + at) + 1) {
		const char *name = x->names + at;
		ssize_t n, m;

		if (nsv_is_mark_xattr(l, name))
			continue;
		n = nsv_attribute_get(a, name, x->value, NSV_XATTR_ROOM);
		m = nsv_attribute_get(b, name, x->other, values ? NSV_XATTR_ROOM : 0);
		if (m < 0 ||
		    (values && (n != m || (n > 0 && memcmp(x->value, x->other, (size_t)n) != 0))))
			return true;
	}
	return false;
}

/* Links have none of their own. */
static bool xattrs_differ(struct nsv_changes_walk *w, int a, int b)
{
	struct list x = { .names = w->buf };

	x.value = x.names + NSV_XATTR_ROOM;
	x.other = x.value + NSV_XATTR_ROOM;
	return compare_one_way(w->l, a, b, &x, true) || compare_one_way(w->l, b, a, &x, false);
}

/* ---- all ---- */

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Two containers of one image share its files. */
static bool same_file(const struct nsv_layered *a, const struct nsv_layered *b)
{
	return a->st.stx_ino == b->st.stx_ino && a->st.stx_size == b->st.stx_size &&
	       same_time(time_of(a->st.stx_ctime), time_of(b->st.stx_ctime)) &&
	       same_time(time_of(a->st.stx_mtime), time_of(b->st.stx_mtime));
}

static int contents(struct nsv_changes_walk *w, const struct nsv_layered *a,
		    struct nsv_change_side *old, const struct nsv_layered *b,
		    struct nsv_change_side *now)
{
	int r;

	if (S_ISLNK(now->mode))
		return !old->link || !now->link || strcmp(old->link, now->link) != 0;
	if (!S_ISREG(now->mode))
		return 0;
	/* Metadata was copied up alone: the content is one and the same. */
	if (b->data >= 0 && b->data != b->fd && a->st.stx_size == b->st.stx_size) {
		r = nsv_side_hash(w, a, old);
		memcpy(now->sha256, old->sha256, sizeof(now->sha256));
		now->hashed = old->hashed;
		return r;
	}
	r = nsv_side_hash(w, a, old);
	if (r == 0)
		r = nsv_side_hash(w, b, now);
	if (r < 0)
		return r;
	if (old->size != now->size)
		return 1;
	return old->hashed && now->hashed && memcmp(old->sha256, now->sha256, 32) != 0;
}

int nsv_sides_compare(struct nsv_changes_walk *w, const struct nsv_layered *a,
		      struct nsv_change_side *old, const struct nsv_layered *b,
		      struct nsv_change_side *now)
{
	unsigned what = 0;
	int r;

	if ((old->mode & S_IFMT) != (now->mode & S_IFMT)) {
		r = nsv_side_hash(w, a, old);
		if (r == 0)
			r = nsv_side_hash(w, b, now);
		return r < 0 ? r : (int)NSV_DIFFERS_TYPE;
	}
	if (w->between && !S_ISDIR(now->mode) && same_file(a, b))
		return 0;
	if (old->mode != now->mode || old->uid != now->uid || old->gid != now->gid ||
	    ((S_ISCHR(now->mode) || S_ISBLK(now->mode)) &&
	     (old->rdev_major != now->rdev_major || old->rdev_minor != now->rdev_minor)))
		what |= NSV_DIFFERS_METADATA;
	if (!S_ISLNK(now->mode) && xattrs_differ(w, a->fd, b->fd))
		what |= NSV_DIFFERS_METADATA;
	if (!same_time(old->mtime, now->mtime))
		what |= NSV_DIFFERS_TIME;
	r = contents(w, a, old, b, now);
	if (r < 0)
		return r;
	return (int)(what | (r ? NSV_DIFFERS_CONTENT : 0U));
}
