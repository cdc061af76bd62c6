/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prober_process.h - the processes behind prober.h: the spawner, and the workers it forks. */
#ifndef NSV_FUSE_PROBER_PROCESS_H
#define NSV_FUSE_PROBER_PROCESS_H

#include "reach/helper.h"

/*
 * Forks the spawner. For a process with one thread. 0 or -errno; *ret and *ret_sock are the
 * caller's, @procfs (O_PATH of the host's /proc) is borrowed.
 */
int prober_spawner_start(int procfs, struct nsv_helper *ret, int *ret_sock);

#endif
