/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* procfs_fd.h - whether an open file is one of a procfs, by fstatfs(2). No state. */
#ifndef NSV_BASE_PROCFS_FD_H
#define NSV_BASE_PROCFS_FD_H

#include <linux/magic.h>
#include <stdbool.h>
#include <sys/vfs.h>

/* Also for an O_PATH fd. */
static inline bool nsv_is_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

#endif
