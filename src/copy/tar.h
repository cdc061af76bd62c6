/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tar.h - writes a source into an archive, extracts an archive beneath DEST. One thread each. */
#ifndef NSV_COPY_TAR_H
#define NSV_COPY_TAR_H

#include "internal.h"

struct nsv_tar_writer;

int nsv_tar_writer_new(struct nsv_copy *c, int fd, struct nsv_tar_writer **ret,
		       struct nsv_error *e);
/* Sets the name of the next source; NULL: its own. 0 or -errno. */
int nsv_tar_writer_name(struct nsv_tar_writer *t, const char *name);
/* Adds a source and reports failures. 0 or the first -errno. */
int nsv_tar_add(struct nsv_tar_writer *t, struct nsv_source *s, const char *path, int pathfd_take);
/* Writes the end of the archive. */
int nsv_tar_writer_end(struct nsv_tar_writer *t, struct nsv_error *e);
struct nsv_tar_writer *nsv_tar_writer_free(struct nsv_tar_writer *t);

/* Extracts an archive and reports failures. @named as in nsv_copy_add_tar(). 0 or the first -errno.
 */
int nsv_tar_extract(struct nsv_source *s, int fd, bool named, struct nsv_error *e);

#endif
