/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dir.c - listings. A folder is read whole when its first entries are asked for, and closed; the
 * offset of an entry is its name's own place (listing.h). So each stream meets a name that is there
 * all the time exactly once, and it does not matter which streams there are.
 *
 * Mostly OPENDIR is answered by ENOSYS: then the kernel opens folders by itself, asks for entries
 * when it needs them, and keeps them. A stream that goes on at an offset searches what is kept for
 * it, and asks where it isn't found. So what is kept has to be what is there, or nothing. Entries
 * are from a listing that is what is there; where it isn't so any more, or can't be told, the kept
 * pages are invalidated before each answer but the first, so that the copy never becomes whole:
 * behind its last entry the kernel asks once more.
 *
 * Locks: of one folder, held while it is read and answered from, inside of its container.
 */
#include "fuse/ops/ops.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuse/ops/batch.h"
#include "reach/clock.h"
#include "reach/util.h"

#define UNWATCHED_NS INT64_C(1000000000)
#define TIMES_TAKEN  8

/* What the kernel has for an open folder, where it doesn't open folders by itself. */
struct handle {
	struct opened_file opened; /* first */
	_Atomic uint64_t since;	   /* listings_time() when it was opened, or read from the start */
};

static struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

static void handle_free(struct view *v, struct handle *h)
{
	opened_remove(&v->opened_dirs, &h->opened);
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

	if (v->no_opendir) {
		/* From now on the kernel opens folders itself. */
		(void)fuse_reply_err(req, ENOSYS);
		return;
	}
	h = calloc(1, sizeof(*h));
	if (!h) {
		(void)fuse_reply_err(req, ENOMEM);
		return;
	}
	atomic_store(&h->since, listings_time(v->listings));
	opened_add(&v->opened_dirs, &h->opened, ino, NSV_FD_NONE);
	fi->fh = (uintptr_t)h;
	fi->noflush = 1;
	if (fuse_reply_open(req, fi) < 0)
		handle_free(v, h);
}

void ops_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	if (fi->fh)
		handle_free(ops_view(req), handle_of(fi));
	(void)fuse_reply_err(req, 0);
}

/* ---- reading ---- */

/* What is left out of listings: lookups of it fail too. */
static bool leaves_out(void *data, const char *name)
{
	const struct node *node = data;

	return container_excludes(node->container, node, name);
}

/* The folder stays open for the rest of this answer. */
static int load_real(struct batch *b, uint64_t after, struct listing *before)
{
	struct node *node = b->node;
	struct listings_claim claim;
	struct listing_source source = {
		.max =
		    node->flags & (NODE_REMOTE | NODE_LAYERED) ? LISTING_MAX_SERVED : LISTING_MAX,
		.after = after,
		.before = before,
		.leaves_out = leaves_out,
		.data = node,
	};

	b->fd = ops_open_entered(b->v, node, O_RDONLY | O_DIRECTORY | O_NOATIME, &b->dirst);
	if (b->fd < 0)
		return b->fd;
	source.fd = b->fd;
	b->notified = coherence_watch(b->v->coherence, node, b->fd, NULL);
	/* From before it is read: a change meanwhile makes it another. */
	b->folder->version = coherence_version(b->v->coherence, node);
	listings_claim(b->v->listings, b->folder, &claim);
	return listing_read(&b->folder->listing, listings_order(b->v->listings), &source,
			    &claim.budget);
}

static int load_made(struct batch *b)
{
	const struct listing_order *order = listings_order(b->v->listings);
	const struct node *node = b->node;
	struct listing *l = &b->folder->listing;
	int r;

	if (node->kind < NODE_LINK) {
		r = top_list(b->v->top, node->kind, order, l);
	} else {
		r = listing_add(l, order, ".", node->ino, DT_DIR);
		if (r == 0)
			r = listing_add(l, order, "..", node->parent->ino, DT_DIR);
	}
	listing_sort(l);
	return r;
}

static int load(struct batch *b, uint64_t after)
{
	struct folder *f = b->folder;
	const int64_t began = nsv_now_ns();
	const uint64_t taken = listings_time(b->v->listings);
	struct listing before = { 0 };
	int r;

	/* Names that share a hash keep their places; of so few it is not worth much memory. */
	if (listing_bytes(&f->listing) <= LISTING_LEAST) {
		before = f->listing;
		f->listing = (struct listing){ 0 };
	}
	listings_drop(b->v->listings, f);
	f->version = (struct names_version){ 0 };
	r = ops_is_real(b->node) ? load_real(b, after, &before) : load_made(b);
	listing_done(&before);
	if (r < 0) {
		listings_drop(b->v->listings, f);
		return r;
	}
	f->taken = taken;
	f->read_ns = nsv_now_ns();
	f->took_ns = f->read_ns - began;
	f->skipped = false;
	f->aligned = listings_fill_page(&f->listing, (size_t)sysconf(_SC_PAGESIZE));
	return 0;
}

