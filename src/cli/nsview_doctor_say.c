/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsview_doctor_say.c - what every check of nsview doctor uses: results, children, small files. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/nsview_doctor.h"

static void __attribute__((format(printf, 5, 0)))
say(struct doctor_result *r, enum doctor_state state, const char *lost, const char *remedy,
    const char *fmt, va_list ap)
{
	r->state = state;
	(void)vsnprintf(r->found, sizeof(r->found), fmt, ap);
	(void)snprintf(r->lost, sizeof(r->lost), "%s", lost ? lost : "");
	(void)snprintf(r->remedy, sizeof(r->remedy), "%s", remedy ? remedy : "");
}

void doctor_ok(struct doctor_result *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, DOCTOR_OK, NULL, NULL, fmt, ap);
	va_end(ap);
}

void doctor_warn(struct doctor_result *r, const char *lost, const char *remedy, const char *fmt,
		 ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, DOCTOR_WARNING, lost, remedy, fmt, ap);
	va_end(ap);
}

void doctor_fail(struct doctor_result *r, const char *lost, const char *remedy, const char *fmt,
		 ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, DOCTOR_FAIL, lost, remedy, fmt, ap);
	va_end(ap);
}

pid_t doctor_fork(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
		_exit(255);
	return pid;
}

int doctor_wait(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 255;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

ssize_t doctor_read(const char *path, char *buf, size_t size)
{
	nsv_autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (n < 0)
		return -errno;
	while (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return n;
}
