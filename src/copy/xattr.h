/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xattr.h - extended attributes as a list in memory, with translated IDs. The kernel's limits bound
 * a value, NSV_XATTRS_MAX all of a file's.
 */
#ifndef NSV_COPY_XATTR_H
#define NSV_COPY_XATTR_H

#include "internal.h"

#define NSV_XATTRS_MAX ((size_t)1 << 20)

/* The kernel's limits (XATTR_LIST_MAX, XATTR_SIZE_MAX). */
#define NSV_XATTR_LIST_MAX  65536
#define NSV_XATTR_VALUE_MAX 65536

#define NSV_ACL_ACCESS	"system.posix_acl_access"
#define NSV_ACL_DEFAULT "system.posix_acl_default"
#define NSV_CAPS	"security.capability"

/* A sequence of: name with its NUL, length (size_t, unaligned), value. */
struct nsv_xattrs {
	char *buf; /* owned */
	size_t len, size;
};

/* Returns the attribute at *@at (start with 0) and moves *@at on; false at the end. */
bool nsv_xattrs_next(const struct nsv_xattrs *x, size_t *at, const char **ret_name,
		     const char **ret_value, size_t *ret_len);
int nsv_xattrs_add(struct nsv_xattrs *x, const char *name, const void *value, size_t len);
bool nsv_xattrs_have(const struct nsv_xattrs *x, const char *wanted);
void nsv_xattrs_clear(struct nsv_xattrs *x);

/* ---- xattr_left.c ---- */

/* Whether the run copies any attributes. */
bool nsv_xattrs_any(const struct nsv_copy *c);
/* Whether the run copies the attribute @name; if not, counts it unless the flags exclude it. */
bool nsv_xattr_take(struct nsv_copy *c, const char *name);
/* Counts an attribute that is not copied. Any thread. */
void nsv_xattr_left(struct nsv_copy *c, const char *name, enum nsv_xattr_left_why why);

/* ---- xattr.c ---- */

/*
 * Reads the attributes that the run copies from @fd; @opath: an O_PATH fd. IDs become neutral
 * numbers. A file system without attributes gives an empty list. 0 or -errno.
 */
int nsv_xattrs_read(struct nsv_copy *c, const struct nsv_target *from, int fd, bool opath,
		    struct nsv_xattrs *x);

/*
 * Sets attributes on @fd: the ACLs if @acls, else all others. Neutral numbers become the
 * destination's. Counts attributes that the destination can't hold, without a failure.
 */
int nsv_xattrs_apply(struct nsv_copy *c, int fd, bool opath, const struct nsv_xattrs *x, bool acls);

/* Removes ACLs that @fd inherited and @x does not have. */
void nsv_xattrs_drop_acls(int fd, bool opath, bool dir, const struct nsv_xattrs *x);

/* The default ACL of the directory @fd (O_PATH or not). Returns its length or -errno. */
ssize_t nsv_default_acl(int fd, char *buf, size_t size);

/* As listxattr(2), getxattr(2), setxattr(2); @opath: @fd is an O_PATH fd. Length, 0, or -errno. */
ssize_t nsv_xattr_list(int fd, bool opath, char *buf, size_t size);
ssize_t nsv_xattr_get(int fd, bool opath, const char *name, char *buf, size_t size);
int nsv_xattr_set(int fd, bool opath, const char *name, const char *buf, size_t size);

/* ---- acl.c: the kernel's form of ACLs and capabilities ---- */

/* Maps one ID; NSV_ID_UNMAPPED: the other side has none. */
typedef uint32_t (*nsv_map_id)(const void *ctx, enum nsv_id_kind kind, uint32_t id);

/*
 * Translate a value in place and return the new length; 0: the destination has none of its IDs;
 * -EINVAL: unknown form. @buf has room for NSV_CAPS_MAX bytes.
 */
#define NSV_CAPS_MAX 24
ssize_t nsv_acl_translate(void *buf, size_t len, nsv_map_id map, const void *ctx);
ssize_t nsv_caps_translate(void *buf, size_t len, nsv_map_id map, const void *ctx);

/* One entry of an ACL in the kernel's form. */
struct nsv_acl_entry {
	uint16_t tag, perm;
	uint32_t id;
};
/* The number of entries; -EINVAL: unknown form. */
int nsv_acl_count(const void *buf, size_t len);
void nsv_acl_get(const void *buf, int i, struct nsv_acl_entry *ret);
/* The permission bits that a default ACL leaves to a new file, within 0777; or -EINVAL. */
int nsv_acl_mode(const void *buf, size_t len);
/* Returns a malloc'd ACL of *ret_len bytes, sorted as the kernel requires. */
void *nsv_acl_make(struct nsv_acl_entry *entries, size_t n, size_t *ret_len);

#endif
