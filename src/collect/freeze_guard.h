/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * freeze_guard.h - the process that freezes a cgroup and thaws it.
 *
 * It outlives its owner: no child of it, in a session of its own, deaf to a terminal. It ends
 * within moments after the owner: a pidfd and the socket tell. It is undumpable, executes nothing,
 * allocates nothing after the fork, holds the cgroup's files, the socket and the pidfd only, and is
 * the last that the kernel kills for want of memory, where that may be asked for. SIGTERM, which
 * every process of a service or a session gets before it is killed, has it thaw and end.
 */
#ifndef NSV_COLLECT_FREEZE_GUARD_H
#define NSV_COLLECT_FREEZE_GUARD_H

#include "collect/freeze.h"
#include "collect/freeze_group.h"

struct nsv_guard {
	int sock;
	unsigned seconds;
};

#define NSV_GUARD_INIT          \
	{                       \
		.sock = -EBADF, \
	}

/* What it says: after the freezing, and at the end. */
struct nsv_guard_word {
	int32_t result; /* 0 or -errno of the freezing */
	uint32_t end;	/* enum nsv_freeze_end */
	int64_t from, until;
	uint32_t all_stopped;
};

/* Starts it. Nothing is frozen yet. 0 or -errno. */
int nsv_guard_start(struct nsv_guard *g, const struct nsv_freeze_group *group, unsigned seconds);
/* Has it freeze; back when all have stopped, or will not do so soon. 0 or -errno. */
int nsv_guard_freeze(struct nsv_guard *g, struct nsv_guard_word *ret);
/* Has it thaw, and end. -errno: it does not answer, and may not have. */
int nsv_guard_thaw(struct nsv_guard *g, struct nsv_guard_word *ret);

#endif
