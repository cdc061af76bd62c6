/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * layer.h - one layer: how names below it are opened, and overlayfs's marks on them
 * (Documentation/filesystems/overlayfs.rst of the kernel).
 */
#ifndef NSV_CHANGES_LAYER_H
#define NSV_CHANGES_LAYER_H

#include "changes/internal.h"

#define NSV_REDIRECT_MAX 4096

/*
 * Opens a name or a path below @dirfd: follows no link, enters no mount, leaves @dirfd by no "..".
 * An fd or -errno: -ELOOP a link, unless O_PATH | O_NOFOLLOW takes the last one itself; -EXDEV.
 */
int nsv_layer_open(int dirfd, const char *path, int flags);
/* A folder for reading its names; @fd is O_PATH. An fd or -errno. */
int nsv_layer_open_dir(int fd);

#define NSV_XATTR_ROOM 65536 /* the kernel's limits of a list of names, and of a value */

/* As listxattr(2) and getxattr(2) of an O_PATH fd; the length or -errno. */
ssize_t nsv_attributes_list(int fd, char *buf, size_t size);
ssize_t nsv_attribute_get(int fd, const char *name, char *buf, size_t size);

/* Whether a file is a mark that its name is gone. */
bool nsv_is_whiteout(const struct nsv_layers *l, int fd, const struct statx *st);
/* The same by fuse-overlayfs's ".wh.NAME" beside it. */
bool nsv_is_whited_out(const struct nsv_layers *l, int dirfd, const char *name);
/* Whether a name in a folder of fuse-overlayfs is a mark, and no file. */
bool nsv_is_mark(const struct nsv_layers *l, const char *name);
/* Whether the folder hides what lower layers have. @fd may be O_PATH. */
bool nsv_is_opaque(const struct nsv_layers *l, int fd);
/* Where lower layers have the file. 1, 0: as named here, -EBADMSG: a bad one. @buf:
 * NSV_REDIRECT_MAX
 * + 1 bytes. */
int nsv_redirect(const struct nsv_layers *l, int fd, char *buf);
/* Whether a regular file has metadata only. */
bool nsv_is_metacopy(const struct nsv_layers *l, int fd);
/* Whether an extended attribute is a mark of overlayfs's own. */
bool nsv_is_mark_xattr(const struct nsv_layers *l, const char *name);
/* Whether the owner of a file is known in the container's user namespace. */
bool nsv_is_its(const struct nsv_layers *l, const struct statx *st);

#endif
