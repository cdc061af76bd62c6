/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dest_look.h - what lies at the destination before anything is made there: properties of a
 * directory that rule what is made in it, and the thing that has a name already.
 */
#ifndef NSV_COPY_DEST_LOOK_H
#define NSV_COPY_DEST_LOOK_H

#include "internal.h"

/* What lies at the name that something is to get. */
struct nsv_dest_entry {
	bool exists;
	bool mount; /* a mount point: never replaced, a regular file on one is written in place */
	bool fresh; /* -f over what can't be written: the new file takes nothing over from it */
	struct stat st;
};

/*
 * Fills in what is to be known of dir->dst: device and inode, ACLs and umask for what is
 * made in it (dir->allow), whether names in it can be changed. Once, after dst was opened;
 * dst may be an O_PATH fd. -EPERM: the destination container could make nothing in it.
 */
int nsv_dest_learn(struct nsv_dir *dir, struct nsv_error *e);

/*
 * Looks, and says whether @src may take the name. 0: yes; 1: what is there stays
 * (NO_CLOBBER, counted); -EISDIR, -EACCES, -EEXIST, -EBUSY, -EINVAL (the same file): no.
 */
int nsv_dest_look(const struct nsv_dir *dir, const char *name, const struct stat *src,
		  struct nsv_dest_entry *ret, struct nsv_error *e);

/*
 * Why the name of a thing with the attributes @st can't be given to another in @dir:
 * a text for a note, or NULL: it can.
 */
const char *nsv_dest_fixed_name(const struct nsv_dir *dir, const struct stat *st);

/* The permission bits that a new thing with the mode @mode gets in @dir, set-id bits never. */
static inline mode_t nsv_dest_new_mode(const struct nsv_dir *dir, mode_t mode)
{
	return mode & 0777 & dir->allow;
}

#endif
