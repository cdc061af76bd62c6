/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pinned.h - what a struct nsv_target holds; for the files of this room. */
#ifndef NSV_REACH_PINNED_H
#define NSV_REACH_PINNED_H

#include <nsview/target.h>

#include "idmap.h"
#include "proc.h"
#include "procfs.h"

struct nsv_target {
	int procfs;  /* O_PATH, the host's /proc */
	pid_t pid;   /* thread group; 0 without a process */
	int pidfd;   /* none without a process */
	int procdir; /* O_PATH, /proc/PID or /proc/PID/task/TID; bound to that task */
	int root;    /* O_PATH, its "/"; none without a process */
	int mntns;   /* nsfs */
	int userns;  /* owner of mntns; none where the kernel won't say */
	uint64_t mntns_ino;
	bool is_host;	 /* our own mount namespace */
	bool own_userns; /* mntns belongs to the user namespace we started in */
	bool joined;	 /* nsv_target_join_userns() has been here */
	struct nsv_proc self;
	struct nsv_idmap uids, gids; /* inside <-> the host's numbers, as read before joining */
};

/* Whether the release text of uname(2) is at least 5.8. */
bool nsv_kernel_serves(const char *release);

#endif
