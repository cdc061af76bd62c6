/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attend.c - stays with the program until it ends: its input and output, its terminal's size,
 * signals. The program never gets an fd of the caller's, so that it can neither open the caller's
 * files anew by /proc/self/fd nor type into the caller's terminal (TIOCSTI). No locks; one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "reach/util.h"
#include "run/inside/flow.h"
#include "run/inside/internal.h"
#include "run/inside/terminal.h"
#include "run/supervise.h"

enum { IN, OUT, ERR, FLOWS };

struct attendance {
	struct nsv_inside *in;
	struct nsv_terminal terminal;
	struct nsv_flow flows[FLOWS];
	struct pollfd fds[FLOWS];
	int ended_by; /* a signal that ends this process together with a terminal's program */
};

/* ---- signals ---- */

/* Stops as the caller's shell expects it; the program sleeps meanwhile, unless it has a terminal.
 */
static void stop(struct attendance *a)
{
	bool own = !a->in->job.tty;

	if (own)
		(void)kill(a->in->pid, SIGSTOP);
	nsv_terminal_pause(&a->terminal);
	(void)kill(getpid(), SIGSTOP);
	nsv_terminal_resume(&a->terminal);
	if (own)
		(void)kill(a->in->pid, SIGCONT);
}

/*
 * With a terminal the end of this process is the end of the terminal, as when a window is closed:
 * an interactive shell would ignore SIGTERM.
 */
static bool on_signal(void *data, int number)
{
	struct attendance *a = data;

	switch (number) {
	case SIGWINCH:
		if (a->in->job.tty && a->terminal.fd >= 0)
			nsv_terminal_size(a->terminal.fd, a->in->fds[NSV_STAGE_FD_IN]);
		return true;
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		stop(a);
		return true;
	case SIGCONT:
	case SIGPIPE:
	case SIGCHLD:
		return true;
	case SIGHUP:
	case SIGINT:
	case SIGQUIT:
	case SIGTERM:
		if (!a->in->job.tty)
			return false;
		if (a->ended_by) { /* twice: without waiting for a program that does not care */
			nsv_terminal_give_back(&a->terminal);
			_exit(128 + number);
		}
		a->ended_by = number;
		(void)kill(a->in->pid, SIGHUP);
		(void)kill(a->in->pid, SIGCONT);
		(void)kill(a->in->pid, number);
		return true;
	default:
		return false;
	}
}

/* ---- bytes ---- */

static void on_ready(void *data, struct pollfd *fds)
{
	struct attendance *a = data;

	for (int i = 0; i < FLOWS; i++) {
		nsv_flow_move(&a->flows[i], fds[i].revents);
		fds[i] = nsv_flow_wants(&a->flows[i]);
	}
	/* The caller's terminal is gone. */
	if (a->terminal.fd >= 0 && a->flows[IN].from < 0 && !a->ended_by)
		(void)on_signal(a, SIGHUP);
}

static void set_flows(struct attendance *a)
{
	int *fds = a->in->fds;

	for (int i = 0; i < FLOWS; i++)
		a->flows[i].from = a->flows[i].to = NSV_FD_NONE;
	for (int i = 0; i < NSV_STAGE_FDS; i++)
		if (fds[i] >= 0)
			(void)fcntl(fds[i], F_SETFL, fcntl(fds[i], F_GETFL) | O_NONBLOCK);
	if (a->in->job.in) {
		a->flows[IN].from = STDIN_FILENO;
		a->flows[IN].to = fds[NSV_STAGE_FD_IN];
		a->flows[IN].own_to = !a->in->job.tty;
	}
	if (a->in->job.tty) {
		a->flows[OUT].from = fds[NSV_STAGE_FD_IN];
		a->flows[OUT].to = STDOUT_FILENO;
	} else {
		a->flows[OUT].from = fds[NSV_STAGE_FD_OUT];
		a->flows[OUT].to = STDOUT_FILENO;
		a->flows[ERR].from = fds[NSV_STAGE_FD_ERR];
		a->flows[ERR].to = STDERR_FILENO;
		a->flows[OUT].own_from = a->flows[ERR].own_from = true;
		/* The flows close them. */
		for (int i = 0; i < NSV_STAGE_FDS; i++)
			fds[i] = NSV_FD_NONE;
	}
	for (int i = 0; i < FLOWS; i++)
		a->fds[i] = nsv_flow_wants(&a->flows[i]);
}

static int attend(struct attendance *a, const struct nsv_signals *signals, int *ret_status)
{
	struct nsv_supervised s = {
		.pid = a->in->pid,
		.signals = signals,
		.container = NSV_FD_NONE,
		.on_signal = on_signal,
		.fds = a->fds,
		.n_fds = FLOWS,
		.on_ready = on_ready,
		.data = a,
	};
	int r;

	if (a->in->job.tty) {
		nsv_terminal_size(isatty(STDIN_FILENO) ? STDIN_FILENO : STDOUT_FILENO,
				  a->in->fds[NSV_STAGE_FD_IN]);
		r = a->in->job.in ? nsv_terminal_take(&a->terminal, STDIN_FILENO) : 0;
		if (r < 0)
			return r;
	}
	set_flows(a);
	r = nsv_supervise(&s, ret_status);
	/* What the program has written before its end; its children may hold the pipes further. */
	a->flows[OUT].own_from = a->flows[OUT].own_from || a->in->job.tty;
	if (a->in->job.tty)
		a->in->fds[NSV_STAGE_FD_IN] = NSV_FD_NONE;
	nsv_flow_finish(&a->flows[OUT]);
	nsv_flow_finish(&a->flows[ERR]);
	return r;
}

int nsv_inside_attend(struct nsv_inside *in, int *ret_status, struct nsv_error *e)
{
	struct attendance a = { .in = in, .terminal = NSV_TERMINAL_NONE };
	struct nsv_signals signals = NSV_SIGNALS_NONE;
	int r;

	*ret_status = 0;
	if (in->job.detach)
		return 0;
	r = nsv_signals_take(&signals);
	/* The program may have ended before; nsv_supervise() looks at each SIGCHLD. */
	if (r == 0)
		(void)kill(getpid(), SIGCHLD);
	if (r == 0)
		r = attend(&a, &signals, ret_status);
	nsv_terminal_give_back(&a.terminal);
	nsv_signals_end(&signals);
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_ENTER, "%s", strerror(-r)) : 0;
}
