/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program.h - executes a program in a forked child, and tells the parent why it could not.
 *
 * A pipe that closes on exec connects the two: nothing comes if the program has started.
 */
#ifndef NSV_RUN_PROGRAM_H
#define NSV_RUN_PROGRAM_H

#include <nsview/error.h>

/* In the parent, before the fork. @fds[0] is the parent's end, @fds[1] the child's. 0 or -errno. */
int nsv_program_pipe(int fds[2]);

/*
 * In the child: executes argv[0], looked for in the PATH of @env if it has no slash. Returns only
 * on failure, with @e filled, NSV_STAGE_EXEC: -ENOENT not found, else not executable.
 */
int nsv_program_exec(char *const argv[], char *const env[], struct nsv_error *e);
/* Says why @name could not be executed: @err, and where it was looked for, the PATH of @env. */
int nsv_program_failed(int err, const char *name, char *const env[], struct nsv_error *e);

/* In the child: sends @e to the parent and ends the child. */
void nsv_program_fail(int fd, const struct nsv_error *e) __attribute__((noreturn));

/*
 * In the parent, which has closed the child's end: waits until the program has started (0) or
 * failed
 * (-errno, and @e is the child's). -ECHILD: the child has ended without a word, @e says so.
 */
int nsv_program_started(int fd, struct nsv_error *e);

#endif
