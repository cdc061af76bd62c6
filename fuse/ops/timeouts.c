/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timeouts.c - how long the kernel may cache an answer, and a record of the cached attributes. No
 * locks.
 */
#include "fuse/ops/ops.h"

#include "fuse/coherence/recheck.h"

#define SHORT_TIMEOUT 1.0
#define LONG_TIMEOUT  3600.0

static double timeout(double given, enum notified notified)
{
	if (notified == NOTIFIED_PAUSED)
		return given >= 0 && given < SHORT_TIMEOUT ? given : SHORT_TIMEOUT;
	if (given >= 0)
		return given;
	return notified == NOTIFIED ? LONG_TIMEOUT : SHORT_TIMEOUT;
}

double ops_attr_timeout(const struct view *v, unsigned kind, unsigned flags, enum notified notified)
{
	/* Files of kernel file systems change without any event. */
	if (v->options->cache == CACHE_NEVER || kind == NODE_LINK || flags & NODE_PSEUDO)
		return 0;
	/* The kernel asks for attributes of the view's own folders at each walk from "/", and they
	 * say nothing about containers. */
	if (kind < NODE_LINK)
		return SHORT_TIMEOUT;
	return timeout(v->options->attr_timeout, notified);
}

double ops_entry_timeout(const struct view *v, const struct node_id *id, enum notified notified)
{
	/* The kernel is notified when a container ends. Without that, everything below is ESTALE
	 * anyway. */
	if (id->kind == NODE_ROOT && v->coherence && v->options->cache != CACHE_NEVER)
		return container_is_young(id->container) ? 0 : SHORT_TIMEOUT;
	if (v->options->cache == CACHE_NEVER || id->kind != NODE_PATH || id->flags & NODE_PSEUDO)
		return 0;
	return timeout(v->options->entry_timeout, notified);
}

void ops_note_attrs(const struct view *v, struct node *node, const struct statx *st,
		    enum notified notified)
{
	const uint32_t stamp = notified == NOTIFIED ? recheck_stamp(v->tree, st) : 0;

	/* Another name of the file, in a folder that is not watched, may have given it an ACL. */
	if (atomic_exchange(&node->attrs, stamp) != stamp)
		atomic_store(&node->no_acl, 0);
}
