/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * acl.c - reads and translates the IDs in system.posix_acl_* and security.capability, in the
 * little-endian forms of linux/posix_acl_xattr.h and linux/capability.h.
 *
 * A container chose the bytes, so each function checks the length first.
 */
#include <endian.h>
#include <linux/capability.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>

#include "xattr.h"

#define HEAD  sizeof(struct posix_acl_xattr_header)
#define ENTRY sizeof(struct posix_acl_xattr_entry)

int nsv_acl_count(const void *buf, size_t len)
{
	struct posix_acl_xattr_header head;

	if (len < HEAD || (len - HEAD) % ENTRY)
		return -EINVAL;
	memcpy(&head, buf, HEAD);
	if (le32toh(head.a_version) != POSIX_ACL_XATTR_VERSION)
		return -EINVAL;
	return (int)((len - HEAD) / ENTRY);
}

void nsv_acl_get(const void *buf, int i, struct nsv_acl_entry *ret)
{
	struct posix_acl_xattr_entry raw;

	memcpy(&raw, (const char *)buf + HEAD + (size_t)i * ENTRY, ENTRY);
	ret->tag = le16toh(raw.e_tag);
	ret->perm = le16toh(raw.e_perm);
	ret->id = le32toh(raw.e_id);
}

static void put_entry(void *buf, size_t i, const struct nsv_acl_entry *entry)
{
	struct posix_acl_xattr_entry raw = {
		.e_tag = htole16(entry->tag),
		.e_perm = htole16(entry->perm),
		.e_id = htole32(entry->id),
	};

	memcpy((char *)buf + HEAD + i * ENTRY, &raw, ENTRY);
}

ssize_t nsv_acl_translate(void *buf, size_t len, nsv_map_id map, const void *ctx)
{
	int n = nsv_acl_count(buf, len);
	size_t kept = 0;

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		struct nsv_acl_entry entry;

		nsv_acl_get(buf, i, &entry);
		if (entry.tag == ACL_USER || entry.tag == ACL_GROUP) {
			entry.id =
			    map(ctx, entry.tag == ACL_USER ? NSV_ID_USER : NSV_ID_GROUP, entry.id);
			/* The destination has no such user or group to grant anything to. */
			if (entry.id == NSV_ID_UNMAPPED)
				continue;
		}
		put_entry(buf, kept++, &entry);
	}
	return (ssize_t)(HEAD + kept * ENTRY);
}

/*
 * As the kernel's posix_acl_create_masq(): a mask takes the place of the group. chmod(2) with the
 * result changes the same entries.
 */
int nsv_acl_mode(const void *buf, size_t len)
{
	int n = nsv_acl_count(buf, len);
	int user = -1, group = -1, mask = -1, other = -1;

	for (int i = 0; i < n; i++) {
		struct nsv_acl_entry entry;

		nsv_acl_get(buf, i, &entry);
		if (entry.tag == ACL_USER_OBJ)
			user = entry.perm & 7;
		else if (entry.tag == ACL_GROUP_OBJ)
			group = entry.perm & 7;
		else if (entry.tag == ACL_MASK)
			mask = entry.perm & 7;
		else if (entry.tag == ACL_OTHER)
			other = entry.perm & 7;
	}
	if (user < 0 || group < 0 || other < 0)
		return -EINVAL;
	return user << 6 | (mask < 0 ? group : mask) << 3 | other;
}

static int compare_entries(const void *pa, const void *pb)
{
	const struct nsv_acl_entry *a = pa, *b = pb;

	if (a->tag != b->tag)
		return a->tag < b->tag ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

void *nsv_acl_make(struct nsv_acl_entry *entries, size_t n, size_t *ret_len)
{
	struct posix_acl_xattr_header head = { .a_version = htole32(POSIX_ACL_XATTR_VERSION) };
	char *buf = malloc(HEAD + n * ENTRY);

	if (!buf)
		return NULL;
	qsort(entries, n, sizeof(*entries), compare_entries);
	memcpy(buf, &head, HEAD);
	for (size_t i = 0; i < n; i++)
		put_entry(buf, i, &entries[i]);
	*ret_len = HEAD + n * ENTRY;
	return buf;
}

/*
 * Revision 3 names the root user of the namespace where the capabilities count, revision 2 means
 * this process's namespace. The kernel takes no revision 1 from user space any more.
 */
ssize_t nsv_caps_translate(void *buf, size_t len, nsv_map_id map, const void *ctx)
{
	struct vfs_ns_cap_data caps;
	uint32_t magic, root;

	memset(&caps, 0, sizeof(caps));
	if (len != XATTR_CAPS_SZ_2 && len != XATTR_CAPS_SZ_3)
		return -EINVAL;
	memcpy(&caps, buf, len);
	magic = le32toh(caps.magic_etc);
	if ((magic & VFS_CAP_REVISION_MASK) !=
	    (len == XATTR_CAPS_SZ_3 ? VFS_CAP_REVISION_3 : VFS_CAP_REVISION_2))
		return -EINVAL;
	root = map(ctx, NSV_ID_USER, le32toh(caps.rootid));
	if (root == NSV_ID_UNMAPPED)
		return 0;
	magic &= ~(uint32_t)VFS_CAP_REVISION_MASK;
	magic |= root ? VFS_CAP_REVISION_3 : VFS_CAP_REVISION_2;
	caps.magic_etc = htole32(magic);
	caps.rootid = htole32(root);
	len = root ? XATTR_CAPS_SZ_3 : XATTR_CAPS_SZ_2;
	memcpy(buf, &caps, len);
	return (ssize_t)len;
}
