/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount.h - the place of the view: found, made, freed of what a crashed run left there, and given
 * back. As root by mount(2)'s calls, else by fusermount3, which is setuid.
 *
 * Only what is mounted there as fuse.nsviewd is ever unmounted, and a mount that lives is never in
 * the way of a question: it is asked by a child, which may hang and is killed then.
 *
 * Threads: none may exist yet, it forks.
 */
#ifndef NSV_FUSE_MOUNT_H
#define NSV_FUSE_MOUNT_H

#include <stdbool.h>

#include <nsview/error.h>

#define VIEW_MOUNTPOINT "/mnt/nsview"
#define VIEW_FSTYPE	"fuse.nsviewd" /* by -o subtype=nsviewd */

/*
 * The mount point's own path, ready to be mounted on. @path: NULL for VIEW_MOUNTPOINT, which is
 * made where it is missing and only root may have. What is left of a daemon that is gone is
 * unmounted first. -EBUSY: the view is mounted there and lives. -ENOTEMPTY: it holds something,
 * which the view would hide, and not @nonempty.
 */
int mount_prepare(const char *path, bool nonempty, char **ret_path, struct nsv_error *e);

/*
 * Unmounts the view, lazily where it is in use: files that are open are read on. @path: NULL for
 * VIEW_MOUNTPOINT. -EINVAL: there is none.
 */
int mount_unmount(const char *path, struct nsv_error *e);

/* Whether what is mounted last at @point, in our own namespace, is of this type: 1, 0, or -errno.
 */
int mount_is_of(const char *point, const char *type);

/* What ends this mount when nothing else does: to be opened while files may be. -errno. */
int mount_open_abort(unsigned minor);

/*
 * For an ordinary user's daemon, which can't unmount once new privileges are given up: a child that
 * does it when the daemon has ended, however that came. As root it does nothing. 0 or -errno.
 */
int mount_leave_later(const char *path, unsigned major, unsigned minor);

/*
 * For the daemon's end: detaches the mount of this device number, which @fuse_fd serves, if it is
 * the topmost at @path, and aborts it (@abort_fd: of mount_open_abort(), may be negative), so that
 * nothing waits any more for answers: threads that tell the kernel of changes may. A view that was
 * mounted there since is left alone.
 */
void mount_leave(const char *path, unsigned major, unsigned minor, int fuse_fd, int abort_fd);

#endif
