/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lead.c - finds the lead of a group with few system calls. One statx(2) of the root tells whether
 * a process counts. Then status files of processes in other PID namespaces are read until one shows
 * PID 1 of a PID namespace directly below the host's, nearly always the first file. Only a group
 * without such a process costs a second pass, for the oldest process. No locks.
 */
#include "discover/scan/lead.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Whether a process counts: with @foreign its root must differ from the host's. */
static bool examine(int procfs, const struct nsv_host *host, bool foreign, pid_t *pid,
		    struct nsv_lead *ret)
{
	uint64_t mntns;
	int r;

	(void)snprintf(ret->dir, sizeof(ret->dir), "%d", (int)*pid);
	ret->pid = *pid;
	r = nsv_rootfs_read(procfs, ret->dir, &ret->root);
	if (r == -ENOENT) {
		/* The main thread has ended: another thread has the root. */
		r = nsv_process_mntns(procfs, *pid, ret->dir, &mntns);
		if (r == 0)
			r = nsv_rootfs_read(procfs, ret->dir, &ret->root);
	}
	if (nsv_process_gone(r))
		*pid = 0;
	return r == 0 && (!foreign || !nsv_rootfs_same(&ret->root, &host->root));
}

static bool older(const struct nsv_lead *a, const struct nsv_lead *b)
{
	return a->stat.start < b->stat.start || (a->stat.start == b->stat.start && a->pid < b->pid);
}

/* Whether the process is in the caller's PID namespace, and so no PID 1 of one below. */
static bool is_outside(int procfs, const struct nsv_host *host, pid_t pid)
{
	char dir[NSV_PROCESS_DIR];
	uint64_t pidns;

	(void)snprintf(dir, sizeof(dir), "%d", (int)pid);
	return host->pidns && nsv_process_ns(procfs, dir, "pid", &pidns) == 0 &&
	       pidns == host->pidns;
}

/* Whether @l is PID 1 of a namespace further out than @best's (NULL: none yet), or older. */
static bool is_better(int procfs, const struct nsv_host *host, struct nsv_lead *l,
		      const struct nsv_lead *best)
{
	bool outermost = l->ids.levels == host->levels + 1;

	if (l->ids.inside != 1 || l->ids.levels <= host->levels ||
	    (best && l->ids.levels > best->ids.levels))
		return false;
	/* The first in the outermost namespace ends the search: its start decides nothing. */
	if (outermost && host->no_start && l->ids.ppid > 0 && !strchr(l->dir, '/'))
		return true;
	return nsv_process_stat(procfs, l->dir, &l->stat) == 0 &&
	       (!best || l->ids.levels != best->ids.levels || older(l, best));
}

/* Finds PID 1 of the outermost PID namespace that has its PID 1 in this group. *ret_any: whether
 * some process may count. */
static bool find_init(int procfs, const struct nsv_host *host, bool foreign,
		      struct nsv_group *group, struct nsv_lead *ret, bool *ret_any)
{
	bool found = false;

	*ret_any = false;
	for (size_t i = 0; i < group->n; i++) {
		struct nsv_lead l = { 0 };

		if (!group->pids[i])
			continue;
		/* unshare(1) comes before the init that it started: one readlink(2) spares its
		 * status, which is the dearest file of all that a scan reads. */
		if (i == 0 && group->n > 1 && is_outside(procfs, host, group->pids[i])) {
			*ret_any = true;
			continue;
		}
		if (!examine(procfs, host, foreign, &group->pids[i], &l))
			continue;
		*ret_any = true;
		if (nsv_process_ids(procfs, l.dir, host->slow, &l.ids) < 0 ||
		    !is_better(procfs, host, &l, found ? ret : NULL))
			continue;
		*ret = l;
		found = true;
		if (l.ids.levels == host->levels + 1)
			break;
	}
	return found;
}

static bool find_oldest(int procfs, const struct nsv_host *host, bool foreign,
			struct nsv_group *group, struct nsv_lead *ret)
{
	bool found = false;

	for (size_t i = 0; i < group->n; i++) {
		struct nsv_lead l = { 0 };

		if (!group->pids[i] || !examine(procfs, host, foreign, &group->pids[i], &l))
			continue;
		if (nsv_process_stat(procfs, l.dir, &l.stat) < 0)
			continue;
		if (l.stat.kthread) {
			group->pids[i] = 0;
			continue;
		}
		if (!found || older(&l, ret))
			*ret = l;
		found = true;
	}
	return found && nsv_process_ids(procfs, ret->dir, host->slow, &ret->ids) == 0;
}

static bool find(int procfs, const struct nsv_host *host, bool foreign, struct nsv_group *group,
		 struct nsv_lead *ret)
{
	bool any;

	return find_init(procfs, host, foreign, group, ret, &any) ||
	       (any && find_oldest(procfs, host, foreign, group, ret));
}

int nsv_lead_find(int procfs, const struct nsv_host *host, bool all, struct nsv_group *group,
		  struct nsv_lead *ret)
{
	bool own = group->mntns == host->mntns;

	if (own) {
		if (!all || !find_oldest(procfs, host, false, group, ret))
			return 0;
		ret->kind = NSV_KIND_HOST;
		return 1;
	}
	if (find(procfs, host, true, group, ret)) {
		ret->kind = NSV_KIND_CONTAINER;
		return 1;
	}
	if (!all || !find(procfs, host, false, group, ret))
		return 0;
	ret->kind = NSV_KIND_SERVICE;
	return 1;
}
