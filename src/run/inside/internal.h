/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* internal.h - the members of struct nsv_inside. */
#ifndef NSV_RUN_INSIDE_INTERNAL_H
#define NSV_RUN_INSIDE_INTERNAL_H

#include "run/inside/cgroups.h"
#include "run/inside/job.h"
#include "run/inside/stage.h"
#include <nsview/inside.h>

struct nsv_inside {
	struct nsv_stage_process stage;
	struct nsv_job job;
	struct nsv_cgroups cgroups;
	int procfs, procdir; /* of the container's main process */
	int pidfd;	     /* likewise, borrowed */
	unsigned weaker;
	pid_t pid; /* the program; 0: not started */
	int fds[NSV_STAGE_FDS];
};

#endif
