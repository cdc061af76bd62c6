/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xattr.c - reads, translates and sets extended attributes.
 *
 * The f*xattr calls refuse an O_PATH fd. Its link in /proc/self/fd works, and leads to the same
 * file even if another has taken the name.
 */
#include "xattr.h"

#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

bool nsv_xattrs_next(const struct nsv_xattrs *x, size_t *at, const char **ret_name,
		     const char **ret_value, size_t *ret_len)
{
	size_t n;

	if (*at >= x->len)
		return false;
	*ret_name = x->buf + *at;
	*at += strlen(*ret_name) + 1;
	memcpy(&n, x->buf + *at, sizeof(n));
	*at += sizeof(n);
	*ret_value = x->buf + *at;
	*ret_len = n;
	*at += n;
	return true;
}

int nsv_xattrs_add(struct nsv_xattrs *x, const char *name, const void *value, size_t len)
{
	size_t name_len = strlen(name) + 1;
	size_t need = x->len + name_len + sizeof(len) + len;

	if (need > NSV_XATTRS_MAX)
		return -E2BIG;
	if (need > x->size) {
		size_t size = need < 256 ? 256 : need * 2;
		char *buf = realloc(x->buf, size);

		if (!buf)
			return -ENOMEM;
		x->buf = buf;
		x->size = size;
	}
	memcpy(x->buf + x->len, name, name_len);
	memcpy(x->buf + x->len + name_len, &len, sizeof(len));
	if (len)
		memcpy(x->buf + x->len + name_len + sizeof(len), value, len);
	x->len = need;
	return 0;
}

void nsv_xattrs_clear(struct nsv_xattrs *x)
{
	nsv_free_p(&x->buf);
	x->len = x->size = 0;
}

static const char *link_of(int fd, char *buf, size_t size)
{
	(void)snprintf(buf, size, "/proc/self/fd/%d", fd);
	return buf;
}

ssize_t nsv_xattr_list(int fd, bool opath, char *buf, size_t size)
{
	char link[32];
	ssize_t n = opath ? listxattr(link_of(fd, link, sizeof(link)), buf, size)
			  : flistxattr(fd, buf, size);

	return n < 0 ? -errno : n;
}

ssize_t nsv_xattr_get(int fd, bool opath, const char *name, char *buf, size_t size)
{
	char link[32];
	ssize_t n = opath ? getxattr(link_of(fd, link, sizeof(link)), name, buf, size)
			  : fgetxattr(fd, name, buf, size);

	return n < 0 ? -errno : n;
}

int nsv_xattr_set(int fd, bool opath, const char *name, const char *buf, size_t size)
{
	char link[32];
	int r = opath ? setxattr(link_of(fd, link, sizeof(link)), name, buf, size, 0)
		      : fsetxattr(fd, name, buf, size, 0);

	return r < 0 ? -errno : 0;
}

struct in_ctx {
	struct nsv_copy *c;
	const struct nsv_target *from;
};

static uint32_t map_in(const void *ctx, enum nsv_id_kind kind, uint32_t id)
{
	const struct in_ctx *in = ctx;

	return nsv_ids_in(in->c, in->from, kind, id);
}

static uint32_t map_out(const void *ctx, enum nsv_id_kind kind, uint32_t id)
{
	return nsv_ids_out(ctx, kind, id);
}

/* Translates a value's IDs. 0: no entry of the value is left. */
static ssize_t translate(const char *name, char *buf, size_t len, nsv_map_id map, const void *ctx)
{
	if (!strncmp(name, NSV_ACL_ACCESS, sizeof("system.posix_acl_") - 1))
		return nsv_acl_translate(buf, len, map, ctx);
	if (!strcmp(name, NSV_CAPS))
		return nsv_caps_translate(buf, len, map, ctx);
	return (ssize_t)len;
}

static int read_one(const struct in_ctx *in, int fd, bool opath, const char *name, char *value,
		    struct nsv_xattrs *x)
{
	ssize_t len = nsv_xattr_get(fd, opath, name, value, NSV_XATTR_VALUE_MAX);

	if (len == -ENODATA) /* removed meanwhile */
		return 0;
	/* The root user of the capability's namespace has no number here. */
	if (len == -EOVERFLOW || len == -EOPNOTSUPP) {
		nsv_xattr_left(in->c, name, NSV_XATTR_LEFT_DEST);
		return 0;
	}
	if (len < 0)
		return (int)len;
	/*
	 * On the host, a capability of a user namespace must stay valid there only: otherwise a
	 * container's root could give capabilities to the host's users.
	 */
	if (!strcmp(name, NSV_CAPS) && !in->c->to && !in->c->tar &&
	    !nsv_has(in->c, NSV_COPY_SPECIAL))
		return nsv_xattrs_add(x, name, value, (size_t)len);
	if (len > 0 || strncmp(name, "user.", 5) != 0) {
		size_t had = (size_t)len;

		len = translate(name, value, had, map_in, in);
		if (len < 0 || (len == 0 && had > 0)) {
			nsv_xattr_left(in->c, name, NSV_XATTR_LEFT_DEST);
			return 0;
		}
	}
	return nsv_xattrs_add(x, name, value, (size_t)len);
}

