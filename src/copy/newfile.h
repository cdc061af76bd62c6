/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * newfile.h - makes a regular file at the destination.
 *
 * Usually a file is written under a temporary name and renamed when it is complete. A replaced file
 * passes its owner, mode, ACL and extended attributes on, as if it had been written into. If a
 * rename is not possible or would do harm, the file is written under its own name: at a mount
 * point, in an append-only or sticky folder, in a folder without write permission, for an owner to
 * whom the caller can't give files. A note (once a run) tells of that, except for mount points.
 *
 * Calls return 0 (or 1 as documented) or -errno with @e.
 */
#ifndef NSV_COPY_NEWFILE_H
#define NSV_COPY_NEWFILE_H

#include "data.h"
#include "dest_look.h"
#include "meta.h"

/* Room for a temporary name, zero included. */
#define NSV_TMP_NAME 24

enum nsv_newfile_way {
	NSV_NEWFILE_NONE,     /* not begun, or committed */
	NSV_NEWFILE_RENAMED,  /* a new file under a temporary name */
	NSV_NEWFILE_DIRECT,   /* a new file under its own name */
	NSV_NEWFILE_IN_PLACE, /* the existing file, emptied */
};

struct nsv_newfile {
	struct nsv_dir *dir; /* borrowed */
	const char *name;    /* the file's own name, borrowed */
	int fd;		     /* the empty file, for writing */
	int old;	     /* O_PATH of the file that it replaces; NSV_FD_NONE: none */
	mode_t old_mode;
	enum nsv_newfile_way way;
	char tmp[NSV_TMP_NAME];
};

#define NSV_NEWFILE_INIT                               \
	{                                              \
		.fd = NSV_FD_NONE, .old = NSV_FD_NONE, \
	}

/* Opens the file to write. 1: an existing entry stays (NO_CLOBBER). */
int nsv_newfile_begin(struct nsv_worker *w, struct nsv_dir *dir, const char *name,
		      const struct nsv_dest_entry *place, struct nsv_newfile *ret,
		      struct nsv_error *e);
/* Sets owner, mode and attributes of the replaced file, then those of @m that the run preserves. */
int nsv_newfile_meta(struct nsv_copy *c, struct nsv_newfile *f, const struct nsv_meta *m,
		     struct nsv_error *e);
/* Renames the file to its own name. 1: an existing entry stays (NO_CLOBBER). */
int nsv_newfile_commit(struct nsv_copy *c, struct nsv_newfile *f, struct nsv_error *e);
/* Closes the file. Without a commit, removes a temporary file and notes an incomplete one. */
void nsv_newfile_end(struct nsv_newfile *f);

/* ---- temporary names, also for links and nodes ---- */

#define NSV_TMP_TRIES 100

void nsv_tmp_name(struct nsv_worker *w, char name[static NSV_TMP_NAME]);
/* Renames @tmp to @name in @dir. 1: an existing entry stays (NO_CLOBBER), and @tmp is removed. */
int nsv_tmp_rename(struct nsv_copy *c, struct nsv_dir *dir, const char *tmp, const char *name,
		   struct nsv_error *e);
/* Removes @tmp, or notes its name if that fails. */
void nsv_tmp_remove(struct nsv_dir *dir, const char *tmp);

#endif
