/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * newfile.h - gives a regular file its name at the destination.
 *
 * Usually it is written under a temporary name and renamed when it is complete. What has
 * the name already gives its owner, mode, ACL and extended attributes to the new file, as
 * if it had been written into. Where a rename is not possible, or would do harm, the
 * file is written under its own name: a mount point, an append-only or sticky folder, a
 * folder that the caller may not write to, an owner whom the caller can't give files to.
 * That is noted (once a run), except for mount points.
 *
 * All answer 0 (1 where said) or -errno with @e.
 */
#ifndef NSV_COPY_NEWFILE_H
#define NSV_COPY_NEWFILE_H

#include "data.h"
#include "dest_look.h"
#include "meta.h"

/* Room for a temporary name, zero included. */
#define NSV_TMP_NAME 24

enum nsv_newfile_way {
	NSV_NEWFILE_NONE,     /* nothing was begun, or it is done */
	NSV_NEWFILE_RENAMED,  /* under a temporary name for now */
	NSV_NEWFILE_DIRECT,   /* new, under its own name */
	NSV_NEWFILE_IN_PLACE, /* the file that was there, emptied */
};

struct nsv_newfile {
	struct nsv_dir *dir; /* borrowed */
	const char *name;    /* borrowed: its own */
	int fd;		     /* empty, for writing */
	int old;	     /* O_PATH, what it takes attributes over from; NSV_FD_NONE: nothing */
	mode_t old_mode;
	enum nsv_newfile_way way;
	char tmp[NSV_TMP_NAME];
};

#define NSV_NEWFILE_INIT                               \
	{                                              \
		.fd = NSV_FD_NONE, .old = NSV_FD_NONE, \
	}

/* 1: something is there that stays (NO_CLOBBER). */
int nsv_newfile_begin(struct nsv_worker *w, struct nsv_dir *dir, const char *name,
		      const struct nsv_dest_entry *place, struct nsv_newfile *ret,
		      struct nsv_error *e);
/* Owner, mode and the rest: of the file that was there, then what of @m is to be kept. */
int nsv_newfile_meta(struct nsv_copy *c, struct nsv_newfile *f, const struct nsv_meta *m,
		     struct nsv_error *e);
/* Gives it its name. 1: something is there that stays (NO_CLOBBER). */
int nsv_newfile_commit(struct nsv_copy *c, struct nsv_newfile *f, struct nsv_error *e);
/* Closes it. Without a commit a temporary file is removed, and an incomplete one is noted. */
void nsv_newfile_end(struct nsv_newfile *f);

/* ---- temporary names, also for what is no regular file ---- */

#define NSV_TMP_TRIES 100

void nsv_tmp_name(struct nsv_worker *w, char name[static NSV_TMP_NAME]);
/* Renames @tmp to @name in @dir. 1: something is there that stays (NO_CLOBBER), @tmp is removed. */
int nsv_tmp_rename(struct nsv_copy *c, struct nsv_dir *dir, const char *tmp, const char *name,
		   struct nsv_error *e);
/* Removes it; a temporary file that stays is noted by its name. */
void nsv_tmp_remove(struct nsv_dir *dir, const char *tmp);

#endif
