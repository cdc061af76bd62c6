/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* supervise.c - the loop of a process whose child runs a program. No state, no locks. */
#include "supervise.h"

#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "reach/util.h"

enum { SIGNALS, CONTAINER, OWN };

/* Whether the child has had the signal already, or it is none for the child. */
static bool is_ours(const struct nsv_supervised *s, const struct signalfd_siginfo *info)
{
	if (info->ssi_signo == SIGCHLD)
		return true;
	if (info->ssi_code > 0) /* by the kernel: the terminal */
		return getpgid(s->pid) == getpgrp();
	return info->ssi_pid == (uint32_t)getpid(); /* SIGPIPE, SIGTTOU */
}

static void take_signals(const struct nsv_supervised *s, bool *ret_child)
{
	struct signalfd_siginfo info;

	while (read(s->signals->fd, &info, sizeof(info)) == sizeof(info)) {
		*ret_child |= info.ssi_signo == SIGCHLD;
		if (s->on_signal && s->on_signal(s->data, (int)info.ssi_signo))
			continue;
		if (!is_ours(s, &info))
			(void)kill(s->pid, (int)info.ssi_signo);
	}
}

/* 1: the child has ended. */
static int look_at_child(const struct nsv_supervised *s, int *ret_status)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(s->pid, &status, WNOHANG | (s->stops ? WUNTRACED : 0))) != 0) {
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return -errno;
		if (!WIFSTOPPED(status)) {
			*ret_status = status;
			return 1;
		}
		/* SIGSTOP, since all others are blocked. What continues this process goes on to the
		 * child, by take_signals(). */
		(void)kill(getpid(), SIGSTOP);
	}
	return 0;
}

static void look_at_container(struct nsv_supervised *s, short events)
{
	if (s->container < 0 || !events)
		return;
	nsv_close_p(&s->container);
	s->container = s->container_ended ? s->container_ended(s->data) : NSV_FD_NONE;
}

int nsv_supervise(struct nsv_supervised *s, int *ret_status)
{
	struct pollfd fds[OWN + NSV_SUPERVISE_FDS];
	int r = 0;

	if (s->n_fds > NSV_SUPERVISE_FDS)
		return -EINVAL;
	while (r == 0) {
		bool child = false;

		fds[SIGNALS] = (struct pollfd){ .fd = s->signals->fd, .events = POLLIN };
		fds[CONTAINER] = (struct pollfd){ .fd = s->container, .events = POLLIN };
		if (s->n_fds)
			memcpy(fds + OWN, s->fds, s->n_fds * sizeof(*fds));
		if (poll(fds, OWN + s->n_fds, -1) < 0) {
			r = errno == EINTR ? 0 : -errno;
			continue;
		}
		for (size_t i = 0; i < s->n_fds; i++)
			s->fds[i].revents = fds[OWN + i].revents;
		if (s->n_fds && s->on_ready)
			s->on_ready(s->data, s->fds);
		if (fds[SIGNALS].revents)
			take_signals(s, &child);
		look_at_container(s, fds[CONTAINER].revents);
		if (child)
			r = look_at_child(s, ret_status);
	}
	/* It may have ended after poll(2), and the child because of that. */
	fds[CONTAINER] = (struct pollfd){ .fd = s->container, .events = POLLIN };
	if (r > 0 && s->container >= 0 && poll(fds + CONTAINER, 1, 0) > 0)
		look_at_container(s, fds[CONTAINER].revents);
	nsv_close_p(&s->container);
	return nsv_min(r, 0);
}
