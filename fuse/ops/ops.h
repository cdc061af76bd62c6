/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ops.h - the answers to the kernel's requests. ops.c has their table. The other files answer
 * requests about names (lookup.c), attributes (attr.c), listings (dir.c), contents (file.c), links
 * (link.c) and extended attributes (xattr.c).
 *
 * Each operation follows one pattern: find the node, enter its container, open and check its path,
 * read, close, leave, reply. Each request gets exactly one reply; errors become errno values.
 *
 * Threads: any number at once. No lock is held while a container's file system is asked.
 */
#ifndef NSV_FUSE_OPS_H
#define NSV_FUSE_OPS_H

#include "fuse/session/statx.h"
#include "fuse/view.h"

extern const struct fuse_lowlevel_ops view_ops;

/* ---- request.c: the common beginning of operations ---- */

struct view *ops_view(fuse_req_t req);
struct node *ops_node(fuse_req_t req, fuse_ino_t ino);

/*
 * Whether a file of a container is behind the node: false for the view's own folders and hidden
 * mounts.
 */
bool ops_is_real(const struct node *node);

/*
 * Enters the node's container and opens the node. On success the caller closes the fd and calls
 * container_leave(node->container). An fd or -errno.
 */
int ops_open(const struct view *v, const struct node *node, int flags, struct statx *ret_st);
/* The second half of it, where the container is entered already. */
int ops_open_entered(const struct view *v, const struct node *node, int flags,
		     struct statx *ret_st);

/*
 * Whether the kernel will be notified of every change of the file or link @node with attributes
 * @st.
 */
bool ops_is_notified(const struct view *v, const struct node *node, const struct statx *st);

/* ---- timeouts.c ---- */

/* How long the kernel may cache a name, and attributes, in seconds. */
double ops_entry_timeout(const struct view *v, const struct node_id *id, enum notified notified);
double ops_attr_timeout(const struct view *v, unsigned kind, unsigned flags,
			enum notified notified);

/* Records which attributes of @node the kernel is about to cache. Call before the reply. */
void ops_note_attrs(const struct view *v, struct node *node, const struct statx *st,
		    enum notified notified);

/* ---- lookup.c ---- */

/*
 * Looks at @name in a folder of a container. ops_look_at() takes an open folder of an entered
 * container, and in @notified the result of coherence_watch(). *ret_notified is set for -ENOENT,
 * too: whether the kernel will be notified if the name appears. 0 or -errno.
 */
int ops_look(const struct view *v, const struct node *dir, const char *name, struct found *ret,
	     enum notified *ret_notified);
int ops_look_at(const struct view *v, const struct node *dir, int dirfd, const struct statx *dirst,
		enum notified notified, const char *name, struct found *ret);

/*
 * Looks up a name in any folder, and counts one lookup of the kernel. @scans: as for top_lookup().
 * 0 or -errno. With *ret->ino 0 the kernel may cache that the name does not exist.
 */
int ops_lookup_entry(struct view *v, struct node *dir, const char *name, bool scans,
		     struct fuse_entry_param *ret);
/* The same for the result of ops_look_at(). */
int ops_make_entry(struct view *v, struct node *dir, const char *name, const struct found *found,
		   struct fuse_entry_param *ret);

void ops_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void ops_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n);
void ops_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets);

/* ---- attr.c ---- */

/* For struct session_options. @view is a struct view. */
int ops_statx(void *view, fuse_ino_t ino, struct fuse_file_info *fi,
	      struct session_attributes *ret);
void ops_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void ops_statfs(fuse_req_t req, fuse_ino_t ino);

/* ---- link.c, link_text.c ---- */

void ops_readlink(fuse_req_t req, fuse_ino_t ino);
/*
 * The text of a link as the view shows it, malloc'd. The link is @name in @dir, with node flags
 * @flags, and is @fdname at @fd ("": @fd itself). *ret_lasts: the text depends only on the link
 * and its place, so the kernel may cache it. 0 or -errno.
 */
int ops_link_text(const struct view *v, const struct node *dir, const char *name, unsigned flags,
		  int fd, const char *fdname, char **ret, bool *ret_lasts);
/*
 * Sets the size of a link to the length of the text that ops_readlink() answers: programs rely on
 * that.
 */
void ops_link_size(const struct view *v, const struct node *dir, const char *name, unsigned flags,
		   int fd, const char *fdname, struct statx *st);

/* ---- dir.c, file.c, xattr.c ---- */

/*
 * Closes what the kernel still has open. Call after the session's end, with no request in
 * progress.
 */
void ops_close_files(struct view *v);
void ops_close_dirs(struct view *v);

void ops_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void ops_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void ops_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		     struct fuse_file_info *fi);
void ops_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);

void ops_open_file(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void ops_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void ops_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence, struct fuse_file_info *fi);
/* lock.c: only with locks=container; ops_flush() then gives locks back. */
void ops_getlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct flock *lock);
void ops_setlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct flock *lock,
	       int sleeps);
void ops_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, int op);
void ops_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);

void ops_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
/* Attributes of an open file. -EBADF: the open file has no fd (a hidden mount). */
int ops_file_statx(const struct fuse_file_info *fi, struct statx *ret_st);

void ops_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size);
void ops_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size);

#endif
