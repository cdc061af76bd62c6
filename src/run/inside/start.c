/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* start.c - the parent's side of the start: cgroups, the stage's reports. No locks; one thread. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "reach/message.h"
#include "reach/util.h"
#include "run/inside/capability.h"
#include "run/inside/internal.h"
#include "run/program.h"

#define LOOK_MS 500 /* between two looks whether the container was paused meanwhile */

#define CAP_SYS_PTRACE 19

int nsv_inside_begin(struct nsv_inside **ret, struct nsv_error *e)
{
	struct nsv_inside *in = calloc(1, sizeof(*in));
	int r;

	/* If the caller ignores it, the kernel reaps children and forgets their status. */
	(void)signal(SIGCHLD, SIG_DFL);
	if (!in)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_ENTER, "out of memory");
	in->procfs = in->procdir = in->pidfd = NSV_FD_NONE;
	for (int i = 0; i < NSV_JOB_FDS; i++)
		in->job.fds[i] = NSV_FD_NONE;
	for (int i = 0; i < NSV_STAGE_FDS; i++)
		in->fds[i] = NSV_FD_NONE;
	r = nsv_stage_start(&in->stage);
	if (r < 0) {
		free(in);
		return nsv_error_set(e, -r, NSV_STAGE_ENTER, "no process can be started: %s",
				     strerror(-r));
	}
	*ret = in;
	return 0;
}

struct nsv_inside *nsv_inside_end(struct nsv_inside *in)
{
	if (!in)
		return NULL;
	nsv_stage_end(&in->stage);
	nsv_job_clear(&in->job);
	nsv_cgroups_close(&in->cgroups);
	nsv_close(in->procfs);
	nsv_close(in->procdir);
	for (int i = 0; i < NSV_STAGE_FDS; i++)
		nsv_close(in->fds[i]);
	free(in);
	return NULL;
}

/* ---- reports ---- */

static const char *const steps[] = {
	[NSV_STEP_JOB] = "the helper process failed",
	[NSV_STEP_HARDEN] = "the helper process can't be protected",
	[NSV_STEP_LIMITS] = "its resource limits can't be set",
	[NSV_STEP_OOM] = "its oom_score_adj can't be set",
	[NSV_STEP_JOIN] = "a namespace can't be joined: needs root, or to own its user namespace",
	[NSV_STEP_ROOT] = "its root can't be entered",
	[NSV_STEP_KEYRING] = "no session keyring",
	[NSV_STEP_PTY] = "no terminal of its own: /dev/pts/ptmx is no multiplexer on a devpts",
	[NSV_STEP_NULL] = "its /dev/null",
	[NSV_STEP_STDIO] = "no pipes",
	[NSV_STEP_LABEL] = "the label of its security module can't be set",
	[NSV_STEP_USER] = "the user can't be set",
	[NSV_STEP_CAPABILITIES] = "its capabilities can't be set",
	[NSV_STEP_FILTER] = "its seccomp filters can't be installed",
	[NSV_STEP_FORK] = "no process can be started in it",
	[NSV_STEP_SESSION] = "no session can be started in it",
};

static int explain(const struct nsv_inside *in, const struct nsv_stage_report *r,
		   struct nsv_error *e)
{
	int err = r->err > 0 && r->err < 4096 ? r->err : EIO;
	const char *cwd = in->job.settings.cwd;

	if (r->step == NSV_STEP_EXEC)
		return nsv_program_failed(err, in->job.argv.list[0], in->job.settings.env.list, e);
	if (r->step < 0 || (size_t)r->step >= NSV_ARRAY_SIZE(steps))
		return nsv_error_set(e, EIO, NSV_STAGE_ENTER, "the helper process failed");
	if (r->step == NSV_STEP_CWD)
		return nsv_error_set(e, err, NSV_STAGE_ENTER,
				     "%.150s: the working directory can't be entered: %s",
				     cwd && *cwd ? cwd : "/", strerror(err));
	return nsv_error_set(e, err, NSV_STAGE_ENTER, "%s: %s", steps[r->step], strerror(err));
}

/* Waits for a report; meanwhile looks whether the container was paused, which stops the stage, too.
 */
static int next_report(struct nsv_inside *in, struct nsv_stage_report *ret, int *fds, size_t n_fds,
		       struct nsv_error *e)
{
	struct nsv_packet p = { .head = ret, .head_len = sizeof(*ret), .fds = fds, .n_fds = n_fds };
	int r;

