/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sink.h - makes links, nodes and directories in a directory of the destination (newfile.h makes
 * regular files), by single names, following no link. Serves copies of trees and of archives.
 * Calls return 0 (1 if an existing entry stays) or -errno with @e.
 */
#ifndef NSV_COPY_SINK_H
#define NSV_COPY_SINK_H

#include "data.h"
#include "dest_look.h"
#include "meta.h"
#include "newfile.h"

/* Makes a symbolic link to @target, a FIFO, socket or device (by m->mode and @rdev), with metadata.
 */
int nsv_put_other(struct nsv_worker *w, struct nsv_dir *dir, const char *name,
		  const struct nsv_dest_entry *place, const struct nsv_meta *m, dev_t rdev,
		  const char *target, struct nsv_error *e);

/*
 * Makes a hard link to an earlier copy, @link below the destination's base. -ESTALE (the copy is
 * gone), -EXDEV, -EMLINK, -EBUSY, -EPERM: copy the file itself.
 */
int nsv_put_hardlink(struct nsv_worker *w, struct nsv_dir *dir, const char *name,
		     const struct nsv_dest_entry *place, const struct nsv_link *link,
		     struct nsv_error *e);

/*
 * Opens the directory @name, and makes it (0700) if there is none: *ret_created. -ENOTDIR if
 * another kind of file has the name.
 */
int nsv_put_dir(struct nsv_copy *c, int dirfd, const char *name, int *ret_fd, bool *ret_created,
		struct nsv_error *e);

/* Gives the new directory @fd in @in plain mode and owner: its own are not known (yet). */
void nsv_dir_make_plain(struct nsv_copy *c, const struct nsv_dir *in, int fd);

#endif
