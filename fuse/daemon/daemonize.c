/* SPDX-License-Identifier: GPL-2.0-or-later */
/* daemonize.c - forks the daemon, which sends its exit status through a pipe. No locks. */
#include "fuse/daemon/daemonize.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "reach/util.h"

static _Noreturn void wait_and_exit(int fd, pid_t daemon)
{
	unsigned char status = EXIT_FAILURE;
	int wstatus;
	ssize_t n;

	do {
		n = read(fd, &status, 1);
	} while (n < 0 && errno == EINTR);
	/* The daemon died without sending a status. */
	if (n != 1 && waitpid(daemon, &wstatus, 0) == daemon && WIFEXITED(wstatus))
		status = WEXITSTATUS(wstatus) ? (unsigned char)WEXITSTATUS(wstatus) : EXIT_FAILURE;
	_exit(n == 1 || status ? status : EXIT_FAILURE);
}

int daemonize_begin(struct daemonized *d)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		int err = errno;

		nsv_close(fds[0]);
		nsv_close(fds[1]);
		return -err;
	}
	if (pid > 0) {
		nsv_close(fds[1]);
		wait_and_exit(fds[0], pid);
	}
	nsv_close(fds[0]);
	(void)setsid();
	d->fd = fds[1];
	d->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	return 0;
}

static void send_status(struct daemonized *d, unsigned char status)
{
	ssize_t n;

	if (d->fd < 0)
		return;
	/* A failure is no error: Ctrl-C may have ended the command, and the daemon stays. */
	n = write(d->fd, &status, 1);
	(void)n;
	nsv_close_p(&d->fd);
}

void daemonize_ready(struct daemonized *d)
{
	if (d->fd < 0)
		return;
	(void)!chdir("/");
	for (int fd = 0; d->null >= 0 && fd <= 2; fd++)
		if (d->null != fd)
			(void)dup2(d->null, fd);
	/* If the command had no standard fds, /dev/null is one of these now, and stays open. */
	if (d->null > 2)
		nsv_close(d->null);
	d->null = NSV_FD_NONE;
	send_status(d, EXIT_SUCCESS);
}

void daemonize_failed(struct daemonized *d, int status)
{
	send_status(d, (unsigned char)status);
}
