/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscat_apart.c - files are followed in a child of the process that the shell knows.
 *
 * A thread that hangs in a FUSE server's open(2) or read(2) keeps its process from ending, even by
 * SIGKILL, until the server answers. The parent opens nothing of a container, so each signal ends
 * it at once. The kernel then kills the child, which stays behind only while it hangs.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nscat.h"

/* Ends as the child @pid does: its exit code, or its signal. */
static void __attribute__((noreturn)) end_like(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			_exit(CLI_EXIT_FAILED);
	if (WIFSIGNALED(status)) {
		(void)signal(WTERMSIG(status), SIG_DFL);
		(void)raise(WTERMSIG(status));
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : CLI_EXIT_FAILED);
}

void tail_go_apart(void)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	/* Without a child the files are followed here: only a hang is worse. */
	if (pid < 0)
		return;
	if (pid > 0)
		end_like(pid);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(CLI_EXIT_FAILED);
}
