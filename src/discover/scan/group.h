/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* group.h - all processes, by mount namespace: one readlink for each. No locks. */
#ifndef NSV_DISCOVER_GROUP_H
#define NSV_DISCOVER_GROUP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "discover/arena.h"

struct nsv_group {
	uint64_t mntns;
	pid_t *pids; /* ascending; 0 where one turned out to be gone */
	size_t n;
};

struct nsv_groups {
	struct nsv_group *groups;
	size_t n;
	size_t unseen; /* processes that may not be looked at */
};

/* All memory is the arena's. 0 or -errno. */
int nsv_groups_read(int procfs, struct nsv_arena *arena, struct nsv_groups *ret);

/* The same of these processes alone. */
int nsv_groups_of(int procfs, const pid_t *pids, size_t n, struct nsv_arena *arena,
		  struct nsv_groups *ret);

#endif
