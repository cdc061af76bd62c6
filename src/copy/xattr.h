/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xattr.h - extended attributes as a list in memory, IDs in them translated.
 * Values are bounded: what a kernel can hold for one file, NSV_XATTRS_MAX in all.
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

/* Name, zero, length (size_t, unaligned), value; again. */
struct nsv_xattrs {
	char *buf; /* owned */
	size_t len, size;
};

/* An attribute of the list at @at (start with 0): true, and @at moved on. */
bool nsv_xattrs_next(const struct nsv_xattrs *x, size_t *at, const char **ret_name,
		     const char **ret_value, size_t *ret_len);
int nsv_xattrs_add(struct nsv_xattrs *x, const char *name, const void *value, size_t len);
bool nsv_xattrs_have(const struct nsv_xattrs *x, const char *wanted);
void nsv_xattrs_clear(struct nsv_xattrs *x);

/* ---- xattr_left.c ---- */

/* Whether any are copied under the run's options. */
bool nsv_xattrs_any(const struct nsv_copy *c);
/* Whether one of this name is; one that is to be told of is counted, by its name. */
bool nsv_xattr_take(struct nsv_copy *c, const char *name);
/* Counts one that is not copied. */
void nsv_xattr_left(struct nsv_copy *c, const char *name, enum nsv_xattr_left_why why);

/* ---- xattr.c ---- */

/*
 * Reads those wanted from @fd; @opath: it is an O_PATH fd. IDs in them become neutral
 * numbers. -EOPNOTSUPP is no failure: an empty list.
 */
int nsv_xattrs_read(struct nsv_copy *c, const struct nsv_target *from, int fd, bool opath,
		    struct nsv_xattrs *x);

/*
 * Sets them on @fd, neutral numbers becoming the destination's: the ACLs if @acls,
 * else all others. What the destination can't hold is counted and no failure.
 */
int nsv_xattrs_apply(struct nsv_copy *c, int fd, bool opath, const struct nsv_xattrs *x, bool acls);

/* Removes ACLs that @fd inherited and @x does not have. */
void nsv_xattrs_drop_acls(int fd, bool opath, bool dir, const struct nsv_xattrs *x);

/* The ACL that the directory @fd (O_PATH or not) has for what is made in it. Length or -errno. */
ssize_t nsv_default_acl(int fd, char *buf, size_t size);

/* One attribute as the kernel has it; @opath: @fd is an O_PATH fd. Length, 0, or -errno. */
ssize_t nsv_xattr_list(int fd, bool opath, char *buf, size_t size);
ssize_t nsv_xattr_get(int fd, bool opath, const char *name, char *buf, size_t size);
int nsv_xattr_set(int fd, bool opath, const char *name, const char *buf, size_t size);

/* ---- acl.c: the kernel's form of ACLs and capabilities ---- */

/* Maps one ID; NSV_ID_UNMAPPED: there is none. */
typedef uint32_t (*nsv_map_id)(const void *ctx, enum nsv_id_kind kind, uint32_t id);

/*
 * Translate a value in place. The length afterwards; 0: nothing is left of it;
 * -EINVAL: not in a form that is known. @buf has room for NSV_CAPS_MAX bytes.
 */
#define NSV_CAPS_MAX 24
ssize_t nsv_acl_translate(void *buf, size_t len, nsv_map_id map, const void *ctx);
ssize_t nsv_caps_translate(void *buf, size_t len, nsv_map_id map, const void *ctx);

/* One entry of an ACL in the kernel's form. */
struct nsv_acl_entry {
	uint16_t tag, perm;
	uint32_t id;
};
/* Number of entries, -EINVAL for another form. */
int nsv_acl_count(const void *buf, size_t len);
void nsv_acl_get(const void *buf, int i, struct nsv_acl_entry *ret);
/* The most that a default ACL lets the mode of a new file have (0777 at most), or -EINVAL. */
int nsv_acl_mode(const void *buf, size_t len);
/* malloc'd, sorted as the kernel wants it; *ret_len bytes. */
void *nsv_acl_make(struct nsv_acl_entry *entries, size_t n, size_t *ret_len);

#endif
