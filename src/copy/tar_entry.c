/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tar_entry.c - metadata between struct nsv_meta and libarchive's entries. ACLs are written as
 * text by number (SCHILY.acl.*), as GNU tar and star read them: names mean nothing elsewhere.
 */
#include "tar_entry.h"

#include <linux/posix_acl.h>
#include <string.h>

#define MAX_ACL_ENTRIES 8192 /* more than a value of 64 KiB holds */

static const struct {
	uint16_t tag;
	int archive;
} tags[] = {
	{ ACL_USER_OBJ, ARCHIVE_ENTRY_ACL_USER_OBJ },	{ ACL_USER, ARCHIVE_ENTRY_ACL_USER },
	{ ACL_GROUP_OBJ, ARCHIVE_ENTRY_ACL_GROUP_OBJ }, { ACL_GROUP, ARCHIVE_ENTRY_ACL_GROUP },
	{ ACL_MASK, ARCHIVE_ENTRY_ACL_MASK },		{ ACL_OTHER, ARCHIVE_ENTRY_ACL_OTHER },
};

locale_t nsv_names_locale_new(void)
{
	return newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

locale_t nsv_names_locale_use(locale_t names)
{
	return names ? uselocale(names) : (locale_t)0;
}

void nsv_names_locale_back(locale_t old)
{
	if (old)
		(void)uselocale(old);
}

static void set_acl(struct archive_entry *entry, int type, const void *value, size_t len)
{
	int n = nsv_acl_count(value, len);

	for (int i = 0; i < n; i++) {
		struct nsv_acl_entry a;

		nsv_acl_get(value, i, &a);
		for (size_t t = 0; t < NSV_ARRAY_SIZE(tags); t++)
			if (tags[t].tag == a.tag)
				(void)archive_entry_acl_add_entry(entry, type, a.perm & 7,
								  tags[t].archive, (int)a.id, NULL);
	}
}

void nsv_entry_set_meta(struct archive_entry *entry, const struct nsv_meta *m)
{
	const char *name, *value;
	size_t at = 0, len;

	archive_entry_set_mode(entry, m->mode);
	archive_entry_set_uid(entry, m->uid);
	archive_entry_set_gid(entry, m->gid);
	archive_entry_set_atime(entry, m->times[0].tv_sec, m->times[0].tv_nsec);
	archive_entry_set_mtime(entry, m->times[1].tv_sec, m->times[1].tv_nsec);
	while (nsv_xattrs_next(&m->xattrs, &at, &name, &value, &len)) {
		if (!strcmp(name, NSV_ACL_ACCESS))
			set_acl(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, value, len);
		else if (!strcmp(name, NSV_ACL_DEFAULT))
			set_acl(entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, value, len);
		else
			archive_entry_xattr_add_entry(entry, name, value, len);
	}
}

/* Adds a mask to an ACL with named entries and none: the kernel requires one. */
static size_t complete_mask(struct nsv_acl_entry *list, size_t n)
{
	struct nsv_acl_entry mask = { .tag = ACL_MASK, .id = (uint32_t)-1 };
	bool named = false;

	for (size_t i = 0; i < n; i++) {
		if (list[i].tag == ACL_MASK)
			return n;
		if (list[i].tag == ACL_USER || list[i].tag == ACL_GROUP)
			named = true;
		if (list[i].tag != ACL_USER_OBJ && list[i].tag != ACL_OTHER)
			mask.perm |= list[i].perm;
	}
	if (!named)
		return n;
	list[n] = mask;
	return n + 1;
}

static int get_acl(struct nsv_copy *c, struct archive_entry *entry, int type, const char *name,
		   struct nsv_xattrs *x)
{
	int count = archive_entry_acl_reset(entry, type);
	nsv_autofree struct nsv_acl_entry *list = NULL;
	nsv_autofree void *value = NULL;
	int got_type, perm, tag, id;
	const char *who;
	size_t n = 0, len;

	if (count <= 0)
		return 0;
	if (count > MAX_ACL_ENTRIES)
		return -E2BIG;
	list = calloc((size_t)count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	while (n < (size_t)count && archive_entry_acl_next(entry, type, &got_type, &perm, &tag, &id,
							   &who) == ARCHIVE_OK) {
		bool named = tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP;

		if (named && id < 0) {
			nsv_count(c, NSV_N_IDS, 1);
			continue;
		}
		for (size_t t = 0; t < NSV_ARRAY_SIZE(tags); t++)
			if (tags[t].archive == tag)
				list[n++] = (struct nsv_acl_entry){
					.tag = tags[t].tag,
					.perm = (uint16_t)(perm & 7),
					.id = named ? (uint32_t)id : (uint32_t)-1,
				};
	}
	if (n == 0)
		return 0;
	n = complete_mask(list, n);
	value = nsv_acl_make(list, n, &len);
	return value ? nsv_xattrs_add(x, name, value, len) : -ENOMEM;
}

static int get_xattrs(struct nsv_copy *c, struct archive_entry *entry, struct nsv_xattrs *x)
{
	const char *name;
	const void *value;
	size_t len;
	int r = 0;

	(void)archive_entry_xattr_reset(entry);
	while (r == 0 && archive_entry_xattr_next(entry, &name, &value, &len) == ARCHIVE_OK)
		if (name && nsv_xattr_take(c, name))
			r = nsv_xattrs_add(x, name, value, len);
	/* GNU tar writes ACLs twice: as they are, and as text with names that mean nothing here. */
	if (r == 0 && nsv_has(c, NSV_COPY_MODE) && !nsv_xattrs_have(x, NSV_ACL_ACCESS))
		r = get_acl(c, entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, NSV_ACL_ACCESS, x);
	if (r == 0 && nsv_has(c, NSV_COPY_MODE) && !nsv_xattrs_have(x, NSV_ACL_DEFAULT))
		r = get_acl(c, entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, NSV_ACL_DEFAULT, x);
	return r;
}

int nsv_entry_get_meta(struct nsv_copy *c, struct archive_entry *entry, struct nsv_meta *ret)
{
	*ret = (struct nsv_meta){
		.mode = archive_entry_mode(entry),
		.uid = (uint32_t)archive_entry_uid(entry),
		.gid = (uint32_t)archive_entry_gid(entry),
		.times = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_OMIT } },
	};
	if (archive_entry_mtime_is_set(entry))
		ret->times[1] = (struct timespec){ archive_entry_mtime(entry),
						   archive_entry_mtime_nsec(entry) };
	ret->times[0] =
	    archive_entry_atime_is_set(entry)
		? (struct timespec){ archive_entry_atime(entry), archive_entry_atime_nsec(entry) }
		: ret->times[1];
	nsv_meta_give_owner(c, ret);
	return get_xattrs(c, entry, &ret->xattrs);
}
