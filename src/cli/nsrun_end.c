/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsrun_end.c - how nsrun ends: as COMMAND did, or by a message of its own. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/nsrun.h"

void nsrun_end_like(int status)
{
	const struct rlimit no_core = { 0, 0 };
	sigset_t set;
	int number;

	if (!WIFSIGNALED(status))
		exit(WEXITSTATUS(status));
	/* By the same signal, so that a shell sees it too; the core is the program's. */
	number = WTERMSIG(status);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)signal(number, SIG_DFL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, number);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	(void)raise(number);
	exit(128 + number);
}

int nsrun_failed(const char *spec, int r, const struct nsv_error *e)
{
	if (e->stage != NSV_STAGE_EXEC) {
		cli_error_spec(spec, r, e);
		return NSRUN_EXIT_SELF;
	}
	cli_error("%s", e->msg);
	return e->err == ENOENT ? NSRUN_EXIT_NOT_FOUND : NSRUN_EXIT_NOT_EXECUTABLE;
}
