/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keep.h - gives a new file the attributes of the file that it replaces. No locks. */
#ifndef NSV_COPY_KEEP_H
#define NSV_COPY_KEEP_H

#include "xattr.h"

/*
 * Gives @fd, a regular file that is not yet renamed, the mode @mode, the ACL and the extended
 * attributes of @old (O_PATH, on the same file system, same numbers of owners), as if the run had
 * written into @old. Leaves out set-id bits, capabilities, hashes of the content (IMA, EVM) and the
 * file system's own attributes (trusted.overlay.*). Without @with_mode
 * (the run sets the source's) mode and ACL of @old are not kept. Counts attributes that can't be
 * kept. -errno with @e: the mode or ACL can't be set; without the ACL @fd is closed to all but its
 * owner.
 */
int nsv_keep(struct nsv_copy *c, int old, int fd, mode_t mode, bool with_mode, struct nsv_error *e);

#endif
