/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* environment.h - the environment and arguments of a program beside a container. */
#ifndef NSV_RUN_ENVIRONMENT_H
#define NSV_RUN_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <nsview/run.h>

#define NSV_ENVIRON_MAX ((size_t)128 << 10) /* bytes of the container's that are read */

/*
 * The environment of the target's process as it was at its start (proc_pid_environ(5)), malloc'd
 * and terminated by one more NUL. -errno: -E2BIG, -ESRCH it has ended.
 */
int nsv_environment_read(const struct nsv_target *t, char **ret_text, size_t *ret_len);

/* Whether a variable of this name, with any value, is known to make no common program run code. */
bool nsv_environment_is_harmless(const char *name, size_t len);

/*
 * The caller's environment, then what @options takes of @of_container (may be NULL), then
 * NSVIEW_ROOT=@root (may be NULL), then @options->env; the last of a name counts. malloc'd, as are
 * its texts, for the rest of the process's life: it executes a program. NULL: no memory.
 */
char **nsv_environment_make(const struct nsv_run_options *options, const char *of_container,
			    size_t len, const char *root);

/* @argv with each @replace in its texts, but for argv[0], replaced by @root. Likewise. */
char **nsv_arguments_make(char *const argv[], const char *replace, const char *root);

#endif
