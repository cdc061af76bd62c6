/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flow.c - moves bytes. No locks: one thread. */
#include "run/inside/flow.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "reach/util.h"

static void end(struct nsv_flow *f)
{
	if (f->own_from)
		nsv_close(f->from);
	if (f->own_to)
		nsv_close(f->to);
	f->from = f->to = NSV_FD_NONE;
}

struct pollfd nsv_flow_wants(const struct nsv_flow *f)
{
	if (f->from < 0)
		return (struct pollfd){ .fd = -1 };
	if (f->len)
		return (struct pollfd){ .fd = f->to, .events = POLLOUT };
	return (struct pollfd){ .fd = f->from, .events = POLLIN };
}

static void put(struct nsv_flow *f)
{
	ssize_t n = write(f->to, f->buf + f->at, f->len);

	if (n < 0 && errno != EINTR && errno != EAGAIN) {
		end(f);
		return;
	}
	n = n < 0 ? 0 : n;
	f->at += (size_t)n;
	f->len -= (size_t)n;
}

/* False: there is nothing now. */
static bool get(struct nsv_flow *f)
{
	ssize_t n = read(f->from, f->buf, sizeof(f->buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return false;
	/* EIO: the other side of a terminal is closed. */
	if (n <= 0) {
		end(f);
		return false;
	}
	f->at = 0;
	f->len = (size_t)n;
	return true;
}

void nsv_flow_move(struct nsv_flow *f, short revents)
{
	if (f->from < 0 || !revents)
		return;
	if (f->len)
		put(f);
	else
		(void)get(f);
}

void nsv_flow_finish(struct nsv_flow *f)
{
	int flags = f->from < 0 ? -1 : fcntl(f->from, F_GETFL);

	if (flags >= 0 && f->own_from)
		(void)fcntl(f->from, F_SETFL, flags | O_NONBLOCK);
	while (f->from >= 0) {
		while (f->from >= 0 && f->len)
			put(f);
		if (f->from < 0 || !f->own_from || !get(f))
			break;
	}
	end(f);
}
