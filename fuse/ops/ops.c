/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ops.c - names and attributes.
 */
#include "fuse/ops/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "fuse/coherence/recheck.h"
#include "fuse/session/session.h"
#include "reach/util.h"

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

int ops_open(const struct node *node, int flags, struct statx *ret_st)
{
	int r = place_enter(node->place);

	if (r < 0)
		return r;
	r = place_open(node->place, node, flags, ret_st);
	if (r < 0)
		place_leave(node->place);
	return r;
}

int ops_look_at(const struct view *v, const struct node *dir, int dirfd, const struct statx *dirst,
		enum notified notified, const char *name, struct found *ret)
{
	const uint32_t invalidations = atomic_load(&dir->place->invalidations);
	int r = place_look(dir->place, dir, dirfd, dirst, name, ret);
	uint64_t size;

	if (r < 0)
		return r;
	size = ret->st.stx_size;
	if (S_ISLNK(ret->st.stx_mode) && !v->options->links_raw)
		ops_link_size(v, dir, name, ret->id.flags, dirfd, name, &ret->st);
	ret->invalidations = invalidations;
	ret->name_notified = notified;
	/* What a link is rewritten to depends on other folders. */
	ret->attrs_notified = coherence_covers(dirst, ret) && ret->st.stx_size == size
				  ? notified
				  : (unsigned)NOTIFIED_NOT;
	return r;
}

int ops_look(const struct view *v, const struct node *dir, const char *name, struct found *ret,
	     enum notified *ret_notified)
{
	struct statx st;
	int fd = ops_open(dir, O_PATH | O_DIRECTORY, &st);
	int r;

	if (fd < 0)
		return fd;
	*ret_notified = coherence_watch(v->coherence, dir, fd, NULL);
	r = ops_look_at(v, dir, fd, &st, *ret_notified, name, ret);
	nsv_close(fd);
	place_leave(dir->place);
	return r;
}

/* ---- lookup ---- */

static int make_entry(struct view *v, struct node *dir, const char *name, const struct node_id *id,
		      enum notified name_notified, enum notified attrs_notified,
		      struct fuse_entry_param *ret)
{
	struct node *node = tree_lookup(v->tree, dir, name, id);

	if (!node)
		return -ENOMEM;
	ret->ino = tree_number(v->tree, node);
	/* A folder's, by which the kernel knows whether its listing is still true. */
	if (attrs_notified == NOTIFIED_NOT &&
	    coherence_watched(v->coherence, node) == NOTIFIED_PAUSED)
		attrs_notified = NOTIFIED_PAUSED;
	ret->attr_timeout = view_attr_timeout(v, id->kind, id->flags, attrs_notified);
	ret->entry_timeout = view_entry_timeout(v, id, name_notified);
	return 0;
}

/* Before the kernel has them. */
static void note_attrs(const struct view *v, struct node *node, const struct statx *st,
		       enum notified notified)
{
	atomic_store_explicit(&node->attrs, notified == NOTIFIED ? recheck_stamp(v->tree, st) : 0,
			      memory_order_relaxed);
}

int ops_make_entry(struct view *v, struct node *dir, const char *name, const struct found *found,
		   struct fuse_entry_param *ret)
{
	int r;

	place_stat(found->id.place, &found->st, found->id.flags, &ret->attr);
	r = make_entry(v, dir, name, &found->id, found->name_notified, found->attrs_notified, ret);
	if (r < 0)
		return r;
	note_attrs(v, tree_node(v->tree, ret->ino), &found->st, found->attrs_notified);
	/* Who went through the nodes meanwhile may not have met this one. */
	if (atomic_load(&found->id.place->invalidations) != found->invalidations) {
		ret->attr_timeout =
		    view_attr_timeout(v, found->id.kind, found->id.flags, NOTIFIED_PAUSED);
		ret->entry_timeout = view_entry_timeout(v, &found->id, NOTIFIED_PAUSED);
	}
	return 0;
}

