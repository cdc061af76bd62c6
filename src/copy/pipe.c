/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pipe.c - reads a pipe of the host that is itself the source (/dev/stdin, a shell's <(command), a
 * FIFO) to its end, as cp(1) does. A FIFO below a directory or in a container is never opened.
 *
 * Reads never block, and a loop checks the cancel flag five times a second: signals interrupt
 * another thread than the one that reads.
 */
#include "pipe.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/vfs.h>

#define PIPEFS	0x50495045 /* PIPEFS_MAGIC: without a name, so without writers to come */
#define LOOK_MS 200

bool nsv_pipe_is_source(const struct nsv_item *it, const struct stat *st)
{
	const struct nsv_copy *c = it->dir->s->c;

	return S_ISFIFO(st->st_mode) && it->dir->is_arg && !it->dir->s->root &&
	       nsv_has(c, NSV_COPY_FOLLOW_ARG) &&
	       !nsv_has(c, NSV_COPY_FIFOS | NSV_COPY_SPECIAL | NSV_COPY_RECURSIVE);
}

int nsv_pipe_open(int pathfd, struct nsv_error *e)
{
	char link[32];
	int fd;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", pathfd);
	fd = open(link, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? nsv_err(e, errno, NSV_STAGE_READ) : fd;
}

/* Waits a little and says whether more may come. A FIFO may have no writer yet. */
static bool wait_for_more(int fd, bool ended)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, LOOK_MS) <= 0)
		return true;
	return !ended || !(p.revents & POLLHUP) || (p.revents & POLLIN);
}

int nsv_pipe_copy(struct nsv_worker *w, int src, int dst, struct nsv_error *e)
{
	struct statfs fs;
	bool named = fstatfs(src, &fs) < 0 || fs.f_type != PIPEFS;
	bool any = false;

	for (;;) {
		int r = nsv_stopped(w->c);
		ssize_t n;

		if (r < 0)
			return nsv_err(e, -r, NSV_STAGE_READ);
		n = read(src, w->buf, NSV_BUFFER);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return nsv_err(e, errno, NSV_STAGE_READ);
		if (n == 0 && (any || !named))
			return 0;
		if (n <= 0 && !wait_for_more(src, n == 0))
			return 0;
		if (n <= 0)
			continue;
		any = true;
		r = nsv_write_all(dst, w->buf, (size_t)n);
		if (r < 0)
			return nsv_err(e, -r, NSV_STAGE_WRITE);
		nsv_count(w->c, NSV_N_BYTES, (uint64_t)n);
	}
}
