/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tar_writer.h - the state of an archive under way, shared by tar_write.c and tar_body.c. One
 * thread. */
#ifndef NSV_COPY_TAR_WRITER_H
#define NSV_COPY_TAR_WRITER_H

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include "item.h"

/* Bytes of a hole for one call of libarchive, which skips them unread and takes less than 2 GiB. */
#define NSV_TAR_HOLE_WINDOW ((size_t)1 << 30)

struct nsv_tar_writer {
	struct nsv_copy *c;
	int fd; /* borrowed */
	struct archive *a;
	struct archive_entry *entry;
	char *name;  /* of the next source */
	char *base;  /* of the current source, borrowed */
	char *zeros; /* NSV_BUFFER bytes */
	char *hole;  /* NSV_TAR_HOLE_WINDOW bytes, mapped without access */
	locale_t locale;
};

/* Ends the run after a failed write to the stream; nsv_copy_add() reports it. Returns -errno. */
int nsv_tar_broken(struct nsv_tar_writer *t);

/* Writes the header of t->entry, with name and metadata. 0; -errno: fatal; 1: the failure was
 * reported and the entry is left out. */
int nsv_tar_put_header(struct nsv_tar_writer *t, struct nsv_dir *dir, const char *name,
		       const char *path, const struct nsv_meta *m);

/*
 * Writes header and bytes of the regular file @fd, whose size and blocks are those of @st. Reports
 * failures. True: the file was shorter than its size.
 */
bool nsv_tar_put_body(struct nsv_tar_writer *t, struct nsv_worker *w, const struct nsv_item *it,
		      int fd, const struct stat *st, const char *path, const struct nsv_meta *m);

#endif
