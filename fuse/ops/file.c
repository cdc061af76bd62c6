/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file.c - opens and reads files. Each open file has one fd, reopened from the O_PATH fd that was
 * checked, and only if the file is regular. While the kernel still has the file's pages (pages.h),
 * the fd stays O_PATH until the first read, because most such files are never read again.
 *
 * Defends against: opening devices and FIFOs; users who use up the daemon's descriptors. No locks.
 */
#include "fuse/ops/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuse/coherence/pages.h"
#include "fuse/containers/pseudo.h"
#include "reach/resolve.h"
#include "reach/util.h"

struct open_file {
	struct opened_file opened;	 /* first */
	struct opened *list;		 /* the list that holds it; NULL before the kernel has it */
	struct container *container;	 /* one reference */
	struct passthrough *passthrough; /* counts this open; NULL: none */
	fuse_ino_t ino;
	int fd; /* owned; NSV_FD_NONE: a hidden mount, shown as an empty file */
	bool remote;
	_Atomic bool readable; /* the fd is readable, not O_PATH */
	uint32_t stamp;	       /* of pages.h, when the file was opened */
};

static struct open_file *file_of(const struct fuse_file_info *fi)
{
	return (struct open_file *)(uintptr_t)fi->fh;
}

static void file_free(struct open_file *f)
{
	if (f->list)
		opened_remove(f->list, &f->opened);
	passthrough_close(f->passthrough, f->ino);
	nsv_close(f->fd);
	container_put(f->container);
	free(f);
}

/* Passthrough does not suit files of kernel file systems and of servers. */
static bool may_pass(const struct node *node)
{
	return !(node->flags & (NODE_PSEUDO | NODE_REMOTE | NODE_HIDDEN));
}

/*
 * Makes the fd readable, and keeps its number: other threads may use it. @owner opens files that
 * this process may not open, and opens with O_NOATIME files of other users; may be NULL.
 */
static int make_readable(const struct view *v, struct owner_ns *owner, struct open_file *f)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat st;

	if (f->fd < 0 || atomic_load(&f->readable))
		return 0;
	if (owner && fstat(f->fd, &st) == 0 && st.st_uid != geteuid())
		fd = owner_reopen(owner, f->fd);
	if (fd < 0)
		fd = nsv_reopen_through(v->procfs, f->fd, false, NULL, NULL);
	if (fd == -EACCES)
		fd = owner_reopen(owner, f->fd);
	if (fd < 0)
		return fd;
	if (dup3(fd, f->fd, O_CLOEXEC) < 0)
		return -errno;
	atomic_store(&f->readable, true);
	return 0;
}

/*
 * Opens @node. *ret_kept: the kernel's pages are still true, so the fd may stay O_PATH. @ret_kept
 * is NULL if the caller reads at once.
 */
static int open_node(const struct view *v, struct node *node, struct open_file *f,
		     int32_t *ret_backing, bool *ret_kept)
{
	struct owner_ns *owner;
	struct statx st;
	bool large;
	int r = 0;

	f->fd = NSV_FD_NONE;
	*ret_backing = 0;
	if (!ops_is_real(node))
		return node->flags & NODE_HIDDEN ? 0 : -EINVAL;
	f->fd = ops_open(v, node, O_PATH, &st);
	if (f->fd < 0)
		return f->fd;
	owner = atomic_load(&node->container->owner);
	if (node->flags & NODE_PSEUDO && !pseudo_is_alike(node, f->fd)) {
		container_leave(node->container);
		nsv_close_p(&f->fd);
		return -EACCES;
	}
	large = ret_kept && may_pass(node) && passthrough_wanted(v->io.passthrough, f->fd, &st);
	/* A stamp needs events: a write through a mapping may leave the times as they are, but the
	 * end of the mapping makes an event. */
	if (ret_kept && ops_is_notified(v, node, &st)) {
		f->stamp = pages_stamp(v->tree, v->options, node, &st);
		*ret_kept = pages_kept(node, f->stamp);
	}
	/* A helper can reopen the file only while the container lives, so do it now. */
	if (!ret_kept || !*ret_kept || large || owner)
		r = make_readable(v, owner, f);
	if (r < 0)
		nsv_close(f->fd);
	else if (ret_kept && may_pass(node)) {
		f->passthrough = v->io.passthrough;
		*ret_backing = passthrough_open(f->passthrough, f->ino, f->fd, &st);
	}
	container_leave(node->container);
	return r;
}

/*
 * The fds of all open files belong to this process, for any user. An eighth remains for answers
 * that need an fd for a moment, another eighth for the mount's owner. @fd was the lowest free
 * number, so it tells how many are in use.
 */
static bool is_too_many(fuse_req_t req, const struct view *v, int fd)
{
	const bool owner = fuse_req_ctx(req)->uid == geteuid();

	return fd >= v->max_fds - v->max_fds / (owner ? 8 : 4);
}

