/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmdline.c - reads command lines through a helper process. Path and text lie in a page shared with
 * the helper. One byte over the socket asks; the helper answers with the length or -errno.
 * Defends against a process that holds its mmap lock (cmdline.h). No locks.
 */
#include "discover/cmdline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "reach/clock.h"
#include "reach/message.h"
#include "reach/proc.h"
#include "reach/util.h"

#define FIRST_WAIT_MS 1000
#define NEXT_WAIT_MS  100
#define STUCK_MAX     16
/* A killed helper leaves the wait for the mmap lock at once; other waits may be uninterruptible. */
#define END_WAIT_MS 200

struct nsv_cmdline_page {
	char path[NSV_PROCESS_DIR + 16];
	size_t max;
	char text[NSV_CMDLINE_MAX];
};

/* ---- the helper ---- */

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

struct work {
	int procfs, sock;
	struct nsv_cmdline_page *page;
};

static void serve(void *data, pid_t parent)
{
	const struct work *w = data;
	char byte;

	while (recv(w->sock, &byte, 1, 0) == 1) {
		int64_t n = read_one(w->procfs, w->page);

		if (send(w->sock, &n, sizeof(n), MSG_NOSIGNAL) != sizeof(n))
			break;
	}
}

/* ---- the caller ---- */

static void end_helper(struct nsv_cmdlines *c)
{
	nsv_close_p(&c->sock);
	(void)nsv_helper_end(&c->helper, END_WAIT_MS);
}

void nsv_cmdlines_done(struct nsv_cmdlines *c)
{
	end_helper(c);
	if (c->page)
		(void)munmap(c->page, sizeof(*c->page));
	c->page = NULL;
}

static int start_helper(struct nsv_cmdlines *c)
{
	int socks[2];
	int r;

	if (!c->page) {
		void *page = mmap(NULL, sizeof(*c->page), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (page == MAP_FAILED)
			return -ENOMEM;
		c->page = page;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	const struct nsv_helper_plan plan = {
		.run = serve,
		.data = &(struct work){ c->procfs, socks[1], c->page },
		.keep = (int[]){ c->procfs, socks[1] },
		.n_keep = 2,
	};
	r = nsv_helper_start(&plan, &c->helper);
	nsv_close(socks[1]);
	c->sock = socks[0];
	if (r < 0)
		nsv_close_p(&c->sock);
	return r < 0 ? -EAGAIN : 0;
}

static ssize_t ask(struct nsv_cmdlines *c, char *buf)
{
	int64_t n = 0;

	if (send(c->sock, "", 1, MSG_NOSIGNAL) != 1)
		return -EPIPE;
	if (nsv_wait_readable(c->sock, nsv_now_ms() + (c->stuck ? NEXT_WAIT_MS : FIRST_WAIT_MS)) <
	    0)
		return -ETIMEDOUT;
	if (recv(c->sock, &n, sizeof(n), 0) != sizeof(n))
		return -EPIPE;
	if (n > 0)
		memcpy(buf, c->page->text, nsv_min((size_t)n, c->page->max));
	return n;
}

static ssize_t read_file(struct nsv_cmdlines *c, const char *dir, const char *name, char *buf,
			 size_t max)
{
	ssize_t n;
	int r;

	if (max > NSV_CMDLINE_MAX)
		return -E2BIG;
	if (c->stuck >= STUCK_MAX)
		return -ETIMEDOUT;
	r = c->helper.pid ? 0 : start_helper(c);
	if (r < 0)
		return r;
	(void)snprintf(c->page->path, sizeof(c->page->path), "%s/%s", dir, name);
	c->page->max = max;
	n = ask(c, buf);
	if (n == -ETIMEDOUT)
		c->stuck++;
	if (n == -ETIMEDOUT || n == -EPIPE)
		end_helper(c);
	return n;
}

ssize_t nsv_cmdline_read(struct nsv_cmdlines *c, const char *dir, char *buf, size_t max)
{
	return read_file(c, dir, "cmdline", buf, max);
}

ssize_t nsv_environ_read(struct nsv_cmdlines *c, const char *dir, char *buf, size_t max)
{
	return read_file(c, dir, "environ", buf, max);
}