	while ((r = nsv_wait_readable(in->stage.sock, nsv_now_ms() + LOOK_MS)) == -ETIMEDOUT) {
		r = nsv_cgroups_frozen(in->procfs, in->procdir, e);
		if (r < 0)
			return r;
	}
	if (r == 0)
		r = nsv_packet_recv(in->stage.sock, &p, NSV_NO_DEADLINE);
	return r;
}

static int lost(const struct nsv_inside *in, int r, struct nsv_error *e)
{
	struct pollfd ended = { .fd = in->pidfd, .events = POLLIN };

	if (r == -EBUSY)
		return r; /* paused; @e says so */
	if (in->pidfd >= 0 && poll(&ended, 1, 0) > 0)
		return nsv_error_set(e, ESRCH, NSV_STAGE_ENTER, "the container has ended");
	return nsv_error_set(e, ECHILD, NSV_STAGE_ENTER, "the helper process was killed");
}

/*
 * The container's limit of processes is reached. As an engine does, the program starts outside and
 * is moved in. Until then it does not count; what traces it could let it fork without end, so not
 * for a container that may trace.
 */
static int retry_outside(struct nsv_inside *in, struct nsv_stage_report *report,
			 struct nsv_error *e)
{
	int r;

	if (in->job.settings.caps[NSV_CAPS_BOUNDING] >> CAP_SYS_PTRACE & 1)
		return nsv_error_set(e, EAGAIN, NSV_STAGE_ENTER,
				     "its limit of processes is reached");
	r = nsv_cgroups_leave(&in->cgroups, in->stage.pid);
	if (r == 0)
		r = nsv_send_all(in->stage.sock, "", 1);
	if (r == 0)
		r = next_report(in, report, in->fds, NSV_STAGE_FDS, e);
	if (r < 0)
		return lost(in, r, e);
	if (report->step != NSV_STEP_STARTED)
		return explain(in, report, e);
	r = nsv_cgroups_enter(&in->cgroups, report->pid, true);
	if (r < 0) {
		(void)kill(report->pid, SIGKILL);
		(void)waitpid(report->pid, NULL, 0);
	}
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_ENTER, "it can't be put into its cgroup: %s",
				     strerror(-r))
		     : 0;
}

static int born(struct nsv_inside *in, struct nsv_error *e)
{
	struct nsv_stage_report report = { 0 };
	int r = nsv_job_send(in->stage.sock, &in->job);

	if (r == 0)
		r = next_report(in, &report, in->fds, NSV_STAGE_FDS, e);
	if (r < 0)
		return lost(in, r, e);
	if (report.step == NSV_STEP_FORK && report.err == EAGAIN && in->cgroups.n) {
		r = retry_outside(in, &report, e);
		if (r < 0)
			return r;
	} else if (report.step != NSV_STEP_STARTED) {
		return explain(in, &report, e);
	}
	in->pid = report.pid;
	return 0;
}

/* Fds came without gaps: without -i, the first is the one of stdout. */
static void place_fds(struct nsv_inside *in)
{
	if (in->job.tty || in->job.in || in->job.detach)
		return;
	for (int i = NSV_STAGE_FDS - 1; i > 0; i--)
		in->fds[i] = in->fds[i - 1];
	in->fds[NSV_STAGE_FD_IN] = NSV_FD_NONE;
}

int nsv_inside_start(struct nsv_inside *in, struct nsv_error *e)
{
	struct nsv_stage_report report = { 0 };
	int r = nsv_cgroups_enter(&in->cgroups, in->stage.pid, false);

	if (r < 0 && !(in->weaker & NSV_INSIDE_WEAKER_CGROUP))
		return nsv_error_set(e, -r, NSV_STAGE_ENTER, "it can't be put into its cgroup: %s",
				     strerror(-r));
	r = born(in, e);
	if (r < 0)
		return r;
	place_fds(in);
	if (write(in->stage.go, "", 1) != 1)
		return lost(in, -EIO, e);
	/* The end of file: the program is being executed. No fds: the sender is in the container.
	 */
	r = next_report(in, &report, NULL, 0, e);
	if (r == -ECONNRESET)
		return 0;
	(void)kill(in->pid, SIGKILL);
	(void)waitpid(in->pid, NULL, 0);
	in->pid = 0;
	return r < 0 ? lost(in, r, e) : explain(in, &report, e);
}
