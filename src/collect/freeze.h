/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * freeze.h - stops a container by its cgroup, and thaws it whatever happens.
 *
 * A process of its own, the guard (freeze_guard.h), does both: it thaws when it is told to, when
 * the caller ends in any way, after @seconds, and when it is asked to end itself. So what can keep
 * a container frozen is the end of both processes by SIGKILL within the same moment, or a guard
 * that is moved into a frozen cgroup: both take root on the host.
 *
 * Only a cgroup whose every process, in the cgroups below too, is the container's is frozen. The
 * smallest of these around the process is taken that has most of the container's processes. That is
 * checked before, and again while all is frozen, for processes may be moved at any moment.
 *
 * What was frozen already is left alone, before and afterwards. What another process asks for
 * meanwhile counts: what it thaws is not frozen again, what it freezes stays frozen.
 *
 * While a container is frozen its engine can neither execute in it nor pause it, its health checks
 * fail, and a server in it does not answer: reading a file system that such a server is behind
 * waits until @seconds are over.
 *
 * Threads: one. It forks. Privilege: to write to the cgroup.
 */
#ifndef NSV_COLLECT_FREEZE_H
#define NSV_COLLECT_FREEZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <nsview/error.h>

struct nsv_frozen;

struct nsv_freeze_plan {
	int procfs;  /* the host's, borrowed */
	int procdir; /* /proc/PID of a process of the container; likewise */
	unsigned seconds;
	/*
	 * Looks for the container's living processes, anew each time: a malloc'd list, ascending. 0
	 * or -errno, which ends the attempt.
	 */
	int (*members)(void *data, pid_t **ret, size_t *ret_n);
	void *data;
};

enum nsv_freeze_end {
	NSV_FREEZE_NOT,	      /* it was frozen before, and is */
	NSV_FREEZE_DONE,      /* by nsv_thaw() */
	NSV_FREEZE_TIMEOUT,   /* @seconds were over */
	NSV_FREEZE_SIGNAL,    /* the guard was asked to end */
	NSV_FREEZE_OTHER,     /* another process thawed it */
	NSV_FREEZE_KEPT,      /* another process froze it meanwhile: it is frozen still */
	NSV_FREEZE_GONE,      /* the cgroup was removed */
	NSV_FREEZE_UNGUARDED, /* the guard was killed; nsv_thaw() thawed it */
};

struct nsv_freeze_report {
	const char *path; /* of the cgroup; as long as the nsv_frozen */
	unsigned version;
	bool all_stopped;    /* false: some waited in the kernel and went on to */
	size_t n_stopped;    /* processes of the container in the cgroup */
	size_t n_outside;    /* its processes that are in others, and were not stopped */
	pid_t came_in;	     /* a process of another's that came in meanwhile; 0: none seen */
	int64_t from, until; /* ns of CLOCK_BOOTTIME; 0 with NSV_FREEZE_NOT */
	enum nsv_freeze_end end;
};

/*
 * Freezes. -EBUSY: its cgroup holds processes of others; -ENOENT: it has none of its own; -EACCES,
 * -EROFS; -ESRCH. Nothing is frozen then, but for the moment in which a process of others was
 * found.
 */
int nsv_freeze(const struct nsv_freeze_plan *plan, struct nsv_frozen **ret, struct nsv_error *e);
/* What is known so far, without a word to the guard. */
void nsv_frozen_look(const struct nsv_frozen *f, struct nsv_freeze_report *ret);
/* Thaws, unless that has been done, and tells what was. May be called again. */
void nsv_thaw(struct nsv_frozen *f, struct nsv_freeze_report *ret);
/* Thaws, and frees. NULL is fine. Returns NULL. */
struct nsv_frozen *nsv_frozen_free(struct nsv_frozen *f);

#endif
