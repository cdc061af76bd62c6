/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link.c - readlink, of a container's links and of the view's own.
 */
#include "fuse/ops/ops.h"

#include <errno.h>
#include <fcntl.h>

#include "reach/util.h"

void ops_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct view *v = ops_view(req);
	const struct node *node = ops_node(req, ino);
	nsv_autofree char *text = NULL;
	bool lasts = false;
	struct statx st;
	int r, fd;

	if (node->kind == NODE_LINK) {
		r = top_readlink(v->top, node, &text);
	} else if (!ops_is_real(node)) {
		r = -EINVAL;
	} else {
		fd = ops_open(node, O_PATH, &st);
		r = fd;
		if (fd >= 0) {
			r = ops_link_text(v, node->parent, node->name, node->flags, fd, "", &text,
					  &lasts);
			/* The kernel keeps it with the link's pages, for ever. */
			lasts = lasts && ops_is_notified(v, node, &st);
			nsv_close(fd);
			container_leave(node->container);
		}
	}
	/* Who drops it waits until it is there. */
	if (r >= 0 && !lasts && v->keeps_links)
		coherence_invalidate(v->coherence, node->container, ino);
	if (r < 0)
		(void)fuse_reply_err(req, -r);
	else
		(void)fuse_reply_readlink(req, text);
}
