/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lead.h - the process that stands for a group, and with that what the group is. No locks. */
#ifndef NSV_DISCOVER_LEAD_H
#define NSV_DISCOVER_LEAD_H

#include <stdbool.h>

#include <nsview/discover.h>

#include "discover/scan/group.h"
#include "discover/scan/rootfs.h"
#include "reach/proc.h"

/* What the host is, to compare with. */
struct nsv_host {
	uint64_t mntns;
	unsigned levels; /* of PID namespaces that a process of the host is in */
	struct nsv_rootfs root;
	unsigned *slow; /* see nsv_process_ids() */
};

struct nsv_lead {
	enum nsv_container_kind kind;
	pid_t pid;
	char dir[NSV_PROCESS_DIR]; /* "PID", or a thread's where the main thread has ended */
	struct nsv_rootfs root;
	struct nsv_process_ids ids;
	struct nsv_process_stat stat;
};

/*
 * Finds it. 1: found; 0: there is none (all are gone, or kernel threads), or the group is no
 * container and @all is not set. Processes that are gone become 0 in the group.
 */
int nsv_lead_find(int procfs, const struct nsv_host *host, bool all, struct nsv_group *group,
		  struct nsv_lead *ret);

#endif
