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

#include "reach/util.h"

#define ACL_PREFIX "system.posix_acl_"
#define XATTR_MOST ((size_t)65536) /* the kernel's maximum: a value, or a list of names */

/* Reads one attribute; with @name NULL the list of names. Returns its size or -errno. */
static ssize_t get(const struct node *node, const char *name, char *buf, size_t size)
{
	struct statx st;
	char link[40];
	ssize_t n;
	int fd;

	/* "ls -l" of the top folder asks for ACLs of each root: ask no server for these. */
	if (!ops_is_real(node) || (node->kind == NODE_ROOT && node->flags & NODE_REMOTE))
		return name ? -ENODATA : 0;
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
	return n;
}

static void answer(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	const struct node *node = ops_node(req, ino);
	nsv_autofree char *buf = NULL;
	ssize_t n;

	size = nsv_min(size, XATTR_MOST);
	buf = size ? malloc(size) : NULL;
	n = size && !buf ? -ENOMEM : get(node, name, buf, size);
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
