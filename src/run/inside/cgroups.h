/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroups.h - the control groups of a container's main process, for its new sibling (cgroups(7)),
 * v1, v2 and both.
 */
#ifndef NSV_RUN_INSIDE_CGROUPS_H
#define NSV_RUN_INSIDE_CGROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <nsview/error.h>

#define NSV_CGROUPS_MAX 32

struct nsv_cgroup {
	int procs;   /* cgroup.procs of the container's, for writing */
	int own;     /* the same of this process's own, if it counts processes; or none */
	bool counts; /* limits the number of processes: pids of v1, or v2 */
};

struct nsv_cgroups {
	struct nsv_cgroup list[NSV_CGROUPS_MAX];
	size_t n;
};

/*
 * Opens the groups of the process @procdir of the host's /proc (@procfs) that are not this
 * process's own already. -EBUSY: the container is paused (frozen), so that nothing can start;
 * -EACCES, -EROFS, ...: this user may not put a process into one of them.
 */
int nsv_cgroups_open(int procfs, int procdir, struct nsv_cgroups *ret, struct nsv_error *e);
void nsv_cgroups_close(struct nsv_cgroups *g);

/* Whether one of the groups was frozen since: -EBUSY. */
int nsv_cgroups_frozen(int procfs, int procdir, struct nsv_error *e);

/* Puts @pid into all of them, or (@count_only) into those that count. 0 or -errno. */
int nsv_cgroups_enter(const struct nsv_cgroups *g, pid_t pid, bool count_only);
/* Takes @pid back from those that count, to this process's own. */
int nsv_cgroups_leave(const struct nsv_cgroups *g, pid_t pid);

#endif
