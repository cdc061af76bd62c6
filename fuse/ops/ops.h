/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ops.h - the answers to the kernel's requests. ops.c has their table; a file each answers for
 * names (lookup), attributes (attr), listings (dir), bytes (file), links (link) and extended
 * attributes (xattr). All follow one pattern: the node, its container entered, its path opened and
 * checked, asked, closed, left, answered.
 *
 * Threads: any number at once.
 */
#ifndef NSV_FUSE_OPS_H
#define NSV_FUSE_OPS_H

#include "fuse/view.h"

extern const struct fuse_lowlevel_ops view_ops;

/* ---- request.c: what every operation begins with ---- */

struct view *ops_view(fuse_req_t req);
struct node *ops_node(fuse_req_t req, fuse_ino_t ino);

/* Whether a node is in a container and shown: else there is nothing behind it. */
bool ops_is_real(const struct node *node);

/*
 * Enters the node's container and opens it. On success the caller closes the fd and calls
 * container_leave(node->container).
 */
int ops_open(const struct node *node, int flags, struct statx *ret_st);

/* Whether the kernel will be notified of every change of the file or link @node with attributes
 * @st.
 */
bool ops_is_notified(const struct view *v, const struct node *node, const struct statx *st);

/* ---- timeouts.c ---- */

/* Seconds for which the kernel may cache what a name stands for, and attributes. */
double ops_entry_timeout(const struct view *v, const struct node_id *id, enum notified notified);
double ops_attr_timeout(const struct view *v, unsigned kind, unsigned flags,
			enum notified notified);

/* Before the kernel has them: notes which attributes of @node it is about to cache. */
void ops_note_attrs(const struct view *v, struct node *node, const struct statx *st,
		    enum notified notified);

/* ---- lookup.c ---- */

/*
 * Looks at a name in a folder of a container; _at: one that is open and entered, @notified: and
 * watched (coherence_watch()). *ret_notified, also for -ENOENT: whether it is.
 */
int ops_look(const struct view *v, const struct node *dir, const char *name, struct found *ret,
	     enum notified *ret_notified);
int ops_look_at(const struct view *v, const struct node *dir, int dirfd, const struct statx *dirst,
		enum notified notified, const char *name, struct found *ret);

/* Looks up a name in any folder and counts it for the kernel; @scans: as top_lookup() has it. */
int ops_lookup_entry(struct view *v, struct node *dir, const char *name, bool scans,
		     struct fuse_entry_param *ret);
/* The same for what was found already. */
int ops_make_entry(struct view *v, struct node *dir, const char *name, const struct found *found,
		   struct fuse_entry_param *ret);

void ops_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void ops_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n);
void ops_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets);

/* ---- attr.c ---- */

void ops_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void ops_statfs(fuse_req_t req, fuse_ino_t ino);

/* ---- link.c, link_text.c ---- */

void ops_readlink(fuse_req_t req, fuse_ino_t ino);
/*
 * The text of a link as the view shows it, malloc'd. The link is called @name in @dir, has @flags
 * as a node, and is @fdname at @fd ("": it is @fd). *ret_lasts: the text depends on nothing but the
 * link and where it lies. 0 or -errno.
 */
int ops_link_text(const struct view *v, const struct node *dir, const char *name, unsigned flags,
		  int fd, const char *fdname, char **ret, bool *ret_lasts);
/*
 * Sets the size of a link to that of the text which ops_readlink() will answer: programs take it
 * for that.
 */
void ops_link_size(const struct view *v, const struct node *dir, const char *name, unsigned flags,
		   int fd, const char *fdname, struct statx *st);

/* ---- dir.c, file.c, xattr.c ---- */

/* After the session, with no request under way: lets go of what the kernel has open still. */
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
void ops_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
/* Attributes of an open file; -EBADF where it is an empty one. */
int ops_file_statx(const struct fuse_file_info *fi, struct statx *ret_st);

void ops_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size);
void ops_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size);

#endif
