/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stage_io.h - standard input, output and error of the program, made in the container by the stage:
 * pipes, the container's own /dev/null, a terminal of the container's own devpts.
 */
#ifndef NSV_RUN_INSIDE_STAGE_IO_H
#define NSV_RUN_INSIDE_STAGE_IO_H

#include "run/inside/job.h"
#include "run/inside/stage.h"

struct nsv_stage_io {
	int program[3]; /* 0, 1, 2; one fd several times with a terminal */
	int parent[NSV_STAGE_FDS];
};

/*
 * @job->fds[NSV_JOB_ROOT] is the container's root, fds[NSV_JOB_PROCFS] the host's procfs. What is
 * found at /dev/ptmx and /dev/null is opened only if it is the device of that number, and the
 * terminal's multiplexer only on devpts: opening another file could have an effect. 0, or -errno
 * with *ret_step.
 */
int nsv_stage_io_make(const struct nsv_job *job, struct nsv_stage_io *ret,
		      enum nsv_stage_step *ret_step);

#endif
