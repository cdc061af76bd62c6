/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* helper.c - forks helpers, hardens them, closes their fds, waits for them. No state, no locks. */
#include "helper.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "message.h"
#include "util.h"

/* ---- in the helper ---- */

int nsv_helper_harden(pid_t parent)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	/* A parent that ended before PR_SET_PDEATHSIG sends no signal. */
	return getppid() == parent ? 0 : -ECHILD;
}

int nsv_helper_join_userns(int userns, pid_t parent)
{
	int r = nsv_helper_harden(parent);

	if (r < 0)
		return r;
	if (setns(userns, CLONE_NEWUSER) < 0)
		return -errno;
	return nsv_helper_harden(parent);
}

int nsv_helper_join_mntns(int mntns, int userns, pid_t parent)
{
	if (setns(mntns, CLONE_NEWNS) == 0)
		return 0;
	if (errno != EPERM || userns < 0)
		return -errno;
	/* EINVAL means our own user namespace: no right is gained, so EPERM stands. */
	if (nsv_helper_join_userns(userns, parent) < 0)
		return -EPERM;
	return setns(mntns, CLONE_NEWNS) < 0 ? -errno : 0;
}

/* A decimal number, or -1. */
static int fd_number(const char *name)
{
	int fd = 0;

	if (!*name)
		return -1;
	for (; *name; name++) {
		if (*name < '0' || *name > '9' || fd > INT_MAX / 10 - 1)
			return -1;
		fd = fd * 10 + (*name - '0');
	}
	return fd;
}

/*
 * By getdents64(2): opendir(3) allocates memory. Closing while reading is safe, since procfs
 * resumes a listing of fds by their numbers.
 */
static int close_listed(unsigned first, unsigned last)
{
	union {
		struct dirent64 align;
		char bytes[2048];
	} buf;
	int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long n;

	if (dir < 0)
		return -errno;
	while ((n = syscall(SYS_getdents64, dir, buf.bytes, sizeof(buf.bytes))) > 0)
		for (long at = 0; at < n;) {
			const struct dirent64 *d = (const void *)(buf.bytes + at);
			int fd = fd_number(d->d_name);

			if (fd >= 0 && fd != dir && (unsigned)fd >= first && (unsigned)fd <= last)
				(void)close(fd);
			at += d->d_reclen;
		}
	n = n < 0 ? -errno : 0;
	(void)close(dir);
	return (int)n;
}

int nsv_close_range(unsigned first, unsigned last)
{
	if (first > last || syscall(SYS_close_range, first, last, 0U) == 0)
		return 0;
	return close_listed(first, last);
}

int nsv_helper_keep(const int *keep, size_t n)
{
	unsigned from = 0;

	for (;;) {
		unsigned next = UINT_MAX;
		int r;

		for (size_t i = 0; i < n; i++)
			if (keep[i] >= 0 && (unsigned)keep[i] >= from)
				next = nsv_min(next, (unsigned)keep[i]);
		r = next > from ? nsv_close_range(from, next == UINT_MAX ? next : next - 1) : 0;
		if (r < 0 || next == UINT_MAX)
			return r;
		from = next + 1;
	}
}

int nsv_helper_null_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

/* All signals are blocked when this starts. Signals of a terminal are the command's to handle. */
static void reset_signals(void)
{
	static const int ignored[] = { SIGINT,	SIGQUIT, SIGHUP,  SIGTERM,
				       SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void helper_main(const struct nsv_helper_plan *plan, pid_t parent)
{
	const struct rlimit no_core = { 0, 0 };

	if (nsv_helper_harden(parent) < 0)
		_exit(1);
	if (!plan->nested) {
		reset_signals();
		(void)setrlimit(RLIMIT_CORE, &no_core);
	}
	if (nsv_helper_keep(plan->keep, plan->n_keep) < 0)
		_exit(1);
	if (plan->seconds)
		(void)alarm(plan->seconds);
	plan->run(plan->data, parent);
	_exit(0);
}

/* ---- the caller ---- */

pid_t nsv_fork(bool nested)
{
#ifdef __SANITIZE_THREAD__
	/* TSan's fork() starts a thread in the child. */
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
#else
	/* fork(3) takes locks, which another thread may have held when the outer helper was forked.
	 */
	return nested ? _Fork() : fork();
#endif
}

int nsv_helper_start(const struct nsv_helper_plan *plan, struct nsv_helper *ret)
{
	struct nsv_helper h = NSV_HELPER_NONE;
	pid_t parent = getpid();
	sigset_t all, before;
	int r;

	/* Until the helper has reset them, no handler of the caller's may run in it. */
	(void)sigfillset(&all);
	if (!plan->nested)
		(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	h.pid = nsv_fork(plan->nested);
	if (h.pid == 0)
		helper_main(plan, parent);
	r = h.pid < 0 ? -errno : 0;
	if (!plan->nested)
		(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r < 0)
		return r;
	if (!plan->nested)
		h.pidfd = (int)syscall(SYS_pidfd_open, h.pid, 0);
	*ret = h;
	return 0;
}

int nsv_helper_wait(const struct nsv_helper *helper, int64_t deadline)
{
	return helper->pidfd < 0 ? -ETIMEDOUT : nsv_wait_readable(helper->pidfd, deadline);
}

int nsv_helper_end(struct nsv_helper *helper, int ms)
{
	int r = 0;

	if (helper->pid > 0) {
		if (helper->pidfd >= 0)
			(void)syscall(SYS_pidfd_send_signal, helper->pidfd, SIGKILL, NULL, 0);
		else
			(void)kill(helper->pid, SIGKILL);
		if (helper->pidfd >= 0)
			r = nsv_helper_wait(helper, nsv_now_ms() + ms);
		while (r == 0 && waitpid(helper->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	helper->pid = 0;
	nsv_close_p(&helper->pidfd);
	return r;
}
