/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp_copy.c - copies a running process's seccomp filters by ptrace(2). A process that does not
 * stop in time is let go: the wait has a limit. No locks; one thread, which is the tracer.
 */
#include "run/inside/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "reach/clock.h"
#include "reach/util.h"

#define STOP_MS 2000

#ifndef PTRACE_SECCOMP_GET_METADATA /* Linux 4.16 */
#define PTRACE_SECCOMP_GET_METADATA 0x420d
#endif

struct metadata {
	uint64_t filter_off, flags;
};

static int copy_one(pid_t pid, unsigned long index, struct nsv_filter *ret)
{
	struct metadata about = { .filter_off = index };
	nsv_autofree struct sock_filter *code = NULL;
	long n = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, (void *)index, NULL);

	if (n < 0)
		return -errno;
	code = calloc((size_t)n + 1, sizeof(*code));
	if (!code)
		return -ENOMEM;
	if (n > BPF_MAXINSNS || ptrace(PTRACE_SECCOMP_GET_FILTER, pid, (void *)index, code) != n)
		return -EIO;
	/* The flags of a filter that asks for none are not told by older kernels. */
	if (ptrace(PTRACE_SECCOMP_GET_METADATA, pid, (void *)sizeof(about), &about) < 0)
		about.flags = 0;
	*ret = (struct nsv_filter){ .code = nsv_steal_ptr(code),
				    .len = (unsigned short)n,
				    .flags = (unsigned)about.flags & SECCOMP_FILTER_FLAG_LOG };
	return 0;
}

static int copy_all(pid_t pid, struct nsv_inside_settings *s)
{
	int r;

	for (unsigned long i = 0; i < NSV_INSIDE_FILTERS; i++) {
		r = copy_one(pid, i, &s->filters[s->n_filters]);
		if (r == -ENOENT)
			return 0;
		if (r < 0)
			return r;
		s->n_filters++;
	}
	return -E2BIG;
}

/* Waits for the stop. The kernel reports it by SIGCHLD and waitpid(2) only, so this polls. */
static int wait_stop(pid_t pid, int pidfd)
{
	int64_t end = nsv_now_ms() + STOP_MS;
	int status;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG | __WALL);

		if (got == pid)
			return WIFSTOPPED(status) ? 0 : -ESRCH;
		if (got < 0 && errno != EINTR)
			return -errno;
		if (nsv_now_ms() >= end)
			return -ETIMEDOUT;
		(void)poll(&(struct pollfd){ .fd = pidfd, .events = POLLIN }, 1, 1);
	}
}

int nsv_seccomp_copy(pid_t pid, int pidfd, struct nsv_inside_settings *ret, struct nsv_error *e)
{
	int r;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return nsv_error_set(
		    e, errno == EPERM ? EBUSY : errno, NSV_STAGE_ENTER,
		    "its filters can't be read: it may not be traced, or is traced "
		    "already: %s",
		    strerror(errno));
	r = ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0 ? -errno : wait_stop(pid, pidfd);
	if (r == 0)
		r = copy_all(pid, ret);
	(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_ENTER, "its filters can't be read: %s",
				     strerror(-r))
		     : 0;
}