int ops_lookup_entry(struct view *v, struct node *dir, const char *name, bool scans,
		     struct fuse_entry_param *ret)
{
	const struct node_id nothing = { .kind = NODE_PATH };
	struct place *place = NULL;
	struct node_id id;
	struct found found;
	enum notified notified = NOTIFIED_NOT;
	int r;

	*ret = (struct fuse_entry_param){ 0 };
	if (dir->kind < NODE_LINK) {
		r = top_lookup(v->top, dir->kind, name, scans, &id, &ret->attr, &place);
		if (r < 0)
			return r;
		r = make_entry(v, dir, name, &id, NOTIFIED_NOT, NOTIFIED_NOT, ret);
		if (place)
			place_put(place);
		return r;
	}
	if (!ops_is_real(dir))
		return -ENOENT;
	r = ops_look(v, dir, name, &found, &notified);
	if (r == 0)
		return ops_make_entry(v, dir, name, &found, ret);
	/* That there is no such name may be believed too; not for long, as it has no node by which
	 * it could be doubted. */
	if (r == -ENOENT && notified == NOTIFIED) {
		ret->entry_timeout = view_entry_timeout(v, &nothing, NOTIFIED_PAUSED);
		return ret->entry_timeout > 0 ? 0 : r;
	}
	return r;
}

static void ops_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct view *v = ops_view(req);
	struct fuse_entry_param entry;
	int r = ops_lookup_entry(v, ops_node(req, parent), name, true, &entry);

	if (r < 0)
		(void)fuse_reply_err(req, -r);
	else if (fuse_reply_entry(req, &entry) < 0 && entry.ino)
		/* The asker has gone: the kernel did not count. */
		tree_forget(v->tree, tree_node(v->tree, entry.ino), 1);
}

static void ops_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
	tree_forget(ops_view(req)->tree, ops_node(req, ino), n);
	fuse_reply_none(req);
}

static void ops_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		tree_forget(ops_view(req)->tree, ops_node(req, forgets[i].ino), forgets[i].nlookup);
	fuse_reply_none(req);
}

/* ---- attributes ---- */

/* What lost its name, or its container, and is open: from memory, as nobody counts us in there. */
static int opened_statx(struct view *v, const struct node *node, struct statx *ret)
{
	int fd = opened_fd(&v->opened, tree_number(v->tree, node));
	int r;

	if (fd < 0)
		return -ESTALE;
	r = place_look_at(NULL, fd, node->flags & ~(unsigned)NODE_REMOTE, ret);
	nsv_close(fd);
	return r;
}

/*
 * What is open, or @node's path. *ret_notified: changes will be notified, as its folder, or it
 * itself where it is a folder, was watched before.
 */
static int get_statx(struct view *v, const struct node *node, const struct fuse_file_info *fi,
		     struct statx *ret, enum notified *ret_notified)
{
	struct found found;
	enum notified notified;
	bool is_new = false;
	int r = -EBADF;

	*ret_notified = NOTIFIED_NOT;
	if (node->flags & NODE_HIDDEN) {
		/* From above: nobody asks what lies behind the mount. */
		r = ops_look(v, node->parent, node->name, &found, &notified);
		if (r == 0 && (found.id.ino != node->ino || found.id.dev != node->dev))
			r = -ESTALE;
		if (r == 0)
			*ret = found.st;
		return r == -ENOENT ? -ESTALE : r;
	}
	if (fi && (r = place_enter(node->place)) == 0) {
		r = ops_file_statx(fi, ret);
		place_leave(node->place);
	}
	if (r < 0) {
		int fd;

		notified = coherence_watched(v->coherence, node->parent);
		fd = ops_open(node, O_PATH, ret);
		if (fd < 0)
			return fd == -ESTALE ? opened_statx(v, node, ret) : fd;
		r = 0;
		if (S_ISDIR(ret->stx_mode)) {
			notified = coherence_watch(v->coherence, node, fd, &is_new);
			/* Again, as what was read came before the watch. */
			r = is_new ? place_look_at(atomic_load(&node->place->owner), fd,
						   node->flags, ret)
				   : 0;
		} else {
			uint64_t size = ret->stx_size;

			if (S_ISLNK(ret->stx_mode) && !v->options->links_raw)
				ops_link_size(v, node->parent, node->name, node->flags, fd, "",
					      ret);
			if (ret->stx_nlink != 1 || node->flags & NODE_MOUNTED ||
			    ret->stx_size != size)
				notified = NOTIFIED_NOT;
		}
		nsv_close(fd);
		place_leave(node->place);
		*ret_notified = notified;
	}
	return r;
}

