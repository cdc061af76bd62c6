/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memory_choose.c - which processes a list of numbers means. See memory.h. No state. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collect/memory.h"

pid_t nsv_memory_pid_inside(const struct nsv_collection *c, const struct nsv_status *status)
{
	unsigned level = c->target->self.levels;

	return level && status->n_tgids >= level ? status->tgids[level - 1] : 0;
}

/* The place of a process in the members, or -1. */
static ssize_t find_host(const struct nsv_collection *c, pid_t pid)
{
	for (size_t i = 0; i < c->members->n; i++)
		if (c->members->list[i].pid == pid)
			return (ssize_t)i;
	return -1;
}

static ssize_t find_inside(const struct nsv_collection *c, pid_t pid)
{
	for (size_t i = 0; i < c->members->n; i++) {
		struct nsv_status status;
		char dir[NSV_PROCESS_DIR];

		(void)snprintf(dir, sizeof(dir), "%d", (int)c->members->list[i].pid);
		if (nsv_status_read(c->target->procfs, dir, &status) == 0 &&
		    nsv_memory_pid_inside(c, &status) == pid)
			return (ssize_t)i;
	}
	return -1;
}

static void choose_one(struct nsv_collection *c, const char *text, bool *ret)
{
	bool host = strncmp(text, "host:", 5) == 0, inside = strncmp(text, "inside:", 7) == 0;
	ssize_t by_host = -1, by_inside = -1;
	uint64_t pid;
	char why[128];

	if (nsv_parse_u64(text + (host ? 5 : inside ? 7 : 0), NSV_PID_MAX, &pid) < 0) {
		nsv_outcome(c, "memory", text, NSV_FAILED, "no PID");
		return;
	}
	if (!inside)
		by_host = find_host(c, (pid_t)pid);
	if (!host)
		by_inside = find_inside(c, (pid_t)pid);
	if (by_host >= 0 && by_inside >= 0 && by_host != by_inside) {
		(void)snprintf(why, sizeof(why),
			       "two processes: host:%d, and inside:%d, which is the host's %d",
			       (int)pid, (int)pid, (int)c->members->list[by_inside].pid);
		nsv_outcome(c, "memory", text, NSV_FAILED, why);
	} else if (by_host < 0 && by_inside < 0) {
		nsv_outcome(c, "memory", text, NSV_FAILED,
			    "no process of the container has that PID");
	} else {
		ret[by_host >= 0 ? by_host : by_inside] = true;
	}
}

void nsv_memory_choose(struct nsv_collection *c, bool *ret)
{
	for (size_t i = 0; i < c->members->n && !c->o->n_memory; i++)
		ret[i] = c->members->list[i].mntns != 0; /* a zombie has no memory */
	for (size_t i = 0; i < c->o->n_memory; i++)
		choose_one(c, c->o->memory[i], ret);
}
