/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * members.h - which processes are the container's: those of its mount namespace, of its PID
 * namespace if that is its own, of the containers nested in it, and what any of these started.
 */
#ifndef NSV_COLLECT_MEMBERS_H
#define NSV_COLLECT_MEMBERS_H

#include "collect/internal.h"

struct nsv_process {
	pid_t pid, ppid;
	uint64_t mntns, netns;
	bool in; /* while they are looked for */
};

struct nsv_members {
	struct nsv_process *list; /* ascending by PID */
	size_t n, room;
	bool cut; /* there were more */
};

/* 0 or -errno. */
int nsv_members_find(struct nsv_collection *c, struct nsv_members *ret);
void nsv_members_free(struct nsv_members *m);

#endif
