/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * terminal.c - raw mode with a guard: a process in a session of its own, which waits on a pipe. If
 * the pipe closes without a word, this process was killed, and the guard restores the mode. No
 * locks; one thread.
 */
#include "run/inside/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "reach/helper.h"
#include "reach/util.h"

static void set(int fd, const struct termios *mode)
{
	while (tcsetattr(fd, TCSANOW, mode) < 0 && errno == EINTR)
		;
}

static _Noreturn void guard(const struct nsv_terminal *t, int pipe_end)
{
	const int keep[] = { t->fd, pipe_end };
	sigset_t all;
	char word;
	ssize_t n;

	(void)prctl(PR_SET_NAME, "nsrun-terminal");
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	/* Not in the caller's session, so that setting the mode is no job control's affair. */
	(void)setsid();
	(void)nsv_helper_keep(keep, NSV_ARRAY_SIZE(keep));
	do
		n = read(pipe_end, &word, 1);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		set(t->fd, &t->before);
	_exit(0);
}

static int start_guard(struct nsv_terminal *t)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	t->guard = fork();
	if (t->guard == 0) {
		nsv_close(ends[1]);
		guard(t, ends[0]);
	}
	nsv_close(ends[0]);
	t->guard_pipe = ends[1];
	return t->guard < 0 ? -errno : 0;
}

int nsv_terminal_take(struct nsv_terminal *t, int fd)
{
	int r;

	if (!isatty(fd) || tcgetattr(fd, &t->before) < 0)
		return 0;
	t->fd = fd;
	r = start_guard(t);
	if (r < 0)
		return r;
	nsv_terminal_resume(t);
	return 0;
}

void nsv_terminal_resume(struct nsv_terminal *t)
{
	struct termios mode = t->before;

	/* In the background the terminal is another job's. */
	if (t->fd < 0 || tcgetpgrp(t->fd) != getpgrp())
		return;
	cfmakeraw(&mode);
	set(t->fd, &mode);
	t->raw = true;
}

void nsv_terminal_pause(struct nsv_terminal *t)
{
	if (t->fd >= 0 && t->raw)
		set(t->fd, &t->before);
	t->raw = false;
}

void nsv_terminal_give_back(struct nsv_terminal *t)
{
	nsv_terminal_pause(t);
	if (t->guard > 0) {
		(void)!write(t->guard_pipe, "", 1);
		while (waitpid(t->guard, NULL, 0) < 0 && errno == EINTR)
			;
	}
	t->guard = 0;
	nsv_close_p(&t->guard_pipe);
}

void nsv_terminal_size(int from, int master)
{
	struct winsize size;

	if (ioctl(from, TIOCGWINSZ, &size) == 0)
		(void)ioctl(master, TIOCSWINSZ, &size);
}
