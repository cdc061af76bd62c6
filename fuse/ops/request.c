/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * request.c - the common beginning of operations: finds view and node, enters the container, opens
 * the node. No locks.
 */
#include "fuse/ops/ops.h"

#include <errno.h>

struct view *ops_view(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

struct node *ops_node(fuse_req_t req, fuse_ino_t ino)
{
	return tree_node(ops_view(req)->tree, ino);
}

bool ops_is_real(const struct node *node)
{
	return (node->kind == NODE_ROOT || node->kind == NODE_PATH) && !(node->flags & NODE_HIDDEN);
}

bool ops_is_notified(const struct view *v, const struct node *node, const struct statx *st)
{
	return st->stx_nlink == 1 && !(node->flags & NODE_MOUNTED) &&
	       coherence_watched(v->coherence, node->parent) == NOTIFIED;
}

/* What was renamed a moment ago is found when that was heard of. */
int ops_open_entered(const struct view *v, const struct node *node, int flags, struct statx *ret_st)
{
	int r = container_open(node->container, node, flags, ret_st);

	if (r != -ESTALE || node->kind != NODE_PATH)
		return r;
	coherence_settle(v->coherence);
	return node_is_moved(node) ? container_open(node->container, node, flags, ret_st) : r;
}

int ops_open(const struct view *v, const struct node *node, int flags, struct statx *ret_st)
{
	int r = container_enter(node->container);

	if (r < 0)
		return r;
	r = ops_open_entered(v, node, flags, ret_st);
	if (r < 0)
		container_leave(node->container);
	return r;
}
