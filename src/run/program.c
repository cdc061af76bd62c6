/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* program.c - execve(2) in a child, whose parent hears why it failed. No state, no locks. */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "reach/util.h"

#define STARTED 0 /* bytes: execve(2) closed the pipe */

int nsv_program_pipe(int fds[2])
{
	return pipe2(fds, O_CLOEXEC) < 0 ? -errno : 0;
}

int nsv_program_exec(char *const argv[], char *const env[], struct nsv_error *e)
{
	environ = (char **)env;
	(void)execvp(argv[0], argv);
	return nsv_program_failed(errno, argv[0], env, e);
}

int nsv_program_failed(int err, const char *name, char *const env[], struct nsv_error *e)
{
	const char *path = NULL;

	for (size_t i = 0; env[i] && !path; i++)
		if (strncmp(env[i], "PATH=", 5) == 0)
			path = env[i] + 5;
	if (err == ENOENT && path && !strchr(name, '/'))
		return nsv_error_set(e, err, NSV_STAGE_EXEC, "%.100s: %s in PATH: %s", name,
				     strerror(err), path);
	return nsv_error_set(e, err, NSV_STAGE_EXEC, "%s: %s", name, strerror(err));
}

void nsv_program_fail(int fd, const struct nsv_error *e)
{
	/* Less than PIPE_BUF, so all of it or nothing. */
	if (write(fd, e, sizeof(*e)) < 0)
		_exit(1);
	_exit(0);
}

int nsv_program_started(int fd, struct nsv_error *e)
{
	struct nsv_error its;
	ssize_t n;

	do
		n = read(fd, &its, sizeof(its));
	while (n < 0 && errno == EINTR);
	if (n == STARTED)
		return 0;
	if (n != sizeof(its) || its.err <= 0)
		return nsv_error_set(e, ECHILD, NSV_STAGE_ENTER, "the child process failed");
	its.msg[sizeof(its.msg) - 1] = '\0';
	if (e)
		*e = its;
	return -its.err;
}
