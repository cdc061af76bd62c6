/* SPDX-License-Identifier: GPL-2.0-or-later */
/* limit.c - a child that may hang, with a parent that may not. Defends against containers that
 * hang. */
#include "cli/limit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/util.h"
#include "reach/helper.h"

#define LIMIT_MS   500
#define OUTPUT_MAX (1024UL * 1024)

static int64_t limit_ms(void)
{
	const char *text = getenv("NSVIEW_COMPLETION_MS");
	long ms = text ? strtol(text, NULL, 10) : 0;

	return ms > 0 && ms <= 60000 ? ms : LIMIT_MS;
}

/* The last byte of the output says that nothing is missing: no record begins with "."; exit codes
 * would need a wait for the end. */
static void __attribute__((noreturn))
be_child(int out, void (*look)(const void *data), const void *data)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || nsv_close_range(STDERR_FILENO + 1, ~0U) < 0)
		_exit(1);
	look(data);
	(void)putchar('.');
	(void)fflush(stdout);
	_exit(0);
}

/* Reads until the end of the output, or @end. Returns the length, 0 if something is missing. */
static size_t read_whole(int fd, char *buf, int64_t end)
{
	size_t len = 0;

	for (;;) {
		int64_t now = nsv_now_ns();
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (now >= end || poll(&p, 1, (int)((end - now) / 1000000 + 1)) <= 0)
			return 0;
		n = read(fd, buf + len, OUTPUT_MAX - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 && len && buf[len - 1] == '.' ? len - 1 : 0;
		len += (size_t)n;
	}
}

void cli_within_limit(void (*look)(const void *data), const void *data)
{
	int64_t end = nsv_now_ns() + limit_ms() * 1000000;
	nsv_autofree char *buf = malloc(OUTPUT_MAX);
	int ends[2];
	size_t len;
	pid_t pid;

	(void)fflush(stdout);
	if (!buf || pipe2(ends, O_CLOEXEC) < 0)
		return;
	pid = fork();
	if (pid == 0)
		be_child(ends[1], look, data);
	nsv_close(ends[1]);
	len = pid > 0 ? read_whole(ends[0], buf, end) : 0;
	nsv_close(ends[0]);
	if (pid > 0)
		(void)kill(pid, SIGKILL);
	(void)fwrite(buf, 1, len, stdout);
}