static void ops_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct view *v = ops_view(req);
	struct node *node = ops_node(req, ino);
	struct stat st;
	struct statx stx;
	enum notified notified = NOTIFIED_NOT;
	int r;

	if (node->kind == NODE_ROOT || node->kind == NODE_PATH) {
		r = get_statx(v, node, fi, &stx, &notified);
		if (r == 0) {
			place_stat(node->place, &stx, node->flags, &st);
			note_attrs(v, node, &stx, S_ISDIR(stx.stx_mode) ? NOTIFIED_NOT : notified);
		}
	} else {
		r = top_getattr(v->top, node, &st);
	}
	if (r < 0)
		(void)fuse_reply_err(req, -r);
	else
		(void)fuse_reply_attr(req, &st,
				      view_attr_timeout(v, node->kind, node->flags, notified));
}

static void ops_statfs(fuse_req_t req, fuse_ino_t ino)
{
	const struct node *node = ops_node(req, ino);
	struct statvfs sv = { .f_bsize = 4096, .f_frsize = 4096, .f_namemax = NAME_MAX };
	struct statx st;
	int fd, r = 0;

	if (ops_is_real(node)) {
		fd = ops_open(node, O_PATH, &st);
		r = fd < 0 ? fd : 0;
		if (fd >= 0) {
			r = fstatvfs(fd, &sv) < 0 ? -errno : 0;
			nsv_close(fd);
			place_leave(node->place);
		}
	}
	if (r < 0)
		(void)fuse_reply_err(req, -r);
	else
		(void)fuse_reply_statfs(req, &sv);
}

/* ---- the session ---- */

static void ops_init(void *userdata, struct fuse_conn_info *conn)
{
	struct view *v = userdata;
	const unsigned wanted = FUSE_CAP_ASYNC_READ | FUSE_CAP_PARALLEL_DIROPS |
				FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO |
				FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_POSIX_ACL;

	conn->want = conn->capable & wanted;
	/* It brings permission checks by mode with it. */
	if (!view_options_checks_modes(((const struct view *)userdata)->options))
		conn->want &= ~(unsigned)FUSE_CAP_POSIX_ACL;
	/* Kernels before 6.14 cut what they keep at the size, and what proc says is none. */
	v->keeps_links = v->options->cache != CACHE_NEVER && !v->options->pseudo &&
			 conn->capable & FUSE_CAP_CACHE_SYMLINKS;
	if (v->keeps_links)
		conn->want |= FUSE_CAP_CACHE_SYMLINKS;
	session_tune(conn);
}

const struct fuse_lowlevel_ops view_ops = {
	.init = ops_init,
	.lookup = ops_lookup,
	.forget = ops_forget,
	.forget_multi = ops_forget_multi,
	.getattr = ops_getattr,
	.readlink = ops_readlink,
	.statfs = ops_statfs,
	.opendir = ops_opendir,
	.readdir = ops_readdir,
	.readdirplus = ops_readdirplus,
	.releasedir = ops_releasedir,
	.open = ops_open_file,
	.read = ops_read,
	.lseek = ops_lseek,
	.release = ops_release,
	.getxattr = ops_getxattr,
	.listxattr = ops_listxattr,
};
