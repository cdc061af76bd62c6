/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * supervise.h - waits for a child that runs a program, passes signals on, stops and continues as
 * the child does, and watches the container meanwhile. The process has one thread.
 */
#ifndef NSV_RUN_SUPERVISE_H
#define NSV_RUN_SUPERVISE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "signals.h"

struct nsv_supervised {
	pid_t pid;			   /* the child */
	const struct nsv_signals *signals; /* taken before the fork */
	bool stops; /* this process stops when the child stops: they share a terminal */

	/*
	 * Pidfd of a process of the container, or none; closed at the end. When that process has
	 * ended, @container_ended returns another pidfd in its place, or none (negative).
	 */
	int container;
	int (*container_ended)(void *data);

	/* The members below may be 0. Returns true if the signal needs nothing more. */
	bool (*on_signal)(void *data, int number);
	/* More to wait for, as in poll(2), which skips negative fds; @on_ready may change them. */
	struct pollfd *fds;
	size_t n_fds; /* at most NSV_SUPERVISE_FDS */
	void (*on_ready)(void *data, struct pollfd *fds);
	void *data; /* of all these */
};

#define NSV_SUPERVISE_FDS 8

/*
 * Reaps the child: 0 with its status as of waitpid(2), or -errno.
 *
 * Signals that another process sent to this one go on to the child. What the terminal sends goes to
 * its whole foreground process group, so the child has had that already, unless it has made a group
 * of its own.
 */
int nsv_supervise(struct nsv_supervised *s, int *ret_status);

#endif
