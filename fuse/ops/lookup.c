/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lookup.c - answers lookups: from a name in a folder to a node that the kernel counts. No locks.
 */
#include "fuse/ops/ops.h"

#include <errno.h>
#include <fcntl.h>

#include "fuse/ops/ahead.h"
#include "reach/util.h"

int ops_look_at(const struct view *v, const struct node *dir, int dirfd, const struct statx *dirst,
		enum notified notified, const char *name, struct found *ret)
{
	const uint32_t invalidations = atomic_load(&dir->container->invalidations);
	int r = container_look(dir->container, dir, dirfd, dirst, name, ret);
	uint64_t size;

	if (r < 0)
		return r;
	size = ret->st.stx_size;
	if (S_ISLNK(ret->st.stx_mode) && !v->options->links_raw)
		ops_link_size(v, dir, name, ret->id.flags, dirfd, name, &ret->st);
	ret->invalidations = invalidations;
	ret->name_notified = notified;
	/* The rewritten text of a link depends on other folders, too. */
	ret->attrs_notified = coherence_covers(dirst, ret) && ret->st.stx_size == size
				  ? notified
				  : (unsigned)NOTIFIED_NOT;
	return r;
}

int ops_look(const struct view *v, const struct node *dir, const char *name, struct found *ret,
	     enum notified *ret_notified)
{
	struct statx st;
	int fd = ops_open(v, dir, O_PATH | O_DIRECTORY, &st);
	int r;

	if (fd < 0)
		return fd;
	*ret_notified = coherence_watch(v->coherence, dir, fd, NULL);
	r = ops_look_at(v, dir, fd, &st, *ret_notified, name, ret);
	nsv_close(fd);
	container_leave(dir->container);
	return r;
}

static int make_entry(struct view *v, struct node *dir, const char *name, const struct node_id *id,
		      enum notified name_notified, enum notified attrs_notified,
		      struct fuse_entry_param *ret)
{
	struct node *node = tree_lookup(v->tree, dir, name, id);

	if (!node)
		return -ENOMEM;
	ret->ino = tree_number(v->tree, node);
	/* The kernel uses a folder's attributes to check whether its cached listing is still true.
	 */
	if (attrs_notified == NOTIFIED_NOT &&
	    coherence_watched(v->coherence, node) == NOTIFIED_PAUSED)
		attrs_notified = NOTIFIED_PAUSED;
	ret->attr_timeout = ops_attr_timeout(v, id->kind, id->flags, attrs_notified);
	ret->entry_timeout = ops_entry_timeout(v, id, name_notified);
	return 0;
}

int ops_make_entry(struct view *v, struct node *dir, const char *name, const struct found *found,
		   struct fuse_entry_param *ret)
{
	int r;

	container_stat(found->id.container, &found->st, found->id.flags, &ret->attr);
	r = make_entry(v, dir, name, &found->id, found->name_notified, found->attrs_notified, ret);
	if (r < 0)
		return r;
	ops_note_attrs(v, tree_node(v->tree, ret->ino), &found->st, found->attrs_notified);
	/* An invalidation of all nodes happened since the look, and may have missed this node. */
	if (atomic_load(&found->id.container->invalidations) != found->invalidations) {
		ret->attr_timeout =
		    ops_attr_timeout(v, found->id.kind, found->id.flags, NOTIFIED_PAUSED);
		ret->entry_timeout = ops_entry_timeout(v, &found->id, NOTIFIED_PAUSED);
	}
	/* Those of an ended container the kernel is told of from then on. */
	if (container_has_ended(found->id.container))
		ret->attr_timeout = ret->entry_timeout = 0;
	return 0;
}

int ops_lookup_entry(struct view *v, struct node *dir, const char *name, bool scans,
		     struct fuse_entry_param *ret)
{
	const struct node_id nothing = { .kind = NODE_PATH };
	struct container *container = NULL;
	struct node_id id;
	struct found found;
	enum notified notified = NOTIFIED_NOT;
	int r;

	*ret = (struct fuse_entry_param){ 0 };
	if (dir->kind < NODE_LINK) {
		r = top_lookup(v->top, dir->kind, name, scans, &id, &ret->attr, &container);
		if (r < 0)
			return r;
		r = make_entry(v, dir, name, &id, NOTIFIED_NOT, NOTIFIED_NOT, ret);
		if (container)
			container_put(container);
		return r;
	}
	if (!ops_is_real(dir))
		return -ENOENT;
	r = ops_look(v, dir, name, &found, &notified);
	if (r == 0)
		return ops_make_entry(v, dir, name, &found, ret);
	/* The kernel may cache that the name does not exist, but not for long: such an entry has
	 * no node by which it could be invalidated. */
	if (r == -ENOENT && notified == NOTIFIED) {
		ret->entry_timeout = ops_entry_timeout(v, &nothing, NOTIFIED_PAUSED);
		return ret->entry_timeout > 0 ? 0 : r;
	}
	return r;
}

void ops_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct view *v = ops_view(req);
	struct fuse_entry_param entry;
	struct node *dir = ops_node(req, parent);
	int r = ops_lookup_entry(v, dir, name, true, &entry);

	if (r == 0 && entry.ino && ops_is_real(dir))
		ahead_asked(req, S_ISDIR(entry.attr.st_mode) ? WANTS_FOLDERS : WANTS_FILES);
	if (r < 0)
		(void)fuse_reply_err(req, -r);
	else if (fuse_reply_entry(req, &entry) < 0 && entry.ino)
		/* The request was interrupted, so the kernel did not count the lookup. */
		tree_forget(v->tree, tree_node(v->tree, entry.ino), 1);
}

void ops_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
	tree_forget(ops_view(req)->tree, ops_node(req, ino), n);
	fuse_reply_none(req);
}

void ops_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		tree_forget(ops_view(req)->tree, ops_node(req, forgets[i].ino), forgets[i].nlookup);
	fuse_reply_none(req);
}
