/* SPDX-License-Identifier: GPL-2.0-or-later */
/* attr.c - answers requests for attributes of nodes, and of their file systems. No locks. */
#include "fuse/ops/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "reach/util.h"

/*
 * Attributes of an open file whose name or container is gone. From the kernel's memory, because
 * the call is not counted inside the container.
 */
static int opened_statx(struct view *v, const struct node *node, struct statx *ret)
{
	int fd = opened_fd(&v->opened, tree_number(v->tree, node));
	int r;

	if (fd < 0)
		return -ESTALE;
	r = container_look_at(NULL, fd, node->flags & ~(unsigned)NODE_REMOTE, ret);
	nsv_close(fd);
	return r;
}

/*
 * Attributes of the open file @fi, or of @node's path. *ret_notified: whether the kernel will be
 * notified of changes, because a watch came before the read: on the folder itself, or on the
 * folder of a file.
 */
static int get_statx(struct view *v, const struct node *node, const struct fuse_file_info *fi,
		     struct statx *ret, enum notified *ret_notified)
{
	struct found found;
	enum notified notified;
	bool is_new = false;
	int r = -EBADF;

	*ret_notified = NOTIFIED_NOT;
	if (node->flags & NODE_HIDDEN) {
		/* Look from the parent folder: nothing below a hidden mount is asked. */
		r = ops_look(v, node->parent, node->name, &found, &notified);
		if (r == 0 && (found.id.ino != node->ino || found.id.dev != node->dev))
			r = -ESTALE;
		if (r == 0)
			*ret = found.st;
		return r == -ENOENT ? -ESTALE : r;
	}
	if (fi && (r = container_enter(node->container)) == 0) {
		r = ops_file_statx(fi, ret);
		container_leave(node->container);
	}
	if (r < 0) {
		int fd;

		notified = coherence_watched(v->coherence, node->parent);
		fd = ops_open(v, node, O_PATH, ret);
		if (fd < 0)
			return fd == -ESTALE ? opened_statx(v, node, ret) : fd;
		r = 0;
		if (S_ISDIR(ret->stx_mode)) {
			notified = coherence_watch(v->coherence, node, fd, &is_new);
			/* Read again: the attributes above were read before the watch. */
			r = is_new ? container_look_at(atomic_load(&node->container->owner), fd,
						       node->flags, ret)
				   : 0;
		} else {
			uint64_t size = ret->stx_size;

			if (S_ISLNK(ret->stx_mode) && !v->options->links_raw)
				ops_link_size(v, node->parent, node->name, node->flags, fd, "",
					      ret);
			if (ret->stx_nlink != 1 || node->flags & NODE_MOUNTED ||
			    ret->stx_size != size)
				notified = NOTIFIED_NOT;
		}
		nsv_close(fd);
		container_leave(node->container);
		*ret_notified = notified;
	}
	return r;
}

static int attributes(struct view *v, struct node *node, const struct fuse_file_info *fi,
		      struct session_attributes *ret)
{
	struct statx stx;
	enum notified notified = NOTIFIED_NOT;
	int r;

	if (node->kind == NODE_ROOT || node->kind == NODE_PATH) {
		r = get_statx(v, node, fi, &stx, &notified);
		if (r == 0) {
			container_stat(node->container, &stx, node->flags, &ret->st);
			ret->has_birth = stx.stx_mask & STATX_BTIME;
			ret->birth = stx.stx_btime;
			ops_note_attrs(v, node, &stx,
				       S_ISDIR(stx.stx_mode) ? NOTIFIED_NOT : notified);
		}
	} else {
		r = top_getattr(v->top, node, &ret->st);
	}
	ret->timeout = ops_attr_timeout(v, node->kind, node->flags, notified);
	return r;
}

int ops_statx(void *view, fuse_ino_t ino, struct fuse_file_info *fi, struct session_attributes *ret)
{
	struct view *v = view;

	return attributes(v, tree_node(v->tree, ino), fi, ret);
}

void ops_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct session_attributes found = { 0 };
	int r = attributes(ops_view(req), ops_node(req, ino), fi, &found);

	if (r < 0)
		(void)fuse_reply_err(req, -r);
	else
		(void)fuse_reply_attr(req, &found.st, found.timeout);
}

void ops_statfs(fuse_req_t req, fuse_ino_t ino)
{
	const struct view *v = ops_view(req);
	const struct node *node = ops_node(req, ino);
	struct statvfs sv = { .f_bsize = 4096, .f_frsize = 4096, .f_namemax = NAME_MAX };
	struct statx st;
	int fd, r = 0;

	if (ops_is_real(node)) {
		fd = ops_open(v, node, O_PATH, &st);
		r = fd < 0 ? fd : 0;
		if (fd >= 0) {
			r = fstatvfs(fd, &sv) < 0 ? -errno : 0;
			nsv_close(fd);
			container_leave(node->container);
		}
	}
	if (r < 0)
		(void)fuse_reply_err(req, -r);
	else
		(void)fuse_reply_statfs(req, &sv);
}
