/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tar_read.h - an extraction under way, for its two files. */
#ifndef NSV_COPY_TAR_READ_H
#define NSV_COPY_TAR_READ_H

#include "data.h"
#include "meta.h"
#include "spool.h"

struct archive;

struct nsv_extract {
	struct nsv_source *s;
	struct nsv_copy *c;
	struct nsv_worker *w;
	struct archive *a;
	int fd;
	char *buf;
	bool named, told_slash;
	uint64_t read_only;    /* the mount on which the way to the entry ended; 0: it did not */
	struct nsv_dir *dir;   /* of the entry at hand; its name is its whole path */
	struct nsv_spool dirs; /* metadata that waits */
};

/* ---- tar_dirs.c: directories beneath DEST, and their metadata, which waits for the end ---- */

/* Reports @path, which may have no directory yet. Both answer -err. */
int nsv_extract_fail(struct nsv_extract *x, const char *path, const struct nsv_error *e);
int nsv_extract_fail_text(struct nsv_extract *x, const char *path, int err, const char *text);

/* Makes x->dir the directory that @path lies in; its last name. */
int nsv_extract_enter(struct nsv_extract *x, const char *path, const char **ret_name,
		      struct nsv_error *e);
void nsv_extract_leave(struct nsv_extract *x);

/* Metadata of the directory @path ("" is DEST), to be set at the end. */
int nsv_extract_put_off(struct nsv_extract *x, const char *path, const struct nsv_meta *m,
			bool existed);
void nsv_extract_finish_dirs(struct nsv_extract *x);

#endif
