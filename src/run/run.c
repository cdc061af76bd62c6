/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* run.c - nsv_run(): forks the child of beside.c and supervises it. No state, no locks. */
#include <nsview/run.h>

#include <fcntl.h>
#include <string.h>

#include <nsview/discover.h>

#include "beside.h"
#include "hazard.h"
#include "program.h"
#include "reach/helper.h"
#include "reach/pinned.h"
#include "reach/sized.h"
#include "reach/util.h"
#include "supervise.h"

struct run {
	const struct nsv_run_options *options;
	struct nsv_run_result result;
	struct nsv_signals signals;
	int report[2];	  /* program.h */
	uint64_t mntns;	  /* of the container */
	uint64_t started; /* when this process did, clock ticks since boot */
};

/*
 * Another process of the container, where the one that was named has ended and the container lives
 * on. The number of its mount namespace may have been given to a new one since; no process of that
 * can be older than this process.
 */
static int find_another(const struct run *run)
{
	struct nsv_scan_options options = NSV_SCAN_OPTIONS_INIT;
	const struct nsv_container *c;
	nsv_autotarget struct nsv_target *t = NULL;
	struct nsv_scan *scan;
	int fd = NSV_FD_NONE;

	options.mntns = run->mntns;
	if (nsv_scan_new(&options, &scan, NULL) < 0)
		return NSV_FD_NONE;
	c = nsv_scan_find_mntns(scan, run->mntns);
	if (c && c->start < run->started &&
	    nsv_target_open_pid(c->pid, c->mntns, c->start, &t, NULL) == 0)
		fd = nsv_steal_fd(&t->pidfd);
	(void)nsv_scan_free(scan);
	return fd;
}

static int container_ended(void *data)
{
	struct run *run = data;
	int another = find_another(run);

	if (another >= 0)
		return another;
	run->result.container_ended = true;
	if (run->options->note)
		run->options->note(run->options->data,
				   "has ended: what the program does may be incomplete");
	return NSV_FD_NONE;
}

static int supervise(struct run *run, pid_t pid, int pidfd, const char *name, struct nsv_error *e)
{
	struct nsv_supervised s = { .pid = pid,
				    .signals = &run->signals,
				    .stops = true,
				    .container = NSV_FD_NONE,
				    .container_ended = container_ended,
				    .data = run };
	int failed = nsv_program_started(run->report[0], e);
	int r;

	if (failed == 0)
		s.container = pidfd;
	else
		nsv_close(pidfd);
	r = nsv_supervise(&s, &run->result.status);
	if (failed < 0)
		return failed;
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_EXEC, "%s: %s", name, strerror(-r)) : 0;
}

/* In the child, it never returns. */
static pid_t start(const struct run *run, const struct nsv_beside *b)
{
	pid_t parent = getpid();
	pid_t pid = nsv_fork(false);
	struct nsv_error e = NSV_ERROR_INIT;

	if (pid != 0)
		return pid < 0 ? -errno : pid;
	nsv_signals_restore(&run->signals);
	(void)nsv_beside_become(b, parent, run->report[1], &e);
	nsv_program_fail(run->report[1], &e);
}

/* Frees the target. */
static int run_prepared(struct run *run, struct nsv_target **target, struct nsv_beside *b,
			struct nsv_error *e)
{
	const char *name = b->argv[0];
	int pidfd = NSV_FD_NONE;
	int r = nsv_program_pipe(run->report);

	if (r == 0)
		r = nsv_signals_take(&run->signals);
	if (r == 0)
		r = start(run, b);
	nsv_close_p(&run->report[1]);
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_ENTER, "%s", strerror(-r));
	if (b->target->pidfd >= 0)
		pidfd = fcntl(b->target->pidfd, F_DUPFD_CLOEXEC, 0);
	/* Nothing of the container is held while the program runs. */
	nsv_beside_clear(b);
	*target = nsv_target_free(*target);
	return supervise(run, r, pidfd, name, e);
}

/* A kind of namespace of later versions. */
static bool wants_unknown(const struct nsv_run_options *options)
{
	for (size_t i = NSV_RUN_KINDS; i < NSV_ARRAY_SIZE(options->ns); i++)
		if (options->ns[i].from != NSV_RUN_FROM_HOST)
			return true;
	return false;
}

int nsv_run(struct nsv_target *target_take, const struct nsv_run_options *given, char *const argv[],
	    struct nsv_run_result *ret, struct nsv_error *e)
{
	struct nsv_run_options own_options;
	const struct nsv_run_options *options = &own_options;
	struct run run = { .options = options,
			   .signals = NSV_SIGNALS_NONE,
			   .report = { NSV_FD_NONE, NSV_FD_NONE } };
	nsv_autotarget struct nsv_target *t = target_take;
	struct nsv_process_stat own = { 0 };
	struct nsv_beside b;
	int r;

	if (nsv_sized_take(&own_options, sizeof(own_options), given) < 0 ||
	    !nsv_sized_is_set(ret) || !argv[0] || wants_unknown(options))
		return nsv_error_set(e, EINVAL, NSV_STAGE_TARGET, "%s", strerror(EINVAL));
	run.mntns = t->mntns_ino;
	(void)nsv_process_stat(t->procfs, "self", &own);
	run.started = own.start;
	nsv_hazard_note(t, options);
	r = nsv_beside_prepare(t, options, argv, &b, e);
	if (r == 0)
		r = run_prepared(&run, &t, &b, e);
	nsv_beside_clear(&b);
	nsv_signals_end(&run.signals);
	nsv_close(run.report[0]);
	if (r == 0)
		(void)nsv_sized_give(ret, &run.result, sizeof(run.result));
	return r;
}
