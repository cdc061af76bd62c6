/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xattr.c - extended attributes and ACLs, to be read.
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
#define XATTR_MOST ((size_t)65536) /* of the kernel: a value, or a list of names */

/* @name NULL: the list of names. */
static ssize_t get(const struct node *node, const char *name, char *buf, size_t size)
{
	struct statx st;
	char link[40];
	ssize_t n;
	int fd;

	/* What "ls -l" of the top asks of a root is asked of no server. */
	if (!ops_is_real(node) || (node->kind == NODE_ROOT && node->flags & NODE_REMOTE))
		return name ? -ENODATA : 0;
	/* The kernel keeps none of them for longer than attributes: nothing is looked after for it.
	 */
	fd = container_enter_unasked(node->container);
	if (fd < 0)
		return fd;
	fd = container_open(node->container, node, O_PATH, &st);
	if (fd < 0) {
		container_leave(node->container);
		return fd;
	}
	/* The magic link leads to the very inode, also where that is a link itself. */
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = name ? getxattr(link, name, buf, size) : listxattr(link, buf, size);
	n = n < 0 ? -errno : n;
	if (n == -EACCES)
		n = owner_xattr(atomic_load(&node->container->owner), fd, name ? name : "", buf,
				size);
	nsv_close(fd);
	container_leave(node->container);
	/* The kernel asks for ACLs, and takes this for "nobody may" where a file system has none.
	 */
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
