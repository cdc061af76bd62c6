/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmdline.c - see cmdline.h. The question and the answer lie in memory that is shared with the
 * child; a byte over a socket says that there is one, a number that it is answered.
 */
#include "discover/cmdline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "reach/clock.h"
#include "reach/proc.h"
#include "reach/util.h"

#define FIRST_WAIT_MS 1000
#define NEXT_WAIT_MS  100
#define STUCK_MAX     16
/* A child that was killed: the wait for the lock ends at once, others may not. */
#define END_WAIT_MS 200

struct nsv_cmdline_page {
	char path[NSV_PROCESS_DIR + 16];
	size_t max;
	char text[NSV_CMDLINE_MAX];
};

/* ---- the child ---- */

static ssize_t read_one(int procfs, struct nsv_cmdline_page *page)
{
	nsv_autofd int fd = openat(procfs, page->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t used = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (used < page->max && n > 0) {
		n = read(fd, page->text + used, page->max - used);
		if (n > 0)
			used += (size_t)n;
	}
	return n < 0 ? -errno : (ssize_t)used;
}

/* All fds but the two that are needed: what the caller has open is nothing to hold on to. */
static void close_others(int a, int b)
{
	unsigned low = (unsigned)nsv_min(a, b), high = (unsigned)(a < b ? b : a);

	/* Linux 5.9; without it they stay for the moment that the child lives. */
	if (low > 0)
		(void)syscall(SYS_close_range, 0U, low - 1, 0U);
	if (high - low > 1)
		(void)syscall(SYS_close_range, low + 1, high - 1, 0U);
	(void)syscall(SYS_close_range, high + 1, ~0U, 0U);
}

static void __attribute__((noreturn))
child_main(int procfs, int sock, struct nsv_cmdline_page *page, pid_t parent)
{
	char byte;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	close_others(procfs, sock);
	while (recv(sock, &byte, 1, 0) == 1) {
		int64_t n = read_one(procfs, page);

		if (send(sock, &n, sizeof(n), MSG_NOSIGNAL) != sizeof(n))
			break;
	}
	_exit(0);
}

/* ---- the caller ---- */

/* Whether @fd can be read before the time is over. */
static bool wait_for(int fd, int ms)
{
	int64_t deadline = nsv_now_ms() + ms;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		int64_t left = deadline - nsv_now_ms();
		int r = poll(&p, 1, left > 0 ? (int)left : 0);

		if (r >= 0 || errno != EINTR)
			return r > 0;
	}
}

static void end_child(struct nsv_cmdlines *c)
{
	nsv_close_p(&c->sock);
	if (c->child > 0) {
		(void)kill(c->child, SIGKILL);
		/* One that does not die is left to whom it may concern. */
		if (c->pidfd < 0 || wait_for(c->pidfd, END_WAIT_MS))
			while (waitpid(c->child, NULL, 0) < 0 && errno == EINTR)
				;
	}
	c->child = 0;
	nsv_close_p(&c->pidfd);
}

void nsv_cmdlines_done(struct nsv_cmdlines *c)
{
	end_child(c);
	if (c->page)
		(void)munmap(c->page, sizeof(*c->page));
	c->page = NULL;
}

static int start_child(struct nsv_cmdlines *c)
{
	pid_t parent = getpid();
	sigset_t all, old;
	int socks[2];

	if (!c->page) {
		void *page = mmap(NULL, sizeof(*c->page), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (page == MAP_FAILED)
			return -ENOMEM;
		c->page = page;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	/* A handler of the caller's is none of the child's business. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	c->child = fork();
	if (c->child == 0)
		child_main(c->procfs, socks[1], c->page, parent);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	nsv_close(socks[1]);
	c->sock = socks[0];
	if (c->child < 0) {
		c->child = 0;
		nsv_close_p(&c->sock);
		return -EAGAIN;
	}
	c->pidfd = (int)syscall(SYS_pidfd_open, c->child, 0);
	return 0;
}

static ssize_t ask(struct nsv_cmdlines *c, char *buf)
{
	int64_t n = 0;

	if (send(c->sock, "", 1, MSG_NOSIGNAL) != 1)
		return -EPIPE;
	if (!wait_for(c->sock, c->stuck ? NEXT_WAIT_MS : FIRST_WAIT_MS))
		return -ETIMEDOUT;
	if (recv(c->sock, &n, sizeof(n), 0) != sizeof(n))
		return -EPIPE;
	if (n > 0)
		memcpy(buf, c->page->text, nsv_min((size_t)n, c->page->max));
	return n;
}

ssize_t nsv_cmdline_read(struct nsv_cmdlines *c, const char *dir, char *buf, size_t max)
{
	ssize_t n;
	int r;

	if (max > NSV_CMDLINE_MAX)
		return -E2BIG;
	if (c->stuck >= STUCK_MAX)
		return -ETIMEDOUT;
	r = c->child ? 0 : start_child(c);
	if (r < 0)
		return r;
	(void)snprintf(c->page->path, sizeof(c->page->path), "%s/cmdline", dir);
	c->page->max = max;
	n = ask(c, buf);
	if (n == -ETIMEDOUT)
		c->stuck++;
	if (n == -ETIMEDOUT || n == -EPIPE)
		end_child(c);
	return n;
}
