/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node.c - depth and path of a node. No locks: parents and names never change (tree.h). */
#include "fuse/containers/node.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
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

bool node_is_moved(const struct node *node)
{
	for (; node->kind == NODE_PATH; node = node->parent)
		if (atomic_load(&node->place))
			return true;
	return false;
}

size_t node_path_size(const struct node *node)
{
	size_t size = 2;

	for (; node->kind == NODE_PATH; node = node->parent) {
		const struct node_place *place = atomic_load(&node->place);

		if (place)
			/* It may be another by the time. */
			return size + PATH_MAX + strlen(place->path) + 1;
		size += (size_t)node->name_len + 1;
	}
	return size;
}

int node_path(const struct node *node, char *buf, size_t size, char **ret)
{
	char *at = buf + size;
	bool moved = false;

	if (size < 2)
		return -ENAMETOOLONG;
	*--at = '\0';
	if (node->kind != NODE_PATH)
		*--at = '.';
	for (; node->kind == NODE_PATH && !moved; node = node->parent) {
		const struct node_place *place = atomic_load(&node->place);
		const char *name = place ? place->path : node->name;
		size_t len = place ? strlen(name) : node->name_len;

		moved = place != NULL;
		if ((size_t)(at - buf) < len + 1)
			return -ENAMETOOLONG;
		if (*at)
			*--at = '/';
		at -= len;
		memcpy(at, name, len);
	}
	*ret = at;
	return 0;
}
