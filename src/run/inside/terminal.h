/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * terminal.h - the caller's terminal while a program with a terminal of its own runs: raw, and
 * restored whatever happens. A guard process restores it if this one is killed.
 */
#ifndef NSV_RUN_INSIDE_TERMINAL_H
#define NSV_RUN_INSIDE_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

struct nsv_terminal {
	int fd; /* the caller's stdin; none: it is no terminal */
	struct termios before;
	bool raw;
	pid_t guard;
	int guard_pipe;
};

#define NSV_TERMINAL_NONE                          \
	{                                          \
		.fd = -EBADF, .guard_pipe = -EBADF \
	}

/* Makes @fd raw if it is a terminal in whose foreground this process is. 0, or -errno. */
int nsv_terminal_take(struct nsv_terminal *t, int fd);
/* Raw again, after nsv_terminal_pause(), or as it was before. */
void nsv_terminal_resume(struct nsv_terminal *t);
void nsv_terminal_pause(struct nsv_terminal *t);
/* As it was, and no guard any more. */
void nsv_terminal_give_back(struct nsv_terminal *t);

/* Gives the terminal @master the size of the terminal @from. */
void nsv_terminal_size(int from, int master);

#endif
