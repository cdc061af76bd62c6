/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.c - answers readlink, for links of containers and for the view's own links. No locks. */
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
		fd = ops_open(v, node, O_PATH, &st);
		r = fd;
		if (fd >= 0) {
			r = ops_link_text(v, node->parent, node->name, node->flags, fd, "", &text,
					  &lasts);
			/* The kernel caches the text with the link's pages, without a time limit.
			 */
			lasts = lasts && ops_is_notified(v, node, &st);
			nsv_close(fd);
			container_leave(node->container);
		}
	}
	/* In the kernel the invalidation waits for this reply, and then drops the text. */
	if (r >= 0 && !lasts && v->keeps_links)
		coherence_invalidate(v->coherence, node->container, ino);
	if (r < 0)
		(void)fuse_reply_err(req, -r);
	else
		(void)fuse_reply_readlink(req, text);
}
