/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source.h - opens sources, and finds the ones that a copy leaves out. Fds belong to the caller. */
#ifndef NSV_COPY_SOURCE_H
#define NSV_COPY_SOURCE_H

#include "internal.h"

/* Opens an argument with O_PATH or for reading. @follow: the target, if the argument is a link. */
int nsv_source_open(struct nsv_root *root, const char *path, bool follow, struct nsv_error *e);

/* Opens the target of the link @name in @dir with O_PATH, confined to the source's root. */
int nsv_source_follow(const struct nsv_dir *dir, const char *name, struct nsv_error *e);

/* Opens a directory for reading, access time untouched if possible; @name is one component. -errno.
 */
int nsv_open_dir_at(int dirfd, const char *name);

/* Whether @fd lies on proc, sysfs, cgroup and the like; *ret_autofs: on autofs: don't open it. */
bool nsv_on_kernel_fs(int fd, bool *ret_autofs);

/* The ID of the mount that @name in @dirfd ("" with @flags AT_EMPTY_PATH) lies on; 0: unknown. */
uint64_t nsv_mount_id(int dirfd, const char *name, int flags);

/* Whether a pattern leaves out @name in @dir. */
bool nsv_excluded(const struct nsv_dir *dir, const char *name);

/* Whether a pattern leaves out @path below the source, or a directory on the way to it. */
bool nsv_excluded_path(const struct nsv_copy *c, const char *path);

/* The name that a source gets in DEST, malloc'd: the last of its path; "" for "/", "." and "..". */
char *nsv_source_name(const char *path);

#endif
