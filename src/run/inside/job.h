/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * job.h - what the stage (stage.h) is to do, as bytes. The stage is forked before the parent reads
 * anything, so that its memory, which a container may get to see, holds nothing of the host but
 * these bytes: the program, its environment, its confinement.
 */
#ifndef NSV_RUN_INSIDE_JOB_H
#define NSV_RUN_INSIDE_JOB_H

#include "run/inside/settings.h"

/* Fds that go along, in this order; NSV_FD_NONE: equal to the caller's own, or not there. */
enum nsv_job_fd {
	NSV_JOB_USER,
	NSV_JOB_CGROUP,
	NSV_JOB_UTS,
	NSV_JOB_IPC,
	NSV_JOB_NET,
	NSV_JOB_PID,
	NSV_JOB_TIME,
	NSV_JOB_MNT,
	NSV_JOB_NAMESPACES,
	NSV_JOB_ROOT = NSV_JOB_NAMESPACES, /* O_PATH of the container's "/" */
	NSV_JOB_PROCFS,			   /* O_PATH of the host's /proc */
	NSV_JOB_FDS
};

struct nsv_job {
	struct nsv_inside_settings settings;
	struct nsv_strings argv;
	bool tty, in; /* -t, -i */
	bool detach;
	unsigned early; /* bits 1U << NSV_JOB_...: namespaces to join before the user namespace */
	bool cwd_later; /* the stage's own note */
	int fds[NSV_JOB_FDS];
};

/* The whole job but for the fds. The bytes are the caller's. -ENOMEM. */
int nsv_job_pack(const struct nsv_job *job, char **ret, size_t *ret_len);
/* -EBADMSG; -ENOMEM. On success nsv_job_clear() frees. */
int nsv_job_unpack(const char *bytes, size_t len, struct nsv_job *ret);
/* Also closes the fds. */
void nsv_job_clear(struct nsv_job *job);

/* By a SOCK_STREAM socket, with the fds. 0 or -errno. */
int nsv_job_send(int sock, const struct nsv_job *job);
int nsv_job_recv(int sock, struct nsv_job *ret);

#endif
