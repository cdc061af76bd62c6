/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsview_doctor.c - `nsview doctor`: runs every check, each in a child with a time limit.
 *
 * Defends against: a check that hangs (a dead file system, a call that never returns) and a check
 * that crashes: both are results. Main thread only.
 */
#include "cli/nsview_doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/util.h"
#include "cli/nsview.h"
#include "reach/helper.h"

#define LIMIT_MS   15000 /* for all checks, which run at the same time */
#define END_MS	   500	 /* for a killed check to end */
#define CHECKS_MAX 32

static const struct doctor_row rows[] = {
	{ "kernel", doctor_kernel, false },
	{ "proc", doctor_proc, true },
	{ "reading", doctor_reading, true },
	{ "containers", doctor_containers, true },
	{ "engines", doctor_engines, false },
	{ "capabilities", doctor_capabilities, false },
	{ "openat2", doctor_openat2, false },
	{ "pidfd", doctor_pidfd, true },
	{ "statx", doctor_statx, false },
	{ "open_tree", doctor_mounts, false },
	{ "userns", doctor_userns, false },
	{ "hidepid", doctor_hidepid, false },
	{ "ptrace", doctor_ptrace, false },
	{ "lsm", doctor_lsm, false },
	{ "landlock", doctor_landlock, false },
	{ "seccomp", doctor_seccomp, false },
	{ "fuse", doctor_fuse, false },
	{ "passthrough", doctor_passthrough, false },
	{ "fusermount3", doctor_fusermount, false },
	{ "fuse.conf", doctor_fuse_conf, false },
	{ "propagation", doctor_propagation, false },
	{ "updatedb", doctor_updatedb, false },
	{ "freezer", doctor_freezer, false },
	{ "clock", doctor_clock, false },
	{ "space", doctor_space, false },
};
_Static_assert(NSV_ARRAY_SIZE(rows) <= CHECKS_MAX, "running[] has room");
_Static_assert(sizeof(struct doctor_result) < 4096, "one write(2) to a pipe");

static const struct cli_option options[] = {
	{ 'J', "json", NULL, "a JSON object, see nsview(1)" },
	CLI_HELP_OPTIONS,
};

const struct cli_command nsview_doctor_command = {
	.name = "nsview doctor",
	.usage = "[-J]",
	.about = "Say what works on this host, what does not, why, and the remedy: a line each.\n"
		 "Each thing is tried; nothing on the host is changed.",
	.options = options,
	.epilog = "States: ok; WARNING, with what is lost; FAIL.\n"
		  "\n"
		  "Exit code: 0, 1 if no container's file can be read here, 2 wrong usage.",
};

/* ---- running them ---- */

struct running {
	struct nsv_helper child;
	int answer; /* a pipe */
};

static void __attribute__((noreturn)) run_check(const struct doctor_row *row, int answer)
{
	struct doctor_result r = { .state = DOCTOR_FAIL };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	/* What a library prints is no result. */
	if (null >= 0) {
		(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
	}
	row->check(&r);
	_exit(write(answer, &r, sizeof(r)) != (ssize_t)sizeof(r));
}

static int start(const struct doctor_row *row, struct running *ret)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = doctor_fork();
	if (pid == 0)
		run_check(row, ends[1]);
	(void)close(ends[1]);
	if (pid < 0) {
		int r = -errno;

		(void)close(ends[0]);
		return r;
	}
	*ret = (struct running){
		.child = { .pid = pid, .pidfd = (int)syscall(SYS_pidfd_open, pid, 0) },
		.answer = ends[0],
	};
	return 0;
}

static const char *main_lost(const struct doctor_row *row)
{
	return row->main_job ? "perhaps all reading of containers' files" : "what depends on it";
}

/* Waits for the answer, and ends the child. */
static void finish(const struct doctor_row *row, struct running *c, int64_t deadline,
		   struct doctor_result *ret)
{
	struct pollfd fd = { .fd = c->answer, .events = POLLIN };
	int64_t left = deadline - nsv_now_ms();
	ssize_t n = 0;
	int ready;

	do
		ready = poll(&fd, 1, left > 0 ? (int)left : 0);
	while (ready < 0 && errno == EINTR);
	if (ready > 0)
		n = read(c->answer, ret, sizeof(*ret));
	/* Without a pidfd the wait for the end could take as long as the check hangs. */
	if (c->child.pidfd >= 0 || ready > 0)
		(void)nsv_helper_end(&c->child, END_MS);
	else
		(void)kill(c->child.pid, SIGKILL);
	nsv_close_p(&c->answer);
	if (n == (ssize_t)sizeof(*ret))
		return;
	if (ready > 0)
		doctor_fail(ret, main_lost(row), NULL, "the check ended without a result");
	else
		doctor_fail(ret, main_lost(row),
			    "see what hangs: dmesg, ps axo pid,stat,wchan,comm",
			    "no answer within %d seconds", LIMIT_MS / 1000);
}

int nsview_doctor_main(int argc, char **argv)
{
	struct doctor_out out = { .terminal = isatty(STDOUT_FILENO), .utf8 = cli_locale_is_utf8() };
	struct running running[CHECKS_MAX];
	int64_t deadline = nsv_now_ms() + LIMIT_MS;
	int failed[CHECKS_MAX];
	struct cli_parser parser;
	enum cli_exit closed;
	int id;

	cli_parser_init_for(&parser, &nsview_doctor_command, argc, argv);
	while ((id = cli_next_option(&parser)) != CLI_OPT_END)
		out.json = out.json || id == 'J';
	if (optind < argc)
		cli_usage_error("doctor takes no argument");
	out.color = out.terminal && !getenv("NO_COLOR");
	for (size_t i = 0; i < NSV_ARRAY_SIZE(rows); i++)
		failed[i] = start(&rows[i], &running[i]);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(rows); i++) {
		struct doctor_result r = { 0 };

		if (failed[i] < 0)
			doctor_fail(&r, main_lost(&rows[i]), NULL, "the check did not start: %s",
				    strerror(-failed[i]));
		else
			finish(&rows[i], &running[i], deadline, &r);
		doctor_out_row(&out, &rows[i], &r);
	}
	doctor_out_end(&out);
	closed = cli_close_stdout();
	return closed != CLI_EXIT_OK || out.main_failed ? CLI_EXIT_FAILED : CLI_EXIT_OK;
}
