/* SPDX-License-Identifier: GPL-2.0-or-later */
/* owner_process.h - the helper processes behind owner.h: the spawner, and the workers it forks. */
#ifndef NSV_FUSE_OWNER_PROCESS_H
#define NSV_FUSE_OWNER_PROCESS_H

#include <sys/types.h>

/* The spawner is told with each message: a user namespace (fd 0), and a worker's socket (fd 1). */

/* Forks the spawner. For a process with one thread. Returns its PID, *ret_sock is the caller's. */
pid_t owner_spawner_start(int *ret_sock);

/* A fork without the sanitizers' own threads: only a process with one thread can be let into a user
 * namespace. */
pid_t owner_fork(void);

#endif
