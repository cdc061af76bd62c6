/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xattr.c - answers requests for extended attributes and ACLs, read-only. Sizes are bounded by the
 * kernel's maximum. No locks.
 */
#include "fuse/ops/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "fuse/ops/ahead.h"
#include "reach/util.h"

#define ACL_PREFIX   "system.posix_acl_"
#define SELINUX_NAME "security.selinux"
#define XATTR_MOST   ((size_t)65536) /* the kernel's maximum: a value, or a list of names */

/*
 * ls -l asks each file for its label. "Not supported" makes it stop for this file system; so
 * that is said as long as no file had one, on a host without SELinux.
 */
static ssize_t label_answer(struct view *v, const char *name, ssize_t n)
{
	if (!name || strcmp(name, SELINUX_NAME) != 0)
		return n;
	if (n >= 0)
		atomic_store_explicit(&v->has_labels, true, memory_order_relaxed);
	return n == -ENODATA && !atomic_load_explicit(&v->has_labels, memory_order_relaxed)
		   ? -EOPNOTSUPP
		   : n;
}

/* Reads one attribute; with @name NULL the list of names. Returns its size or -errno. */
static ssize_t get(struct view *v, const struct node *node, const char *name, char *buf,
		   size_t size)
{
	struct statx st;
	char link[40];
	ssize_t n;
	int fd;

	/* "ls -l" of the top folder asks for ACLs of each root: ask no server for these. */
	if (!ops_is_real(node) || (node->kind == NODE_ROOT && node->flags & NODE_REMOTE))
		return name ? label_answer(v, name, -ENODATA) : 0;
	if (name && !strcmp(name, AHEAD_ACL) && ahead_has_no_acl(v, node))
		return -ENODATA;
	/* The kernel caches ACLs no longer than attributes, so this is no use of the container
	 * that needs a scan. */
	fd = container_enter_unasked(node->container);
	if (fd < 0)
		return fd;
	fd = container_open(node->container, node, O_PATH, &st);
	if (fd < 0) {
		container_leave(node->container);
		return fd;
	}
	/* The magic link leads to the inode of the fd, even if that is a link. */
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = name ? getxattr(link, name, buf, size) : listxattr(link, buf, size);
	n = n < 0 ? -errno : n;
	if (n == -EACCES)
		n = owner_xattr(atomic_load(&node->container->owner), fd, name ? name : "", buf,
				size);
	nsv_close(fd);
	container_leave(node->container);
	/* EOPNOTSUPP for an ACL would make the kernel deny access on file systems without ACLs. */
	if (n == -EOPNOTSUPP && name && !strncmp(name, ACL_PREFIX, strlen(ACL_PREFIX)))
		return -ENODATA;
	return label_answer(v, name, n);
}

static void answer(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	const struct node *node = ops_node(req, ino);
	nsv_autofree char *buf = NULL;
	ssize_t n;

	/* ls -l does so for each file, which it has looked at before. */
	if (name && !strcmp(name, AHEAD_ACL)) {
		ahead_asked(req, WANTS_FILES);
		ahead_asked(req, WANTS_ACLS);
	}
	size = nsv_min(size, XATTR_MOST);
	buf = size ? malloc(size) : NULL;
	n = size && !buf ? -ENOMEM : get(ops_view(req), node, name, buf, size);
	if (n < 0)
		(void)fuse_reply_err(req, (int)-n);
	else if (!size)
		(void)fuse_reply_xattr(req, (size_t)n);
	else
		(void)fuse_reply_buf(req, buf, (size_t)n);
}

void ops_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	answer(req, ino, name, size);
}

void ops_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	answer(req, ino, NULL, size);
}
