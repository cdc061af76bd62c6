/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xattr_left.c - decides which extended attributes are copied, and counts those that are not.
 *
 * The source chooses the names and may have any number: NSV_LEFT_NAMES are counted each, further
 * ones together. report_lock protects the table.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "reach/sized.h"
#include "xattr.h"

#define OVERLAY "trusted.overlay."

/*
 * Attributes of one file system or of one host's policy, which do harm elsewhere: overlayfs takes
 * trusted.overlay.* for its own state, IMA and EVM would trust a container's hashes, labels give
 * access.
 */
static bool is_only_named(const char *name)
{
	static const char *const names[] = { "security.ima", "security.evm", "security.selinux",
					     "security.apparmor" };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return !strncmp(name, OVERLAY, sizeof(OVERLAY) - 1) ||
	       !strncmp(name, "security.SMACK64", sizeof("security.SMACK64") - 1);
}

static bool is_named(const struct nsv_copy *c, const char *name)
{
	for (size_t i = 0; i < c->o.n_xattrs; i++)
		if (fnmatch(c->o.xattrs[i], name, 0) == 0)
			return true;
	return false;
}

bool nsv_xattrs_any(const struct nsv_copy *c)
{
	return nsv_has(c, NSV_COPY_XATTRS | NSV_COPY_MODE) || c->o.n_xattrs;
}

bool nsv_xattr_take(struct nsv_copy *c, const char *name)
{
	if (c->all_xattrs)
		return true;
	bool only_named;

	if (!strcmp(name, NSV_ACL_ACCESS) || !strcmp(name, NSV_ACL_DEFAULT))
		return nsv_has(c, NSV_COPY_MODE);
	if (is_named(c, name))
		return true;
	if (!nsv_has(c, NSV_COPY_XATTRS))
		return false;
	if (!strcmp(name, NSV_CAPS) || !strncmp(name, "user.", 5))
		return true;
	only_named = is_only_named(name);
	if (!only_named && nsv_has(c, NSV_COPY_SPECIAL))
		return true;
	nsv_xattr_left(c, name, only_named ? NSV_XATTR_LEFT_UNNAMED : NSV_XATTR_LEFT_SPECIAL);
	return false;
}

void nsv_xattr_left(struct nsv_copy *c, const char *name, enum nsv_xattr_left_why why)
{
	struct nsv_left *left = NULL;

	if (!strncmp(name, OVERLAY, sizeof(OVERLAY) - 1))
		name = OVERLAY "*";
	nsv_count(c, why == NSV_XATTR_LEFT_DEST ? NSV_N_XATTRS : NSV_N_XATTRS_LEFT, 1);
	(void)pthread_mutex_lock(&c->report_lock);
	for (size_t i = 0; !left && i < c->n_left; i++)
		if (c->left[i].why == why && !strcmp(c->left[i].name, name))
			left = &c->left[i];
	if (!left && c->n_left < NSV_LEFT_NAMES) {
		left = &c->left[c->n_left++];
		left->why = why;
		(void)snprintf(left->name, sizeof(left->name), "%s", name);
	}
	if (left)
		left->count++;
	else
		c->left_more[why]++;
	(void)pthread_mutex_unlock(&c->report_lock);
}

bool nsv_copy_xattr_left_get(const struct nsv_copy *c, size_t i, struct nsv_copy_xattr_left *ret)
{
	struct nsv_copy_xattr_left left = { 0 };

	if (i >= c->n_left + NSV_XATTR_LEFT_DEST + 1)
		return false;
	if (i >= c->n_left) {
		left.why = (enum nsv_xattr_left_why)(i - c->n_left);
		left.count = c->left_more[left.why];
	} else {
		left.name = c->left[i].name;
		left.why = c->left[i].why;
		left.count = c->left[i].count;
	}
	return nsv_sized_give(ret, &left, sizeof(left)) == 0;
}
