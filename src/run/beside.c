/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* beside.c - runs a program of the host beside a container. No state, no locks. */
#include <nsview/run.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "program.h"
#include "reach/helper.h"
#include "reach/pinned.h"
#include "reach/util.h"
#include "supervise.h"

struct beside {
	const struct nsv_target *target;
	const struct nsv_run_options *options;
	char *const *argv;
	struct nsv_signals signals;
	int report[2]; /* program.h */
	struct nsv_run_result result;
};

static _Noreturn void run_child(const struct beside *b, pid_t parent)
{
	struct nsv_error e = NSV_ERROR_INIT;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	nsv_signals_restore(&b->signals);
	(void)nsv_program_exec(b->argv, environ, &e);
	nsv_program_fail(b->report[1], &e);
}

static int container_ended(void *data)
{
	struct beside *b = data;

	b->result.container_ended = true;
	if (b->options->note)
		b->options->note(b->options->data,
				 "has ended: what the program read may be incomplete");
	return NSV_FD_NONE;
}

static int supervise(struct beside *b, pid_t pid, struct nsv_error *e)
{
	struct nsv_supervised s = { .pid = pid,
				    .signals = &b->signals,
				    .stops = true,
				    .container = NSV_FD_NONE,
				    .container_ended = container_ended,
				    .data = b };
	int failed = nsv_program_started(b->report[0], e);
	int r;

	if (failed == 0 && b->target->pidfd >= 0)
		s.container = fcntl(b->target->pidfd, F_DUPFD_CLOEXEC, 0);
	r = nsv_supervise(&s, &b->result.status);
	if (failed < 0)
		return failed;
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_EXEC, "%s: %s", b->argv[0], strerror(-r)) : 0;
}

int nsv_run(struct nsv_target *t, const struct nsv_run_options *options, char *const argv[],
	    struct nsv_run_result *ret, struct nsv_error *e)
{
	struct beside b = { .target = t,
			    .options = options,
			    .argv = argv,
			    .signals = NSV_SIGNALS_NONE,
			    .report = { NSV_FD_NONE, NSV_FD_NONE } };
	pid_t parent = getpid(), pid;
	int r;

	if (options->size != sizeof(*options) || !argv[0])
		return nsv_error_set(e, EINVAL, NSV_STAGE_TARGET, "%s", strerror(EINVAL));
	r = nsv_program_pipe(b.report);
	if (r == 0)
		r = nsv_signals_take(&b.signals);
	pid = r == 0 ? nsv_fork(false) : 0;
	if (r == 0 && pid == 0)
		run_child(&b, parent);
	if (r == 0 && pid < 0)
		r = -errno;
	nsv_close_p(&b.report[1]);
	r = r == 0 ? supervise(&b, pid, e)
		   : nsv_error_set(e, -r, NSV_STAGE_ENTER, "%s", strerror(-r));
	nsv_signals_end(&b.signals);
	nsv_close(b.report[0]);
	if (r == 0)
		*ret = b.result;
	return r;
}
