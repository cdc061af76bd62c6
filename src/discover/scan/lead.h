/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lead.h - chooses the process that stands for a group, and tells what kind the group is. No
 * locks. */
#ifndef NSV_DISCOVER_LEAD_H
#define NSV_DISCOVER_LEAD_H

#include <stdbool.h>

#include <nsview/discover.h>

#include "discover/scan/group.h"
#include "discover/scan/rootfs.h"
#include "reach/proc.h"

/* The host's values, to compare with. */
struct nsv_host {
	uint64_t mntns, pidns;
	bool no_start;	 /* a lead's start need not be read where nothing depends on it */
	unsigned levels; /* depth of PID namespaces of the calling process */
	struct nsv_rootfs root;
	unsigned *slow; /* see nsv_process_ids() */
};

struct nsv_lead {
	enum nsv_container_kind kind;
	pid_t pid;
	char dir[NSV_PROCESS_DIR]; /* "PID", or "PID/task/TID" where the main thread has ended */
	struct nsv_rootfs root;
	struct nsv_process_ids ids;
	struct nsv_process_stat stat; /* with no_start maybe zeroes; ids has the parent then */
};

/*
 * Finds the lead of @group. 1: found; 0: no process is left (or only kernel threads), or the group
 * is no container and @all is false. Sets the PIDs of ended processes in the group to 0.
 */
int nsv_lead_find(int procfs, const struct nsv_host *host, bool all, struct nsv_group *group,
		  struct nsv_lead *ret);

#endif
