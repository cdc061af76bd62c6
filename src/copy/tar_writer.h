/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tar_writer.h - an archive that is being written, for tar_write.c and tar_body.c. One thread. */
#ifndef NSV_COPY_TAR_WRITER_H
#define NSV_COPY_TAR_WRITER_H

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include "item.h"

/* Handed to libarchive for holes, which skips them unread; it takes less than 2 GiB. */
#define NSV_TAR_HOLE_WINDOW ((size_t)1 << 30)

struct nsv_tar_writer {
	struct nsv_copy *c;
	int fd; /* borrowed */
	struct archive *a;
	struct archive_entry *entry;
	char *name;  /* of the next source */
	char *base;  /* of this one, borrowed */
	char *zeros; /* NSV_BUFFER of them */
	char *hole;  /* mapped, not to be touched */
	locale_t locale;
};

/* The stream can't be written: that ends the run, and nsv_copy_add() tells. Returns -errno. */
int nsv_tar_broken(struct nsv_tar_writer *t);

/* Name, owner and the rest of t->entry. 0; -errno: fatal; 1: reported, and the entry is left out.
 */
int nsv_tar_put_header(struct nsv_tar_writer *t, struct nsv_dir *dir, const char *name,
		       const char *path, const struct nsv_meta *m);

/*
 * Header and bytes of the regular file @fd, whose size and blocks are those of @st. Failures are
 * reported. True: the file turned out shorter than it was.
 */
bool nsv_tar_put_body(struct nsv_tar_writer *t, struct nsv_worker *w, const struct nsv_item *it,
		      int fd, const struct stat *st, const char *path, const struct nsv_meta *m);

#endif
