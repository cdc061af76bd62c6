/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * procfs.h - the host's /proc, and being sure that it is one; proc.h reads processes in it.
 *
 * Everything nsview decides (who a PID is, which namespaces it has) comes from
 * the host's own procfs, held by a checked fd; never from a /proc that a
 * container mounted. Reads are bounded.
 */
#ifndef NSV_REACH_PROCFS_H
#define NSV_REACH_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <nsview/error.h>

/* Inode number of a procfs's own root directory (PROC_ROOT_INO in the kernel). */
#define NSV_PROC_ROOT_INO 1

/* Opens /proc with O_PATH; -ENOTDIR if what lies there is no procfs. */
int nsv_procfs_open(struct nsv_error *e);

/* Whether an open directory is (any directory of) a procfs, and whether it is its root. */
bool nsv_is_procfs(int fd);
bool nsv_is_procfs_root(int fd);

/*
 * Whether a file below @dirfd is procfs's own: a container may have mounted a FIFO or a
 * device over one in the /proc that it sees. Looks with O_PATH only.
 */
bool nsv_is_procfs_file(int dirfd, const char *name);

/*
 * Reads a small text file below @dirfd whole into @buf, terminated. Returns its
 * length, -E2BIG if it is longer than @size - 1, or -errno.
 */
ssize_t nsv_read_text(int dirfd, const char *name, char *buf, size_t size);

/* A decimal number that is the whole of @s: 0 and *ret, -EINVAL, or -ERANGE above @max. */
int nsv_parse_u64(const char *s, uint64_t max, uint64_t *ret);

#endif
