/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * proc_reader.h - files of /proc/PID that are read out of a process's memory, or opened by way of
 * it: cmdline, environ, maps, map_files.
 *
 * The kernel takes the lock of the process's address space for each, which a process may hold for
 * as long as it likes (discover/cmdline.h tells how). So a helper reads and opens, and is killed
 * when it does not answer. It also looks for paths of the container. No locks: one thread.
 */
#ifndef NSV_COLLECT_PROC_READER_H
#define NSV_COLLECT_PROC_READER_H

#include <stddef.h>
#include <sys/stat.h>

#include "reach/helper.h"

struct nsv_proc_reader {
	int procfs, root; /* borrowed; @root: the "/" of paths that are looked for */
	struct nsv_helper helper;
	int sock;
	unsigned stuck; /* questions without an answer */
};

#define NSV_PROC_READER_INIT(procfs_fd, root_fd)                                     \
	{                                                                            \
		.procfs = (procfs_fd), .root = (root_fd), .helper = NSV_HELPER_NONE, \
		.sock = -EBADF                                                       \
	}

/*
 * Reads @path below /proc, at most @max bytes. *ret_text is malloc'd, of *ret_len bytes and a NUL.
 * 0; 1: there is more; -ETIMEDOUT: no answer; or -errno.
 */
int nsv_proc_slurp(struct nsv_proc_reader *r, const char *path, size_t max, char **ret_text,
		   size_t *ret_len);
/* Opens what the magic link @path leads to, with O_PATH. An fd or -errno, as above. */
int nsv_proc_open(struct nsv_proc_reader *r, const char *path);
/*
 * Looks at the file that @path leads to below the root, links on the way followed: its file system
 * may hang. 0 or -errno.
 */
int nsv_proc_look(struct nsv_proc_reader *r, const char *path, struct statx *ret);
void nsv_proc_reader_done(struct nsv_proc_reader *r);

#endif