/*
 * Whether the listing will do for a stream that goes on: it has all names that were there when the
 * stream was opened. What came since it was read may be older than a stream that is opened and goes
 * on at another's place; where names come all the time, or nothing tells of them, a listing will do
 * for some times as long as it took to read, or for a second.
 */
static bool will_do(const struct batch *b)
{
	const struct folder *f = b->folder;
	const int64_t age = nsv_now_ns() - f->read_ns;

	if (b->h)
		return f->taken > atomic_load(&b->h->since);
	if (!f->version.any)
		return age < UNWATCHED_NS;
	return (coherence_is_quiet(b->v->coherence, b->node->container) &&
		coherence_version(b->v->coherence, b->node).added == f->version.added) ||
	       age < f->took_ns * TIMES_TAKEN;
}

/* The same for one that starts: it is what is there. */
static bool is_current(const struct batch *b)
{
	const struct folder *f = b->folder;

	return f->version.any && coherence_is_quiet(b->v->coherence, b->node->container) &&
	       coherence_version(b->v->coherence, b->node).any == f->version.any;
}

static bool is_usable(const struct batch *b, uint64_t place)
{
	const struct listing *l = &b->folder->listing;

	return b->folder->taken && l->after <= place &&
	       (l->before == LISTING_END || listing_find(l, place) < l->n) &&
	       (place ? will_do(b) : is_current(b));
}

/*
 * The kernel is not to keep what it makes of the answers: that is not so any more, or it would take
 * an offset that is not there for the end, or nothing would tell of changes.
 */
static bool is_kept_out(const struct batch *b)
{
	const struct folder *f = b->folder;

	return f->skipped || f->aligned || f->listing.after || f->listing.before != LISTING_END ||
	       !f->version.any || coherence_watched(b->v->coherence, b->node) != NOTIFIED ||
	       coherence_version(b->v->coherence, b->node).any != f->version.any;
}

/* ---- answering ---- */

static int read_batch(struct batch *b, bool plus, uint64_t place)
{
	const struct listing *l = &b->folder->listing;
	int r = 0;

	if (place == 0 && b->h)
		atomic_store(&b->h->since, listings_time(b->v->listings));
	b->starts = place == 0;
	b->paying = 0;
	b->paid_out = false;
	if (!is_usable(b, place))
		r = load(b, place);
	if (r < 0)
		return r;
	b->i = listing_find(l, place);
	if (b->i == l->n)
		return l->before == LISTING_END ? 0 : -EIO;
	if (plus && ops_is_real(b->node) && b->fd < 0) {
		b->fd = ops_open_entered(b->v, b->node, O_PATH | O_DIRECTORY, &b->dirst);
		if (b->fd < 0)
			return b->fd;
		b->notified = coherence_watch(b->v->coherence, b->node, b->fd, NULL);
	}
	batch_fill(b, plus);
	return 0;
}

/* Before the kernel has the answer. No request of a folder holds its pages locked. */
static void keep_out(const struct batch *b, fuse_ino_t ino)
{
	(void)fuse_lowlevel_notify_inval_inode(b->v->session, ino, 0, 0);
}

/* Inside of the container. */
static int read_folder(struct batch *b, fuse_ino_t ino, bool plus, off_t off)
{
	const struct folder_id id = {
		.number = ino,
		.ino = b->node->ino,
		.dev = b->node->dev,
		.serial = b->node->container ? b->node->container->serial : 0,
	};
	int r;

	if (off < 0)
		return -EINVAL;
	b->folder = listings_get(b->v->listings, &id);
	if (!b->folder)
		return -ENOMEM;
	(void)pthread_mutex_lock(&b->folder->lock);
	r = read_batch(b, plus, (uint64_t)off);
	if (r == 0 && off > 0 && !b->h && is_kept_out(b))
		keep_out(b, ino);
	(void)pthread_mutex_unlock(&b->folder->lock);
	listings_put(b->v->listings, b->folder, r < 0 || b->len == 0);
	nsv_close(b->fd);
	return r;
}

static int read_entered(struct batch *b, fuse_ino_t ino, bool plus, off_t off)
{
	int r;

	if (!ops_is_real(b->node))
		return read_folder(b, ino, plus, off);
	r = container_enter(b->node->container);
	if (r == 0) {
		r = read_folder(b, ino, plus, off);
		container_leave(b->node->container);
	}
	return r;
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
		b->h = handle_of(fi);
		b->size = size;
		b->len = 0;
		b->n_counted = 0;
		b->fd = NSV_FD_NONE;
		b->notified = NOTIFIED_NOT;
		b->buf = malloc(size);
		if (b->buf)
			r = read_entered(b, ino, plus, off);
	}
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
