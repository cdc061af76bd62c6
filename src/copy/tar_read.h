/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tar_read.h - the state of an extraction, shared by tar_read.c and tar_dirs.c. One thread. */
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
	struct nsv_dir *dir;   /* of the current entry; its name is its whole path below DEST */
	struct nsv_spool dirs; /* metadata of directories, set at the end */
};

/* ---- tar_dirs.c: directories beneath DEST, and their metadata, which waits for the end ---- */

/* Report a failure of @path, which may have no directory yet. Both return -errno. */
int nsv_extract_fail(struct nsv_extract *x, const char *path, const struct nsv_error *e);
int nsv_extract_fail_text(struct nsv_extract *x, const char *path, int err, const char *text);

/* Makes x->dir the directory of @path. *ret_name points to the last name in @path. */
int nsv_extract_enter(struct nsv_extract *x, const char *path, const char **ret_name,
		      struct nsv_error *e);
void nsv_extract_leave(struct nsv_extract *x);

/* Keeps metadata of the directory @path ("" is DEST) until nsv_extract_finish_dirs() sets it. */
int nsv_extract_put_off(struct nsv_extract *x, const char *path, const struct nsv_meta *m,
			bool existed);
void nsv_extract_finish_dirs(struct nsv_extract *x);

#endif
