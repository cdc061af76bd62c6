/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* meta.h - owner, mode, times and extended attributes of what was made. */
#ifndef NSV_COPY_META_H
#define NSV_COPY_META_H

#include "internal.h"
#include "xattr.h"

struct nsv_meta {
	mode_t mode;	   /* with the type */
	uint32_t uid, gid; /* neutral numbers */
	struct timespec times[2];
	struct nsv_xattrs xattrs;
};

/*
 * From attributes on the source's side. Reads no xattrs. An owner without a neutral number becomes
 * NSV_ID_NOBODY, and the setuid and setgid bits go.
 */
void nsv_meta_from_stat(struct nsv_copy *c, const struct nsv_target *from, const struct stat *st,
			struct nsv_meta *ret);
void nsv_meta_clear(struct nsv_meta *m);

/* What is known of the thing that gets the metadata. */
struct nsv_made {
	int fd;
	bool opath;		   /* an O_PATH fd, of a link or node */
	bool acl_inherited;	   /* it may have ACLs that the source does not have */
	bool existed;		   /* it was there, or stands for what was: keeps what is not to be
				    * preserved */
	bool by_name;		   /* opened by its name: another may have been put there */
	const struct nsv_dir *dir; /* it was made in; of a directory itself that is as good */
};

/*
 * Sets it in the order that keeps each step: owner, attributes, mode, ACLs, times. All
 * are tried; the first failure is the answer. -EPERM, and nothing is changed: it was there, or was
 * opened by its name, and belongs to a user that the destination container does not have.
 */
int nsv_meta_set(struct nsv_copy *c, const struct nsv_made *made, const struct nsv_meta *m,
		 struct nsv_error *e);

#endif
