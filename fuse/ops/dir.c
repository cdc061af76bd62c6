/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dir.c - listings. A folder is read whole when its first entries are asked for, and closed;
 * where attributes are wanted too it is opened again for each part. Offsets are numbers of entries.
 *
 * Lock: of one open folder, held while it is read; who shares the open folder (a forked shell, say)
 * waits, as it would for the kernel's own lock.
 */
#include "fuse/ops/ops.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "reach/util.h"

#define PLUS_MAX 4096 /* entries of one answer */

/* What the kernel has for an open folder. */
struct handle {
	struct opened_file opened; /* first */
	struct open_dir *dir;
};

static struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

static struct handle *handle_new(struct view *v, fuse_ino_t ino)
{
	struct handle *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->dir = open_dir_new();
	if (!h->dir) {
		free(h);
		return NULL;
	}
	opened_add(&v->opened_dirs, &h->opened, ino, NSV_FD_NONE);
	return h;
}

static void handle_free(struct view *v, struct handle *h)
{
	opened_remove(&v->opened_dirs, &h->opened);
	open_dir_free(h->dir);
	free(h);
}

void ops_close_dirs(struct view *v)
{
	struct opened_file *f;

	while ((f = opened_take(&v->opened_dirs)))
		handle_free(v, (struct handle *)f);
}

void ops_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct view *v = ops_view(req);
	struct handle *h;

	if (v->listings) {
		/* From now on the kernel opens folders itself. */
		(void)fuse_reply_err(req, ENOSYS);
		return;
	}
	h = handle_new(v, ino);
	if (!h) {
		(void)fuse_reply_err(req, ENOMEM);
		return;
	}
	fi->fh = (uintptr_t)h;
	fi->noflush = 1;
	/* The kernel keeps the listing as long as it is told of changes. */
	fi->cache_readdir = fi->keep_cache =
	    coherence_watched(v->coherence, ops_node(req, ino)) == NOTIFIED;
	if (fuse_reply_open(req, fi) < 0)
		handle_free(v, h);
}

void ops_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	if (fi->fh)
		handle_free(ops_view(req), handle_of(fi));
	(void)fuse_reply_err(req, 0);
}

static int load_real(const struct view *v, const struct node *node, struct listing *l)
{
	struct statx st;
	int fd = ops_open(node, O_RDONLY | O_DIRECTORY | O_NOATIME, &st);
	int r;

	if (fd < 0)
		return fd;
	(void)coherence_watch(v->coherence, node, fd, NULL);
	r = listing_read(l, fd,
			 node->flags & (NODE_REMOTE | NODE_LAYERED) ? LISTING_MAX_SERVED
								    : LISTING_MAX);
	nsv_close(fd);
	container_leave(node->container);
	return r;
}

static int load(struct view *v, const struct node *node, struct open_dir *d)
{
	int r;

	listing_clear(&d->listing);
	if (node->kind < NODE_LINK) {
		r = top_list(v->top, node->kind, &d->listing);
	} else if (node->flags & NODE_HIDDEN) {
		r = listing_add(&d->listing, ".", node->ino, DT_DIR);
		if (r == 0)
			r = listing_add(&d->listing, "..", node->parent->ino, DT_DIR);
	} else {
		r = load_real(v, node, &d->listing);
	}
	d->loaded = r == 0;
	return r;
}

/* One answer under way. */
struct batch {
	fuse_req_t req;
	struct view *v;
	struct node *node;
	struct open_dir *d;
	char *buf;
	size_t size, len;
	size_t i; /* next entry */
	/* With attributes. */
	int fd;
	struct statx dirst;
	enum notified notified;	      /* whether the folder is watched */
	fuse_ino_t counted[PLUS_MAX]; /* to be taken back if the answer fails */
	size_t n_counted;
};

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static struct stat plain_stat(const struct batch *b, const struct listing_entry *entry)
{
	const struct node *node = b->node;
	uint64_t ino = entry->ino;

	if (node->kind >= NODE_LINK)
		ino = container_mix(node->dev, ino);
	return (struct stat){ .st_ino = ino, .st_mode = (mode_t)DTTOIF(entry->type) };
}

/* What is left out of listings: lookups of it fail too. */
static bool left_out(const struct batch *b, const char *name)
{
	return b->node->kind >= NODE_LINK && !is_dots(name) &&
	       container_excludes(b->node->container, b->node, name);
}

static bool add_plain(struct batch *b, const struct listing_entry *entry)
{
	struct stat st = plain_stat(b, entry);
	size_t n = fuse_add_direntry(b->req, b->buf + b->len, b->size - b->len, entry->name, &st,
				     listings_offset(b->d, b->i + 1));

	if (n > b->size - b->len)
		return false;
	b->len += n;
	return true;
}

