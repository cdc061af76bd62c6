/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* meta.h - sets owner, mode, times and extended attributes of a new file or directory. No locks. */
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
 * Translates a source's attributes; reads no xattrs. An owner without a neutral number becomes
 * NSV_ID_NOBODY and costs the setuid and setgid bits.
 */
void nsv_meta_from_stat(struct nsv_copy *c, const struct nsv_target *from, const struct stat *st,
			struct nsv_meta *ret);
/* Gives @m the owner that the run's options name. */
void nsv_meta_give_owner(struct nsv_copy *c, struct nsv_meta *m);
void nsv_meta_clear(struct nsv_meta *m);

/* The file or directory that gets the metadata. */
struct nsv_made {
	int fd;
	bool opath;		   /* an O_PATH fd, of a link or node */
	bool acl_inherited;	   /* may have ACLs that the source does not have */
	bool existed;		   /* existed, or replaces a file: keeps the rest of its metadata */
	bool by_name;		   /* opened by its name: another file may have taken the name */
	const struct nsv_dir *dir; /* where it was made, or the directory itself */
};

/*
 * Sets owner, attributes, mode, ACLs and times, in an order in which no step undoes another. Tries
 * every step and returns the first failure, -errno with @e. -EPERM, and nothing is changed: the
 * file existed or was opened by its name, and its owner is a user that the destination container
 * lacks.
 */
int nsv_meta_set(struct nsv_copy *c, const struct nsv_made *made, const struct nsv_meta *m,
		 struct nsv_error *e);

#endif