int nsv_xattrs_read(struct nsv_copy *c, const struct nsv_target *from, int fd, bool opath,
		    struct nsv_xattrs *x)
{
	const struct in_ctx in = { c, from };
	nsv_autofree char *names = NULL;
	nsv_autofree char *value = NULL;
	char few[512];
	char *list = few;
	ssize_t len = nsv_xattr_list(fd, opath, few, sizeof(few));
	int r = 0;

	if (len == -ERANGE) {
		list = names = malloc(NSV_XATTR_LIST_MAX);
		if (!names)
			return -ENOMEM;
		len = nsv_xattr_list(fd, opath, names, NSV_XATTR_LIST_MAX);
	}
	if (len < 0)
		return len == -EOPNOTSUPP ? 0 : (int)len;
	for (const char *name = list; name < list + len && r == 0; name += strlen(name) + 1) {
		if (!nsv_xattr_take(c, name))
			continue;
		if (!value)
			value = malloc(NSV_XATTR_VALUE_MAX);
		r = value ? read_one(&in, fd, opath, name, value, x) : -ENOMEM;
	}
	return r;
}

static int apply_one(struct nsv_copy *c, int fd, bool opath, const char *name, const char *value,
		     size_t len)
{
	nsv_autofree char *copy =
	    malloc(nsv_min(len + NSV_CAPS_MAX, (size_t)NSV_XATTR_VALUE_MAX * 2));
	ssize_t n;
	int r;

	if (!copy)
		return -ENOMEM;
	if (len > NSV_XATTR_VALUE_MAX)
		return -E2BIG;
	/* An archive does not say which namespace its capabilities are for. */
	if (!strcmp(name, NSV_CAPS) && c->extracted && !c->to && !nsv_has(c, NSV_COPY_SPECIAL)) {
		nsv_count(c, NSV_N_SETUID, 1);
		return 0;
	}
	memcpy(copy, value, len);
	n = translate(name, copy, len, map_out, c);
	if (n < 0 || (n == 0 && len > 0)) {
		nsv_xattr_left(c, name, NSV_XATTR_LEFT_DEST);
		return 0;
	}
	r = nsv_xattr_set(fd, opath, name, copy, (size_t)n);
	/*
	 * The file system does not take the attribute, or not from this user. user.* is only for
	 * regular files and directories (EPERM); capabilities need CAP_SETFCAP.
	 */
	if (r == -EOPNOTSUPP || r == -EPERM || r == -EACCES || r == -EINVAL || r == -ENOSPC ||
	    r == -E2BIG || r == -ERANGE) {
		nsv_xattr_left(c, name, NSV_XATTR_LEFT_DEST);
		return 0;
	}
	return r;
}

int nsv_xattrs_apply(struct nsv_copy *c, int fd, bool opath, const struct nsv_xattrs *x, bool acls)
{
	const char *name, *value;
	size_t at = 0, len;

	while (nsv_xattrs_next(x, &at, &name, &value, &len)) {
		int r = 0;

		if ((strncmp(name, "system.", 7) == 0) == acls)
			r = apply_one(c, fd, opath, name, value, len);
		if (r < 0)
			return r;
	}
	return 0;
}

bool nsv_xattrs_have(const struct nsv_xattrs *x, const char *wanted)
{
	const char *name, *value;
	size_t at = 0, len;

	while (nsv_xattrs_next(x, &at, &name, &value, &len))
		if (!strcmp(name, wanted))
			return true;
	return false;
}

static void drop_one(int fd, bool opath, const char *name)
{
	char link[32];

	/* Most files have no ACL to remove; the mode shows an ACL that stays. */
	if (opath)
		(void)removexattr(link_of(fd, link, sizeof(link)), name);
	else
		(void)fremovexattr(fd, name);
}

void nsv_xattrs_drop_acls(int fd, bool opath, bool dir, const struct nsv_xattrs *x)
{
	if (!nsv_xattrs_have(x, NSV_ACL_ACCESS))
		drop_one(fd, opath, NSV_ACL_ACCESS);
	if (dir && !nsv_xattrs_have(x, NSV_ACL_DEFAULT))
		drop_one(fd, opath, NSV_ACL_DEFAULT);
}

ssize_t nsv_default_acl(int fd, char *buf, size_t size)
{
	ssize_t n = nsv_xattr_get(fd, false, NSV_ACL_DEFAULT, buf, size);

	return n == -EBADF ? nsv_xattr_get(fd, true, NSV_ACL_DEFAULT, buf, size) : n;
}
