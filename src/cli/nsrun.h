/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsrun.h - the files of nsrun. Main thread only. */
#ifndef NSV_CLI_NSRUN_H
#define NSV_CLI_NSRUN_H

#include <nsview/run.h>

#include "cli/cli.h"

/* As of env(1) and docker-run(1). */
enum {
	NSRUN_EXIT_SELF = 125,		 /* nsrun failed, COMMAND did not start */
	NSRUN_EXIT_NOT_EXECUTABLE = 126, /* COMMAND was found, and can't be executed */
	NSRUN_EXIT_NOT_FOUND = 127,
};

struct nsrun_options {
	struct nsv_run_options run;
	bool chosen; /* namespaces were named: the default set does not count */
	bool dns_typed;
	const char **env; /* ends with NULL, malloc'd, with room for one more */
	size_t n_env;
	char *shell;		/* one of them, malloc'd, or NULL */
	const char **env_names; /* likewise; its texts point into @env_words */
	char *env_words;
};

/* ---- nsrun_options.c ---- */

/* argv[optind] is the first operand afterwards. Ends the command if an option is wrong. */
void nsrun_parse(struct nsrun_options *ret, int argc, char **argv);
void nsrun_free(struct nsrun_options *o);

/* ---- nsrun_beside.c ---- */

/* `nsrun SPEC [--] [COMMAND [ARG...]]`; returns the exit status. */
int nsrun_beside_main(int argc, char **argv);

/* ---- nsrun_end.c: for both ways ---- */

/* Ends this process as another did whose status of waitpid(2) is @status. */
void nsrun_end_like(int status) __attribute__((noreturn));

/* Prints why COMMAND did not start, and returns the exit status for that. */
int nsrun_failed(const char *spec, int r, const struct nsv_error *e);

/* ---- nsrun_inside.c ---- */

/* `nsrun --inside ...`, with the arguments of main(). */
int nsrun_inside_main(int argc, char **argv);

#endif
