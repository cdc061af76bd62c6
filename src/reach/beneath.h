/* SPDX-License-Identifier: GPL-2.0-or-later */
/* beneath.h - the one way in which the view opens a path of a container. */
#ifndef NSV_REACH_BENEATH_H
#define NSV_REACH_BENEATH_H

/*
 * Opens @path below @dirfd by openat2(2) with RESOLVE_IN_ROOT and without any link, O_CLOEXEC |
 * O_NOFOLLOW and @flags. -EPERM: O_NOATIME is for the file's owner and CAP_FOWNER.
 */
int open_beneath(int dirfd, const char *path, int flags);

#endif
