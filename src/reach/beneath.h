/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* beneath.h - opens a path of a container below a directory fd; the view opens paths no other way.
 */
#ifndef NSV_REACH_BENEATH_H
#define NSV_REACH_BENEATH_H

/*
 * Opens @path by openat2(2) (Linux 5.6) with @flags | O_CLOEXEC | O_NOFOLLOW, RESOLVE_IN_ROOT,
 * RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS: @dirfd is the root, and a link anywhere in the
 * path is -ELOOP. Returns an fd or -errno; -EPERM: O_NOATIME needs the file's owner or CAP_FOWNER;
 * -EAGAIN: renames and mounts did not stop. Any thread.
 */
int open_beneath(int dirfd, const char *path, int flags);

#endif
