/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* userns.h - user namespaces: who owns a mount namespace, whether we need to join, what it maps. */
#ifndef NSV_REACH_USERNS_H
#define NSV_REACH_USERNS_H

#include <stdbool.h>
#include <stdint.h>

#include <nsview/error.h>

#include "idmap.h"

/* The user namespace that owns namespace fd @nsfd (ioctl_ns(2), Linux 4.9), or -errno. */
int nsv_userns_of(int nsfd);

/* Whether both fds are the same namespace. */
bool nsv_same_ns(int a, int b);

/* Whether CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH or CAP_DAC_OVERRIDE are effective here. */
bool nsv_capable_of_files(void);

/*
 * setns(2) into a user namespace; the calling thread must be the only one. Makes
 * the process undumpable first, so that it can't be traced from inside.
 */
int nsv_userns_join(int userns);

/*
 * Reads the maps of a user namespace that no known process is in: a child joins it
 * and waits while its uid_map and gid_map are read. For single-threaded callers.
 */
int nsv_userns_maps(int procfs, int userns, struct nsv_idmap *ret_uids, struct nsv_idmap *ret_gids);

#endif
