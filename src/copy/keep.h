/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keep.h - what a new file takes over from the one whose name it gets. */
#ifndef NSV_COPY_KEEP_H
#define NSV_COPY_KEEP_H

#include "xattr.h"

/*
 * Gives @fd, a regular file that is not yet renamed, the mode @mode, the ACL and the extended
 * attributes of @old (O_PATH, on the same file system, same numbers of owners), as if @old had
 * been written into. Without set-id bits and capabilities, and without what describes
 * content (IMA, EVM) or belongs to the file system (trusted.overlay.*). Mode and ACL are
 * left alone where the run sets those of the source.
 * What can't be kept is counted. -errno with @e: the mode or ACL can't be set; without the ACL
 * @fd is closed to all but its owner.
 */
int nsv_keep(struct nsv_copy *c, int old, int fd, mode_t mode, struct nsv_error *e);

#endif
