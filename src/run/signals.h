/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * signals.h - takes all signals by a signalfd(2) while a program is supervised, and gives the
 * caller's mask and actions back.
 *
 * nsv_signals_take() before fork(2), nsv_signals_restore() in the child before execve(2),
 * nsv_signals_end() in the parent. Process-wide: the process has one thread.
 */
#ifndef NSV_RUN_SIGNALS_H
#define NSV_RUN_SIGNALS_H

#include <errno.h>
#include <signal.h>

struct nsv_signals {
	int fd;			/* signalfd, non-blocking */
	sigset_t mask;		/* the caller's */
	struct sigaction child; /* of SIGCHLD, the caller's */
};

#define NSV_SIGNALS_NONE     \
	{                    \
		.fd = -EBADF \
	}

/*
 * Blocks every signal but those of faults (SIGSEGV...) and opens the signalfd. A signal that the
 * caller ignores comes, too: blocked signals are not ignored. 0 or -errno.
 */
int nsv_signals_take(struct nsv_signals *ret);

/* In the child: mask and actions are the caller's again. */
void nsv_signals_restore(const struct nsv_signals *s);

/* The same in the parent, without the signals that came meanwhile; closes the signalfd. */
void nsv_signals_end(struct nsv_signals *s);

#endif
