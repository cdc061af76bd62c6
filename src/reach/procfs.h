/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * procfs.h - opens the host's /proc and verifies that it is procfs; proc.h reads processes in it.
 *
 * Decisions about processes and their namespaces rest on the host's own procfs, through a verified
 * fd, never on a /proc that a container mounted. Reads are bounded. Any thread.
 */
#ifndef NSV_REACH_PROCFS_H
#define NSV_REACH_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <nsview/error.h>

#include "base/number.h"
#include "base/procfs_fd.h"

/* Inode number of a procfs's own root directory (PROC_ROOT_INO in the kernel). */
#define NSV_PROC_ROOT_INO 1

/* Opens /proc with O_PATH: an fd or -errno; -ENOTDIR: no procfs is mounted there. */
int nsv_procfs_open(struct nsv_error *e);

/* Whether @fd is a procfs's root. */
bool nsv_is_procfs_root(int fd);

/*
 * Whether @name below @dirfd is a regular file of procfs: a container may have mounted a FIFO or a
 * device over it in its own /proc. Opens with O_PATH only.
 */
bool nsv_is_procfs_file(int dirfd, const char *name);

/*
 * Reads a small text file below @dirfd whole into @buf and terminates it. Returns the length,
 * -E2BIG if that is more than @size - 1, or another -errno.
 */
ssize_t nsv_read_text(int dirfd, const char *name, char *buf, size_t size);

#endif
