/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * freeze_group.h - a cgroup that can be frozen: version 2 by cgroup.freeze, version 1 by the
 * controller "freezer" (cgroups(7)); which processes are in it and below.
 *
 * The path is the kernel's, from the host's /proc; the cgroup is opened below a mount of the
 * caller's own that is checked to be a cgroup file system. An open cgroup may be removed or renamed
 * meanwhile: the fds then fail with -ENODEV, and never mean another one.
 *
 * Privilege: to write to the cgroup's file. Threads: any, one at a time on a group.
 */
#ifndef NSV_COLLECT_FREEZE_GROUP_H
#define NSV_COLLECT_FREEZE_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <nsview/error.h>

struct nsv_freeze_group {
	unsigned version;
	char *path;    /* as /proc/PID/cgroup has it */
	int mount;     /* O_PATH, where the path begins */
	size_t prefix; /* bytes of the path that the mount does not have */
	int dir;       /* O_PATH */
	int knob;      /* cgroup.freeze, freezer.state */
	int asked;     /* version 1: freezer.self_freezing */
	int events;    /* version 2: cgroup.events */
};

#define NSV_FREEZE_GROUP_INIT                                                                      \
	{                                                                                          \
		.mount = -EBADF, .dir = -EBADF, .knob = -EBADF, .asked = -EBADF, .events = -EBADF, \
	}

/* Of the process whose /proc/PID is @procdir. -ENOENT: it has no cgroup of its own there, or there
 * is no such hierarchy. */
int nsv_freeze_group_open(struct nsv_freeze_group *g, unsigned version, int procfs, int procdir,
			  struct nsv_error *e);
/* Opens the one above @g. -ENOENT: that is the top, which can't be frozen. */
int nsv_freeze_group_up(const struct nsv_freeze_group *g, struct nsv_freeze_group *ret);
void nsv_freeze_group_close(struct nsv_freeze_group *g);

/*
 * The processes in it and in all cgroups below; of version 1, where each thread may be in a cgroup
 * of its own, the threads. *ret is malloc'd, in no order. -E2BIG: too many.
 */
int nsv_freeze_group_ids(const struct nsv_freeze_group *g, pid_t **ret, size_t *ret_n);

/* ---- async-signal-safe, with the last three fds only ---- */

/* 1: somebody asked for this very cgroup to be frozen; 0: nobody did; or -errno. */
int nsv_freeze_group_is_asked(const struct nsv_freeze_group *g);
/* 1: all of its processes have stopped; 0: not yet; or -errno. */
int nsv_freeze_group_is_stopped(const struct nsv_freeze_group *g);
/* Asks for it to be frozen, or thaws it. 0 or -errno. */
int nsv_freeze_group_ask(const struct nsv_freeze_group *g, bool freeze);

#endif
