/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ahead.c - credit for listings that bring more than names, and ACLs read with a listing. No locks:
 * a race moves the credit by some entries.
 */
#include "fuse/ops/ahead.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/xattr.h>

#include "fuse/ops/ops.h"
#include "reach/util.h"

#define EARNED	    32	  /* entries, for a file that was asked for */
#define CREDIT_MOST 65536 /* entries */
/* Attributes from a server take so many times longer. */
#define SERVED_COST 16

static void earn(_Atomic int *credit)
{
	if (atomic_load_explicit(credit, memory_order_relaxed) <= CREDIT_MOST - EARNED)
		atomic_fetch_add_explicit(credit, EARNED, memory_order_relaxed);
}

static bool pays(_Atomic int *credit, int cost)
{
	if (atomic_load_explicit(credit, memory_order_relaxed) < cost)
		return false;
	atomic_fetch_sub_explicit(credit, cost, memory_order_relaxed);
	return true;
}

void ahead_asked_file(struct container *p)
{
	earn(&p->asks_files);
}

void ahead_asked_acl(struct container *p)
{
	/* ls -l asks for the ACL of each file, and for its attributes before. */
	earn(&p->asks_files);
	earn(&p->asks_acls);
}

bool ahead_pays_file(const struct node *dir)
{
	return ops_is_real(dir) &&
	       pays(&dir->container->asks_files, dir->flags & NODE_REMOTE ? SERVED_COST : 1);
}

void ahead_read_acl(const struct view *v, struct node *node, int dirfd, const struct found *found,
		    uint32_t told)
{
	char path[48 + NAME_MAX];

	/* A time given by an option may be shorter than what is remembered. */
	if (found->attrs_notified != NOTIFIED || !S_ISREG(found->st.stx_mode) ||
	    v->options->attr_timeout >= 0 || !pays(&node->container->asks_acls, 1))
		return;
	/* One component below an open folder, and no link is followed. */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, node->name);
	if (lgetxattr(path, AHEAD_ACL, NULL, 0) < 0 && (errno == ENODATA || errno == EOPNOTSUPP))
		atomic_store(&node->no_acl, told);
}

bool ahead_has_no_acl(const struct view *v, const struct node *node)
{
	const uint32_t told = atomic_load(&node->no_acl);

	return told && told == coherence_told(v->coherence) &&
	       coherence_watched(v->coherence, node->parent) == NOTIFIED &&
	       !container_has_ended(node->container);
}