static int plus_entry(struct batch *b, const struct listing_entry *entry,
		      struct fuse_entry_param *param)
{
	struct found found = { 0 };
	int r;

	*param = (struct fuse_entry_param){ .attr = plain_stat(b, entry) };
	if (is_dots(entry->name))
		return 0;
	if (b->node->kind < NODE_LINK)
		r = ops_lookup_entry(b->v, b->node, entry->name, false, param);
	else {
		r = ops_look_at(b->v, b->node, b->fd, &b->dirst, b->notified, entry->name, &found);
		if (r == 0)
			r = ops_make_entry(b->v, b->node, entry->name, &found, param);
	}
	/* Gone is gone; anything else the asker shall hear when it looks. */
	if (r == -ENOENT)
		return r;
	if (r < 0)
		*param = (struct fuse_entry_param){ .attr = plain_stat(b, entry) };
	return 0;
}

static bool add_plus(struct batch *b, const struct listing_entry *entry)
{
	struct fuse_entry_param param;
	size_t room = b->size - b->len;

	if (fuse_add_direntry_plus(b->req, NULL, 0, entry->name, NULL, 0) > room ||
	    b->n_counted == PLUS_MAX)
		return false;
	if (plus_entry(b, entry, &param) < 0)
		return true;
	if (param.ino)
		b->counted[b->n_counted++] = param.ino;
	b->len += fuse_add_direntry_plus(b->req, b->buf + b->len, room, entry->name, &param,
					 listings_offset(b->d, b->i + 1));
	return true;
}

static void fill(struct batch *b, bool plus)
{
	for (; b->i < b->d->listing.n; b->i++) {
		struct listing_entry entry = listing_get(&b->d->listing, b->i);

		if (left_out(b, entry.name))
			continue;
		if (!(plus ? add_plus(b, &entry) : add_plain(b, &entry)))
			break;
	}
}

static int read_batch(struct batch *b, bool plus, off_t off)
{
	bool real = ops_is_real(b->node);
	int r = 0;

	/* From the start again: as it is now. */
	if (off == 0 || !b->d->loaded)
		r = load(b->v, b->node, b->d);
	if (r < 0)
		return r;
	b->i = listings_entry(off);
	if (b->i >= b->d->listing.n)
		return 0;
	if (!plus || !real) {
		fill(b, plus);
		return 0;
	}
	b->fd = ops_open(b->node, O_PATH | O_DIRECTORY, &b->dirst);
	if (b->fd < 0)
		return b->fd;
	b->notified = coherence_watch(b->v->coherence, b->node, b->fd, NULL);
	fill(b, true);
	nsv_close(b->fd);
	container_leave(b->node->container);
	return 0;
}

/*
 * Before the kernel hears of its end, and takes what it kept of it for a whole listing: without its
 * pages it reads again, each time. No request of a folder holds them locked.
 */
static void drop_listing(const struct view *v, fuse_ino_t ino)
{
	if (v->listings)
		(void)fuse_lowlevel_notify_inval_inode(v->session, ino, 0, 0);
}

static void answer(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		   const struct fuse_file_info *fi, bool plus)
{
	struct batch *b = malloc(sizeof(*b));
	int r = -ENOMEM;

	if (b) {
		b->req = req;
		b->v = ops_view(req);
		b->node = ops_node(req, ino);
		b->d = fi->fh ? handle_of(fi)->dir : listings_get(b->v->listings, ino, off);
		b->size = size;
		b->len = 0;
		b->n_counted = 0;
		b->fd = NSV_FD_NONE;
		b->notified = NOTIFIED_NOT;
		b->buf = malloc(size);
	}
	if (b && b->buf && b->d) {
		(void)pthread_mutex_lock(&b->d->lock);
		r = read_batch(b, plus, off);
		(void)pthread_mutex_unlock(&b->d->lock);
	}
	if (b && b->d && !fi->fh)
		listings_put(b->v->listings, b->d, r < 0 || b->len == 0);
	if (r == 0 && b->len == 0 && b->node->kind < NODE_LINK)
		drop_listing(b->v, ino);
	if (r < 0)
		(void)fuse_reply_err(req, -r);
	else if (fuse_reply_buf(req, b->buf, b->len) < 0)
		for (size_t i = 0; i < b->n_counted; i++)
			tree_forget(b->v->tree, tree_node(b->v->tree, b->counted[i]), 1);
	if (b)
		free(b->buf);
	free(b);
}

void ops_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	answer(req, ino, size, off, fi, false);
}

void ops_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		     struct fuse_file_info *fi)
{
	answer(req, ino, size, off, fi, true);
}
