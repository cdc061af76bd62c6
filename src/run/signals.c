/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* signals.c - takes signals by signalfd(2), gives mask and actions back. No locks. */
#include "signals.h"

#include <stddef.h>
#include <sys/signalfd.h>

#include "reach/util.h"

int nsv_signals_take(struct nsv_signals *ret)
{
	/* A fault has to end this process. */
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT };
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	struct nsv_signals s = NSV_SIGNALS_NONE;
	sigset_t taken;

	(void)sigfillset(&taken);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(faults); i++)
		(void)sigdelset(&taken, faults[i]);
	s.fd = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s.fd < 0)
		return -errno;
	(void)sigprocmask(SIG_BLOCK, &taken, &s.mask);
	/*
	 * If the caller ignores SIGCHLD, the kernel reaps the child and forgets its status. SIG_DFL
	 * in place of SIG_DFL would discard a signal that is pending by now.
	 */
	(void)sigaction(SIGCHLD, NULL, &s.child);
	if (s.child.sa_handler != SIG_DFL || s.child.sa_flags & SA_NOCLDWAIT)
		(void)sigaction(SIGCHLD, &standard, NULL);
	*ret = s;
	return 0;
}

void nsv_signals_restore(const struct nsv_signals *s)
{
	if (s->fd < 0)
		return;
	(void)sigaction(SIGCHLD, &s->child, NULL);
	(void)sigprocmask(SIG_SETMASK, &s->mask, NULL);
}

void nsv_signals_end(struct nsv_signals *s)
{
	struct signalfd_siginfo info;

	/* The program has had them: they are no longer this process's to end by. */
	while (s->fd >= 0 && read(s->fd, &info, sizeof(info)) == sizeof(info))
		;
	nsv_signals_restore(s);
	nsv_close_p(&s->fd);
}
