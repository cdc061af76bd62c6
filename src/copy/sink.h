/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sink.h - makes links, nodes and directories in a directory of the destination (newfile.h makes
 * regular files): by single names, following no link. Serves the copy of trees and the
 * extraction of archives. All answer 0 (1 where said) or -errno with @e.
 */
#ifndef NSV_COPY_SINK_H
#define NSV_COPY_SINK_H

#include "data.h"
#include "dest_look.h"
#include "meta.h"
#include "newfile.h"

/* A symbolic link to @target, FIFO, socket or device (by m->mode and @rdev), with metadata. */
int nsv_put_other(struct nsv_worker *w, struct nsv_dir *dir, const char *name,
		  const struct nsv_dest_entry *place, const struct nsv_meta *m, dev_t rdev,
		  const char *target, struct nsv_error *e);

/*
 * Another name of a file copied before, at @link below the destination's base. -ESTALE: it is not
 * there any more, -EXDEV, -EMLINK, -EBUSY, -EPERM: copy the file itself.
 */
int nsv_put_hardlink(struct nsv_worker *w, struct nsv_dir *dir, const char *name,
		     const struct nsv_dest_entry *place, const struct nsv_link *link,
		     struct nsv_error *e);

/*
 * Makes the directory (0700) or takes the one that is there, and opens it. *ret_created tells
 * which. -ENOTDIR where something else has the name.
 */
int nsv_put_dir(struct nsv_copy *c, int dirfd, const char *name, int *ret_fd, bool *ret_created,
		struct nsv_error *e);

/* Mode and owner for the new directory @fd in @in, of which nothing is known but its name. */
void nsv_dir_make_plain(struct nsv_copy *c, const struct nsv_dir *in, int fd);

#endif
