/* SPDX-License-Identifier: GPL-2.0-or-later */
/* owner_process.h - the helper processes behind owner.h: the spawner, and the workers it forks. */
#ifndef NSV_FUSE_OWNER_PROCESS_H
#define NSV_FUSE_OWNER_PROCESS_H

#include "reach/helper.h"

/* The spawner is told with each message: a user namespace (fd 0), and a worker's socket (fd 1). */

/*
 * Forks the spawner. For a process with one thread. 0 or -errno; *ret and *ret_sock are the
 * caller's,
 * @procfs (O_PATH of the host's /proc) is borrowed.
 */
int owner_spawner_start(int procfs, struct nsv_helper *ret, int *ret_sock);

#endif