void ops_open_file(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct view *v = ops_view(req);
	struct node *node = ops_node(req, ino);
	struct open_file *f;
	bool kept = false;
	int32_t backing;
	int r;

	if (v->no_open) {
		/* The kernel then opens all files by itself, and reads without an open request. */
		(void)fuse_reply_err(req, ENOSYS);
		return;
	}
	if ((fi->flags & O_ACCMODE) != O_RDONLY) {
		(void)fuse_reply_err(req, EROFS);
		return;
	}
	f = calloc(1, sizeof(*f));
	if (f)
		f->ino = ino;
	r = f ? open_node(v, node, f, &backing, &kept) : -ENOMEM;
	if (r < 0) {
		free(f);
		(void)fuse_reply_err(req, -r);
		return;
	}
	f->container = node->container;
	f->remote = node->flags & NODE_REMOTE;
	container_get(f->container);
	if (is_too_many(req, v, f->fd)) {
		file_free(f);
		(void)fuse_reply_err(req, EMFILE);
		return;
	}
	f->list = &v->opened;
	opened_add(f->list, &f->opened, ino, f->fd);
	fi->fh = (uintptr_t)f;
	fi->noflush = !v->locks;
	fi->keep_cache = kept;
	/* Otherwise the kernel would stop at the size that procfs reports: 0. */
	fi->direct_io = (node->flags & NODE_PSEUDO) != 0;
	if (passthrough_reply(req, fi, backing) < 0)
		file_free(f);
}

void ops_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	if (fi->flock_release && ops_view(req)->locks)
		held_locks_drop(ops_view(req)->locks, ino, fi->lock_owner);
	if (fi->fh)
		file_free(file_of(fi));
	(void)fuse_reply_err(req, 0);
}

void ops_close_files(struct view *v)
{
	struct opened_file *f;

	while ((f = opened_take(&v->opened)))
		file_free((struct open_file *)f);
}

/*
 * The open file of a request. Without one, opens the node for this request: file_done() frees
 * *ret_f.
 */
static int file_for(fuse_req_t req, fuse_ino_t ino, const struct fuse_file_info *fi,
		    struct open_file **ret_f)
{
	struct node *node = ops_node(req, ino);
	struct open_file *f;
	int32_t backing;
	int r;

	if (fi->fh) {
		*ret_f = file_of(fi);
		return 0;
	}
	f = calloc(1, sizeof(*f));
	r = f ? open_node(ops_view(req), node, f, &backing, NULL) : -ENOMEM;
	if (r < 0) {
		free(f);
		return r;
	}
	f->container = node->container;
	container_get(f->container);
	*ret_f = f;
	return 0;
}

static void file_done(const struct fuse_file_info *fi, struct open_file *f)
{
	if (!fi->fh)
		file_free(f);
}

/*
 * Counts a call inside: 0. Reads of an open file continue after the container's end, uncounted: 1.
 * -EIO: too many calls are inside.
 */
static int enter(const struct open_file *f)
{
	int r = container_enter(f->container);

	return r == -ESTALE ? 1 : r;
}

void ops_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	nsv_autofree char *buf = malloc(size);
	struct open_file *f = NULL;
	ssize_t n = buf ? file_for(req, ino, fi, &f) : -ENOMEM;
	int entered = 1;

	if (n == 0 && f->fd >= 0) {
		entered = enter(f);
		n = entered < 0 ? entered : make_readable(ops_view(req), NULL, f);
	}
	if (n == 0 && f->fd >= 0) {
		pages_read(ops_node(req, ino), f->stamp);
		do
			n = pread(f->fd, buf, size, off);
		while (n < 0 && errno == EINTR);
		n = n < 0 ? -errno : n;
	}
	if (entered == 0)
		container_leave(f->container);
	if (n < 0)
		(void)fuse_reply_err(req, (int)-n);
	else
		(void)fuse_reply_buf(req, buf, (size_t)n);
	if (f)
		file_done(fi, f);
}

void ops_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence, struct fuse_file_info *fi)
{
	struct open_file *f = NULL;
	off_t at = file_for(req, ino, fi, &f);
	int entered = 1;

	if (at == 0 && f->fd < 0)
		at = -ENXIO;
	if (at == 0) {
		entered = enter(f);
		at = entered < 0 ? entered : make_readable(ops_view(req), NULL, f);
	}
	if (at == 0) {
		at = lseek(f->fd, off, whence);
		at = at < 0 ? -errno : at;
	}
	if (entered == 0)
		container_leave(f->container);
	if (at < 0)
		(void)fuse_reply_err(req, (int)-at);
	else
		(void)fuse_reply_lseek(req, at);
	if (f)
		file_done(fi, f);
}

int ops_file_statx(const struct fuse_file_info *fi, struct statx *ret_st)
{
	const struct open_file *f = file_of(fi);

	if (!f || f->fd < 0)
		return -EBADF;
	return container_look_at(atomic_load(&f->container->owner), f->fd,
				 f->remote ? NODE_REMOTE : 0, ret_st);
}
