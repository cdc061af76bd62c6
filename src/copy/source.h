/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source.h - opening what is to be copied, and telling what should not be. */
#ifndef NSV_COPY_SOURCE_H
#define NSV_COPY_SOURCE_H

#include "internal.h"

/* O_PATH or open for reading, the argument itself. @follow: what it points to, if it is a link. */
int nsv_source_open(struct nsv_root *root, const char *path, bool follow, struct nsv_error *e);

/* O_PATH, what the link @name in @dir points to, confined to the source's root. */
int nsv_source_follow(const struct nsv_dir *dir, const char *name, struct nsv_error *e);

/* Opens a directory for reading, access time untouched if possible; @name is one component. -errno.
 */
int nsv_open_dir_at(int dirfd, const char *name);

/* Whether @fd lies on proc, sysfs, cgroup and the like; *ret_autofs: on one not to be touched. */
bool nsv_on_kernel_fs(int fd, bool *ret_autofs);

/* The mount that @name in @dirfd ("" with @flags AT_EMPTY_PATH) lies on; 0 where unknown. */
uint64_t nsv_mount_id(int dirfd, const char *name, int flags);

/* Whether a pattern leaves out @name in @dir. */
bool nsv_excluded(const struct nsv_dir *dir, const char *name);

/* The same for a path below the source: or one of the directories it lies in. */
bool nsv_excluded_path(const struct nsv_copy *c, const char *path);

/* The name that a source goes by below a directory: the last of its path, "" for none. */
char *nsv_source_name(const char *path);

#endif
