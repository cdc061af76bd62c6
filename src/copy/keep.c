/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keep.c - copies mode, ACL and extended attributes of a file to the new file that replaces it.
 *
 * The attributes are a container's: the kernel's limits bound lists and values, and values pass
 * unread between two files of the same owner on the same file system.
 */
#include "keep.h"

#include <string.h>
#include <sys/stat.h>

struct keeping {
	struct nsv_copy *c;
	int old, fd;
	char *value, *present; /* owned, NSV_XATTR_VALUE_MAX bytes each; most files need none */
	bool acl;	       /* the old file has one */
};

static bool has_room(struct keeping *k)
{
	if (!k->value)
		k->value = malloc(2 * (size_t)NSV_XATTR_VALUE_MAX);
	if (k->value)
		k->present = k->value + NSV_XATTR_VALUE_MAX;
	return k->value;
}

static bool is_kept(const char *name)
{
	static const char *const not_kept[] = { NSV_CAPS, "security.ima", "security.evm" };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(not_kept); i++)
		if (!strcmp(name, not_kept[i]))
			return false;
	return !strncmp(name, "user.", 5) || !strncmp(name, "security.", 9) ||
	       (!strncmp(name, "trusted.", 8) && strncmp(name, "trusted.overlay.", 16) != 0);
}

static void keep_one(struct keeping *k, const char *name)
{
	ssize_t len, has;

	if (!has_room(k)) {
		nsv_xattr_left(k->c, name, NSV_XATTR_LEFT_DEST);
		return;
	}
	len = nsv_xattr_get(k->old, true, name, k->value, NSV_XATTR_VALUE_MAX);
	if (len < 0)
		return; /* removed meanwhile, or not for this user's eyes */
	/* The policy has usually set the right label already. */
	has = nsv_xattr_get(k->fd, false, name, k->present, NSV_XATTR_VALUE_MAX);
	if (has == len && !memcmp(k->value, k->present, (size_t)len))
		return;
	if (nsv_xattr_set(k->fd, false, name, k->value, (size_t)len) < 0)
		nsv_xattr_left(k->c, name, NSV_XATTR_LEFT_DEST);
}

static void keep_xattrs(struct keeping *k)
{
	nsv_autofree char *many = NULL;
	char few[512];
	char *list = few;
	ssize_t len = nsv_xattr_list(k->old, true, few, sizeof(few));

	if (len == -ERANGE) {
		list = many = malloc(NSV_XATTR_LIST_MAX);
		len = many ? nsv_xattr_list(k->old, true, many, NSV_XATTR_LIST_MAX) : -ENOMEM;
	}
	for (const char *name = list; len > 0 && name < list + len; name += strlen(name) + 1) {
		if (is_kept(name))
			keep_one(k, name);
		k->acl = k->acl || !strcmp(name, NSV_ACL_ACCESS);
	}
}

static int keep_acl(struct keeping *k)
{
	static const struct nsv_xattrs none;
	ssize_t len = 0;

	if (k->acl && !has_room(k))
		return -ENOMEM;
	if (k->acl)
		len = nsv_xattr_get(k->old, true, NSV_ACL_ACCESS, k->value, NSV_XATTR_VALUE_MAX);
	if (len > 0)
		return nsv_xattr_set(k->fd, false, NSV_ACL_ACCESS, k->value, (size_t)len);
	/* An ACL inherited from the folder would let others in. */
	nsv_xattrs_drop_acls(k->fd, false, false, &none);
	return 0;
}

int nsv_keep(struct nsv_copy *c, int old, int fd, mode_t mode, bool with_mode, struct nsv_error *e)
{
	struct keeping k = { .c = c, .old = old, .fd = fd };
	int r = 0;

	keep_xattrs(&k);
	if (with_mode) {
		r = keep_acl(&k);
		/* With an ACL the group's bits are its mask, and say nothing of the group. */
		if (fchmod(fd, mode & (r < 0 ? 0700 : 01777)) < 0 && r == 0)
			r = -errno;
	}
	free(k.value);
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_META,
				     "mode and ACL of the file that was there can't be kept: %s",
				     strerrordesc_np(-r));
	return 0;
}
