/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dest_look.h - the destination before a copy changes it: the properties of a directory that rule
 * new files in it, and the entry that already has a name.
 */
#ifndef NSV_COPY_DEST_LOOK_H
#define NSV_COPY_DEST_LOOK_H

#include "internal.h"

/* The entry that has the name of a file to be made. */
struct nsv_dest_entry {
	bool exists;
	bool mount;   /* a mount point: never replaced, a regular file on one is written in place */
	bool fresh;   /* the new file keeps none of its attributes: a backup has them, or
			 NSV_COPY_FORCE replaces an unwritable file */
	bool current; /* NSV_COPY_UPDATE: it stays, and is a copy of the source */
	struct stat st;
};

/*
 * Fills in the properties of dir->dst: device and inode, the mode that its ACL or the umask allows
 * for new files (dir->allow), whether its names can be changed. Call once, after dst was opened;
 * dst may be an O_PATH fd. -EPERM: the destination container could make nothing in it.
 */
int nsv_dest_learn(struct nsv_dir *dir, struct nsv_error *e);

/*
 * Looks @name up and says whether @src may take the name; asks, where the run does. 0: yes. 1: the
 * entry stays (NO_CLOBBER, UPDATE, an answer), and is counted. -EISDIR, -EACCES, -EEXIST, -EBUSY,
 * -EPERM, -EINVAL (@src itself): no.
 */
int nsv_dest_look(const struct nsv_dir *dir, const char *name, const struct stat *src,
		  struct nsv_dest_entry *ret, struct nsv_error *e);

/*
 * Why no other file can get the name of the entry @st of @dir: a text for a note, or NULL if one
 * can.
 */
const char *nsv_dest_fixed_name(const struct nsv_dir *dir, const struct stat *st);

/* The permission bits that a new file with @mode gets in @dir; never set-id bits. */
static inline mode_t nsv_dest_new_mode(const struct nsv_dir *dir, mode_t mode)
{
	return mode & 0777 & dir->allow;
}

#endif
