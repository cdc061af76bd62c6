/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stage.c - the stage process, and the first instructions of the program's. No locks: one thread.
 */
#include "run/inside/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "reach/helper.h"
#include "reach/message.h"
#include "reach/util.h"
#include "run/inside/confine.h"
#include "run/inside/stage_io.h"

/* What the stage and the program's process share; no secrets, since a container may see it. */
struct work {
	struct nsv_job job;
	struct nsv_stage_io io;
	int sock, go;
	enum nsv_stage_step step;
	int detail;
};

static void report(const struct work *w, int err, pid_t pid)
{
	struct nsv_stage_report r = {
		.step = w->step, .err = err, .detail = w->detail, .pid = pid
	};
	int fds[NSV_STAGE_FDS];
	struct nsv_packet p = { .head = &r, .head_len = sizeof(r), .fds = fds };

	if (w->step == NSV_STEP_STARTED)
		for (int i = 0; i < NSV_STAGE_FDS; i++)
			if (w->io.parent[i] >= 0)
				fds[p.n_fds++] = w->io.parent[i];
	(void)nsv_packet_send(w->sock, &p);
}

/* ---- the program's process ---- */

/* As a shell looks for a command, without its way out for files that no interpreter is named in. */
static int execute(char *const argv[], char *const env[], const char *path)
{
	char whole[PATH_MAX];
	bool denied = false;
	int err;

	if (strchr(argv[0], '/')) {
		(void)execve(argv[0], argv, env);
		return errno;
	}
	for (const char *at = path; at; at = *at ? at + 1 : NULL) {
		size_t len = strcspn(at, ":"), name = strlen(argv[0]);

		if (len > 0 && len + name + 2 <= sizeof(whole)) {
			memcpy(whole, at, len);
			whole[len] = '/';
			memcpy(whole + len + 1, argv[0], name + 1);
			(void)execve(whole, argv, env);
			err = errno;
			denied |= err == EACCES;
			if (err != ENOENT && err != ENOTDIR && err != EACCES)
				return err;
		}
		at += len;
		if (!*at)
			break;
	}
	return denied ? EACCES : ENOENT;
}

static int take_session(const struct work *w)
{
	if (setsid() < 0)
		return -errno;
	return w->job.tty && !w->job.detach && ioctl(0, TIOCSCTTY, 0) < 0 ? -errno : 0;
}

/* In the container's PID namespace, with all its restrictions; it trusts nothing there. */
static void run_program(struct work *w)
{
	const char *path = nsv_strings_value(&w->job.settings.env, "PATH");
	char word;
	int r;

	/* Without a terminal, whose end sends SIGHUP, the program ends with nsrun. */
	if (!w->job.detach && !w->job.tty)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The end of file: the parent has ended, or does not want the program to start. */
	if (read(w->go, &word, 1) != 1)
		_exit(1);
	w->step = NSV_STEP_SESSION;
	r = take_session(w);
	if (r == 0) {
		w->step = NSV_STEP_EXEC;
		r = -execute(w->job.argv.list, w->job.settings.env.list,
			     path ? path
				  : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	}
	report(w, -r, 0);
	_exit(127);
}

/* ---- the stage ---- */

/*
 * The program's 0, 1 and 2 take their places before the birth: the fds that are there until then
 * are the host's, and a container could change the mode of the host's /dev/null through one.
 */
static int place_stdio(struct work *w)
{
	for (int i = 0; i < 3; i++)
		if (dup2(w->io.program[i], i) < 0)
			return -errno;
	for (int i = 0; i < 3; i++) {
		/* One fd may be there three times. */
		for (int k = i + 1; k < 3; k++)
			if (w->io.program[k] == w->io.program[i])
				w->io.program[k] = NSV_FD_NONE;
		nsv_close_p(&w->io.program[i]);
	}
	return 0;
}

/* The birth. Returns in the stage only. */
static int give_birth(struct work *w)
{
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		for (int i = 0; i < NSV_STAGE_FDS; i++)
			nsv_close_p(&w->io.parent[i]);
		run_program(w);
	}
	return (int)pid;
}

/*
 * The container's limit of processes may be reached. The parent then takes this process out of the
 * group that counts, and says so with a byte, or gives up.
 */
static int be_born(struct work *w)
{
	int pid = give_birth(w);
	char word;

	if (pid != -EAGAIN)
		return pid;
	report(w, EAGAIN, 0);
	if (nsv_recv_all(w->sock, &word, 1, NSV_NO_DEADLINE) < 0)
		_exit(1);
	return give_birth(w);
}

static int enter(struct work *w)
{
	int r;

	w->step = NSV_STEP_JOB;
	r = nsv_job_recv(w->sock, &w->job);
	if (r == 0)
		r = nsv_confine_limits(&w->job, &w->step);
	if (r == 0)
		r = nsv_confine_enter(&w->job, &w->step, &w->detail);
	if (r == 0)
		r = nsv_stage_io_make(&w->job, &w->io, &w->step);
	if (r == 0)
		r = place_stdio(w);
	if (r == 0)
		r = nsv_confine_place(&w->job, &w->step);
	if (r == 0)
		r = nsv_confine_drop(&w->job, &w->step);
	/* Before the birth: the new process must have none of these for a moment. */
	for (int i = 0; i < NSV_JOB_FDS; i++)
		nsv_close_p(&w->job.fds[i]);
	if (r < 0)
		return r;
	w->step = NSV_STEP_FORK;
	return be_born(w);
}

static _Noreturn void stage_main(struct work *w, pid_t parent)
{
	const int keep[] = { w->sock, w->go };
	sigset_t none;
	int r;

	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* Its process group is the caller's, but what the terminal sends is for the caller. */
	(void)setpgid(0, 0);
	w->step = NSV_STEP_HARDEN;
	if (nsv_helper_keep(keep, NSV_ARRAY_SIZE(keep)) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
	    nsv_helper_null_stdio() < 0)
		_exit(1);
	r = enter(w);
	if (r > 0)
		w->step = NSV_STEP_STARTED;
	report(w, r < 0 ? -r : 0, r > 0 ? r : 0);
	_exit(0);
}

/* ---- the parent ---- */

int nsv_stage_start(struct nsv_stage_process *ret)
{
	struct work w = { .sock = NSV_FD_NONE };
	pid_t parent = getpid(), pid;
	int socks[2], pipes[2];
	sigset_t all, before;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	if (pipe2(pipes, O_CLOEXEC) < 0) {
		int err = -errno;

		nsv_close(socks[0]);
		nsv_close(socks[1]);
		return err;
	}
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < NSV_JOB_FDS; i++)
			w.job.fds[i] = NSV_FD_NONE;
		w.sock = socks[1];
		w.go = pipes[0];
		stage_main(&w, parent);
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	nsv_close(socks[1]);
	nsv_close(pipes[0]);
	*ret = (struct nsv_stage_process){ .pid = pid, .sock = socks[0], .go = pipes[1] };
	if (pid > 0)
		return 0;
	nsv_close(socks[0]);
	nsv_close(pipes[1]);
	return -EAGAIN;
}

void nsv_stage_end(struct nsv_stage_process *s)
{
	nsv_close_p(&s->sock);
	nsv_close_p(&s->go);
	if (s->pid > 0) {
		(void)kill(s->pid, SIGKILL);
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	s->pid = 0;
}
