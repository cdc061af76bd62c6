/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount.h - finds, makes and cleans up the mount point, and unmounts the view: as root by
 * umount2(2), else by fusermount3, which is setuid.
 *
 * Only mounts of type fuse.nsviewd are ever unmounted. A mount may belong to a hung daemon, so a
 * child process asks it, with a time limit.
 *
 * Threads: some calls fork, so no other thread may exist.
 */
#ifndef NSV_FUSE_MOUNT_H
#define NSV_FUSE_MOUNT_H

#include <stdbool.h>

#include <nsview/error.h>

#define VIEW_MOUNTPOINT "/mnt/nsview"
#define VIEW_FSTYPE	"fuse.nsviewd" /* set by -o subtype=nsviewd */

/*
 * Prepares the mount point, and returns its path without links in *ret_path, malloc'd. @path: NULL
 * for VIEW_MOUNTPOINT, for root only, which is created if missing. Unmounts the mounts of dead
 * daemons first. -EBUSY: a live view is mounted there. -ENOTEMPTY: the folder is not empty, and
 * @nonempty is false. Or another -errno, and a message in @e.
 */
int mount_prepare(const char *path, bool nonempty, char **ret_path, struct nsv_error *e);

/*
 * Unmounts the view; lazily if it is busy, so that open files stay readable. @path: NULL for
 * VIEW_MOUNTPOINT. -EINVAL: no view is mounted there. Or another -errno, and a message in @e.
 */
int mount_unmount(const char *path, struct nsv_error *e);

/*
 * Whether the topmost mount at @point, in this mount namespace, is of this type: 1, 0, or -errno.
 */
int mount_is_of(const char *point, const char *type);

/*
 * Opens the file that aborts the FUSE connection of device number @minor. Call before the sandbox
 * denies opening for writing. An fd or -errno.
 */
int mount_open_abort(unsigned minor);

/* ---- for leave.c ---- */

/* As mount_is_of(), of this device number. */
int mount_is_of_device(const char *point, unsigned major, unsigned minor);

/* What the file system itself says of its root, not what the kernel keeps of it: 0 or -errno. */
int mount_ask_server(const char *path);
/* The same from a child, which may hang: 0, an error's number, or ETIMEDOUT. */
int mount_ask(const char *path);

/* fusermount3 -u. 0 or -errno. */
int mount_run_fusermount(const char *path, bool lazily);

#endif
