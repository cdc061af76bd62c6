/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ahead.c - asks readers.h what a listing brings along, and reads ACLs with a listing. No locks. */
#include "fuse/ops/ahead.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/xattr.h>

#include "fuse/ops/ops.h"
#include "reach/util.h"

/* Attributes from a server take so many times longer. */
#define SERVED_COST 16

void ahead_asked(fuse_req_t req, enum reader_wants what)
{
	readers_asked(&ops_view(req)->readers, fuse_req_ctx(req)->pid, what);
}

bool ahead_pays(fuse_req_t req, const struct node *dir, enum reader_wants what)
{
	return readers_pay(&ops_view(req)->readers, fuse_req_ctx(req)->pid, what,
			   dir->flags & NODE_REMOTE ? SERVED_COST : 1);
}

void ahead_read_acl(fuse_req_t req, struct node *node, int dirfd, const struct found *found)
{
	const struct view *v = ops_view(req);
	char path[48 + NAME_MAX];
	uint32_t told, stamp;

	/* A time given by an option may be shorter than what is remembered. */
	if (found->attrs_notified != NOTIFIED || !S_ISREG(found->st.stx_mode) ||
	    v->options->attr_timeout >= 0 || !ahead_pays(req, node->parent, WANTS_ACLS))
		return;
	/* First this: a change meanwhile makes it another. */
	told = coherence_told(v->coherence, node);
	stamp = atomic_load(&node->attrs);
	/* One component below an open folder, and no link is followed. */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, node->name);
	if (lgetxattr(path, AHEAD_ACL, NULL, 0) < 0 && (errno == ENODATA || errno == EOPNOTSUPP))
		atomic_store(&node->no_acl, told);
	/* Other attributes were noted meanwhile: see ops_note_attrs(). */
	if (atomic_load(&node->attrs) != stamp)
		atomic_store(&node->no_acl, 0);
}

bool ahead_has_no_acl(const struct view *v, const struct node *node)
{
	const uint32_t told = atomic_load(&node->no_acl);

	return told && atomic_load(&node->attrs) && told == coherence_told(v->coherence, node) &&
	       coherence_watched(v->coherence, node->parent) == NOTIFIED &&
	       !container_has_ended(node->container);
}
