/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* group.h - groups processes by mount namespace, with one readlink(2) a process. No locks. */
#ifndef NSV_DISCOVER_GROUP_H
#define NSV_DISCOVER_GROUP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <nsview/discover.h>

#include "discover/arena.h"

struct nsv_group {
	uint64_t mntns;
	pid_t *pids; /* ascending; 0 for a process that has ended since */
	size_t n;
};

struct nsv_groups {
	struct nsv_group *groups;
	size_t n;
	struct nsv_unseen *unseen; /* processes that the caller has no permission to read */
	size_t n_unseen;
};

/* Groups all processes of @procfs. The arena owns the result. 0 or -errno. */
int nsv_groups_read(int procfs, struct nsv_arena *arena, struct nsv_groups *ret);

/* Groups the @n processes of @pids instead. */
int nsv_groups_of(int procfs, const pid_t *pids, size_t n, struct nsv_arena *arena,
		  struct nsv_groups *ret);

#endif
