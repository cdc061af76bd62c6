/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sink.h - makes things in a directory of the destination: by single names, following no
 * link, nothing under its real name before it is whole. Serves the copy of trees and the
 * extraction of archives. All answer 0 (1 where said) or -errno with @e.
 */
#ifndef NSV_COPY_SINK_H
#define NSV_COPY_SINK_H

#include "data.h"
#include "meta.h"

/* What lies at the name that something is to get. */
struct nsv_place {
	bool exists;
	struct stat st;
};

/*
 * Looks, and says whether @src may take the name: 0 yes; 1 what is there stays
 * (NO_CLOBBER, counted); -EISDIR, -EACCES, -EEXIST, -EINVAL (the same file) no.
 */
int nsv_place_look(const struct nsv_dir *dir, const char *name, const struct stat *src,
		   struct nsv_place *ret, struct nsv_error *e);

/* A file under its temporary name. */
struct nsv_tmp {
	int dirfd; /* borrowed */
	int fd;
	char name[24];
};

#define NSV_TMP_INIT                         \
	{                                    \
		NSV_FD_NONE, NSV_FD_NONE, "" \
	}

int nsv_tmp_open(struct nsv_worker *w, int dirfd, struct nsv_tmp *ret, struct nsv_error *e);
/* Renames it to @name. 1: something is there that stays (NO_CLOBBER). It is gone in any case. */
int nsv_tmp_commit(struct nsv_copy *c, struct nsv_tmp *tmp, const char *name, struct nsv_error *e);
/* Removes it unless it was renamed. */
void nsv_tmp_drop(struct nsv_tmp *tmp);

/* A symbolic link to @target, FIFO, socket or device (by m->mode and @rdev), with metadata. */
int nsv_put_other(struct nsv_worker *w, const struct nsv_dir *dir, const char *name,
		  const struct nsv_place *place, const struct nsv_meta *m, dev_t rdev,
		  const char *target, struct nsv_error *e);

/*
 * Another name of a file copied before, at @link below the destination's base. -ESTALE: it is not
 * there any more, -EXDEV, -EMLINK: copy the file itself.
 */
int nsv_put_hardlink(struct nsv_worker *w, const struct nsv_dir *dir, const char *name,
		     const struct nsv_place *place, const struct nsv_link *link,
		     struct nsv_error *e);

/*
 * Makes the directory (0700) or takes the one that is there, and opens it. *ret_created tells
 * which. -ENOTDIR where something else has the name.
 */
int nsv_put_dir(struct nsv_copy *c, int dirfd, const char *name, int *ret_fd, bool *ret_created,
		struct nsv_error *e);

#endif
