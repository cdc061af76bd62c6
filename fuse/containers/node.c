/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node.c - depth and path of a node. No locks: parents and names never change (tree.h). */
#include "fuse/containers/node.h"

#include <errno.h>
#include <string.h>

unsigned node_depth(const struct node *node)
{
	unsigned depth = 0;

	while (node->kind == NODE_PATH && node->parent->kind == NODE_PATH) {
		depth++;
		node = node->parent;
	}
	return depth;
}

int node_path(const struct node *node, char *buf, size_t size, char **ret)
{
	char *at = buf + size;

	if (size < 2)
		return -ENAMETOOLONG;
	*--at = '\0';
	if (node->kind != NODE_PATH)
		*--at = '.';
	for (; node->kind == NODE_PATH; node = node->parent) {
		if ((size_t)(at - buf) < (size_t)node->name_len + 1)
			return -ENAMETOOLONG;
		if (*at)
			*--at = '/';
		at -= node->name_len;
		memcpy(at, node->name, node->name_len);
	}
	*ret = at;
	return 0;
}
