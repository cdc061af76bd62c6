/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pinned.h - the members of struct nsv_target, which owns its fds; not part of the public API.
 */
#ifndef NSV_REACH_PINNED_H
#define NSV_REACH_PINNED_H

#include <stdatomic.h>

#include <nsview/target.h>

#include "idmap.h"
#include "proc.h"
#include "procfs.h"

#define NSV_PID_MAX INT32_MAX

struct nsv_target {
	atomic_uint holders; /* the caller, and each root */
	int procfs;	     /* O_PATH, the host's /proc */
	pid_t pid;	     /* thread group; 0 without a process */
	int pidfd;	     /* none without a process */
	int procdir; /* O_PATH, /proc/PID or /proc/PID/task/TID of this very task; none likewise */
	int root;    /* O_PATH, the process's "/"; none likewise */
	int mntns;   /* nsfs */
	int userns;  /* owner of mntns, nsfs; none where NS_GET_USERNS fails (ioctl_ns(2)) */
	uint64_t mntns_ino;
	bool is_host;	 /* mntns is the caller's own */
	bool own_userns; /* userns was the caller's own when the target was opened */
	bool joined;	 /* nsv_target_join_userns() has succeeded */
	struct nsv_proc self;
	struct nsv_idmap uids, gids; /* inside <-> host, as read before any joining */
};

/* An empty target with the host's /proc open, or -errno (-ENOSYS: Linux older than 5.8). */
int nsv_target_new(struct nsv_target **ret, struct nsv_error *e);

/* Another holder, who gives it to nsv_target_free(). Returns @t. */
struct nsv_target *nsv_target_hold(struct nsv_target *t);

/*
 * As nsv_target_open_pid(), but leaves userns and the ID maps unset: reading them may take a helper
 * and more rights than looking at the process.
 */
int nsv_target_pin(pid_t pid, uint64_t mntns_ino, uint64_t start, struct nsv_target **ret,
		   struct nsv_error *e);

/*
 * Fills is_host, own_userns, userns and the ID maps from mntns and procdir. May start a helper
 * (userns.h). 0 or -errno.
 */
int nsv_target_describe(struct nsv_target *t, struct nsv_error *e);

/* Local variables that free themselves: nsv_autotarget struct nsv_target *t = NULL; */
static inline void nsv_target_free_p(struct nsv_target **t)
{
	*t = nsv_target_free(*t);
}

#define nsv_autotarget __attribute__((cleanup(nsv_target_free_p)))

/* Whether @release, a text as of uname(2), is at least 5.8; true if it can't be read. */
bool nsv_kernel_is_supported(const char *release);

#endif
