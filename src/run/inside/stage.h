/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stage.h - the process that enters the container and gives birth to the program.
 *
 * The order defends against the container, which may have CAP_SYS_PTRACE:
 *   1. nsv_stage_start() forks while the parent knows nothing yet (job.h).
 *   2. The stage is undumpable, has no other fd, and stays in the host's PID namespace, where no
 *      process of the container sees it, while it joins the other namespaces, drops what the
 * program must not have and installs the filters.
 *   3. Only then clone(2) into the PID namespace, with CLONE_PARENT: the new process has from its
 *      first instruction just what an engine's exec would give it. It waits until the parent has
 * seen to its cgroup, starts a session and executes the program. It loads no library, looks up no
 * user and translates no message after the entry.
 */
#ifndef NSV_RUN_INSIDE_STAGE_H
#define NSV_RUN_INSIDE_STAGE_H

#include <stdint.h>
#include <sys/types.h>

/* Where the stage or the program failed. */
enum nsv_stage_step {
	NSV_STEP_JOB,
	NSV_STEP_HARDEN,
	NSV_STEP_LIMITS,
	NSV_STEP_OOM,
	NSV_STEP_JOIN, /* detail: enum nsv_job_fd */
	NSV_STEP_ROOT,
	NSV_STEP_KEYRING,
	NSV_STEP_PTY,
	NSV_STEP_NULL,
	NSV_STEP_STDIO,
	NSV_STEP_CWD,
	NSV_STEP_LABEL,
	NSV_STEP_USER,
	NSV_STEP_CAPABILITIES,
	NSV_STEP_FILTER,
	NSV_STEP_FORK, /* err EAGAIN: the container's limit of processes is reached */
	NSV_STEP_SESSION,
	NSV_STEP_EXEC,
	NSV_STEP_STARTED, /* no failure: @pid is the new process */
};

struct nsv_stage_report {
	int32_t step, err, detail;
	int32_t pid;
};

/* Fds of the parent that come with NSV_STEP_STARTED: a terminal, or pipes. */
enum nsv_stage_fd {
	NSV_STAGE_FD_IN, /* the terminal's master; or the writing end of its stdin, with -i */
	NSV_STAGE_FD_OUT,
	NSV_STAGE_FD_ERR,
	NSV_STAGE_FDS
};

struct nsv_stage_process {
	pid_t pid;
	int sock; /* SOCK_STREAM: the job goes there, then reports come back */
	int go;	  /* write a byte: the program may start; closed: it must not */
};

/* Forks. The process has one thread. The stage waits for a job and dies with the caller. */
int nsv_stage_start(struct nsv_stage_process *ret);
/* Ends and reaps it, if it is there. */
void nsv_stage_end(struct nsv_stage_process *s);

#endif
