/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hazard.h - tells what of a program beside a container the container could reach. */
#ifndef NSV_RUN_HAZARD_H
#define NSV_RUN_HAZARD_H

#include <nsview/run.h>

/*
 * Gives a note if the target's process is in the caller's PID namespace, so that it sees the
 * program in its /proc; with CAP_SYS_PTRACE in the caller's user namespace it could also trace it.
 * A process of another PID namespace has no number for the program.
 */
void nsv_hazard_note(const struct nsv_target *t, const struct nsv_run_options *options);

#endif
