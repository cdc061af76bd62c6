/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pinned.h - what a struct nsv_target holds; for the files of this room. */
#ifndef NSV_REACH_PINNED_H
#define NSV_REACH_PINNED_H

#include <nsview/target.h>

#include "idmap.h"
#include "proc.h"
#include "procfs.h"

#define NSV_PID_MAX INT32_MAX

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

/* An empty target with the host's /proc open, or -errno (-ENOSYS: a kernel older than 5.8). */
int nsv_target_new(struct nsv_target **ret, struct nsv_error *e);

/*
 * As nsv_target_open_pid(), but who owns its mount namespace and what its IDs mean is left out:
 * that may take a helper, and more rights than to look.
 */
int nsv_target_pin(pid_t pid, uint64_t mntns_ino, uint64_t start, struct nsv_target **ret,
		   struct nsv_error *e);

/* From its mntns, and its process: who owns it, what it is to us, what its IDs mean. May fork. */
int nsv_target_describe(struct nsv_target *t, struct nsv_error *e);

/* Local variables that free themselves: nsv_autotarget struct nsv_target *t = NULL; */
static inline void nsv_target_free_p(struct nsv_target **t)
{
	*t = nsv_target_free(*t);
}

#define nsv_autotarget __attribute__((cleanup(nsv_target_free_p)))

/* Whether the release text of uname(2) is at least 5.8. */
bool nsv_kernel_serves(const char *release);

#endif
