/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* userns.h - user namespaces (user_namespaces(7)): owners, joining, ID maps. */
#ifndef NSV_REACH_USERNS_H
#define NSV_REACH_USERNS_H

#include <stdbool.h>
#include <stdint.h>

#include <nsview/error.h>

#include "idmap.h"

/*
 * An fd, the caller's, of the user namespace that owns the namespace @nsfd (NS_GET_USERNS of
 * ioctl_ns(2), Linux 4.9), or -errno. -EPERM: the owner is not the caller's own nor below it.
 */
int nsv_userns_of(int nsfd);

/* Whether both fds are of one namespace. */
bool nsv_same_ns(int a, int b);

/*
 * Whether the caller can read a container's files without joining its user namespace: CAP_SYS_ADMIN
 * and one of CAP_DAC_READ_SEARCH and CAP_DAC_OVERRIDE are effective.
 */
bool nsv_capable_of_files(void);

/*
 * Joins a user namespace by setns(2), undumpable before and after, so that the container can't
 * trace the process. The calling thread must be the only one. 0 or -errno: -EPERM not the owner,
 * -EINVAL several threads, or a member already.
 */
int nsv_userns_join(int userns);

/*
 * Reads the ID maps of a user namespace of which no member is known: a helper (helper.h) joins it
 * and waits while the caller reads its uid_map and gid_map below @procfs. 0, and both maps are the
 * caller's to clear; or -errno.
 */
int nsv_userns_maps(int procfs, int userns, struct nsv_idmap *ret_uids, struct nsv_idmap *ret_gids);

#endif
