/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * confine.h - the steps by which the stage becomes what the program is to be, in the order of
 * calling. Each is 0, or -errno with *ret_step and *ret_detail; irreversible; async-signal-safe.
 */
#ifndef NSV_RUN_INSIDE_CONFINE_H
#define NSV_RUN_INSIDE_CONFINE_H

#include "run/inside/job.h"
#include "run/inside/stage.h"

/* oom_score_adj and limits, which take rights of the host; undumpable from here on. */
int nsv_confine_limits(const struct nsv_job *job, enum nsv_stage_step *ret_step);
/* All namespaces (the PID namespace for children only), the root directory, ID 0 there. */
int nsv_confine_enter(const struct nsv_job *job, enum nsv_stage_step *ret_step, int *ret_detail);
/* Session keyring, working directory. */
int nsv_confine_place(struct nsv_job *job, enum nsv_stage_step *ret_step);
/* Label, umask, user, groups, capabilities, filters. */
int nsv_confine_drop(const struct nsv_job *job, enum nsv_stage_step *ret_step);

#endif
