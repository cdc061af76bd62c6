/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* root_proc.h - what lies on a container's procfs, as the container itself would find and read it.
 */
#ifndef NSV_REACH_ROOT_PROC_H
#define NSV_REACH_ROOT_PROC_H

#include "root_call.h"

/*
 * @fd_take is what nsv_root_call() answered, an fd or -errno with @e filled. Returned as it is
 * where
 * @path does not lead to procfs, or what is there is the same for every reader. Else, by a helper
 * (read_in.h): for NSV_OP_FILE a file in memory (memfd_create(2)) with the content, the attributes
 * and a true size; for the others an fd of what the container has there. -EOPNOTSUPP, and @e says
 * why: only the container itself could know.
 */
int nsv_root_proc(struct nsv_root *root, enum nsv_op op, const char *path, unsigned flags,
		  int fd_take, struct nsv_error *e);

#endif
