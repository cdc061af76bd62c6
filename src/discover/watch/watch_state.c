/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* watch_state.c - when the next scan is due, and which fds are waited for. No locks: one thread. */
#include "discover/watch/watch_state.h"

#include <errno.h>
#include <sys/epoll.h>

#include "reach/util.h"

void nsv_watch_schedule(struct nsv_watch *w, uint64_t when)
{
	uint64_t earliest = w->scanned + w->gap;

	when = when < earliest ? earliest : when;
	w->due = when < w->due ? when : w->due;
}

int nsv_watch_add_fd(struct nsv_watch *w, int fd, void *tag)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = tag };

	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

void nsv_watch_drop_pidfd(struct nsv_watch *w, struct nsv_tracked *t)
{
	/* By hand: a child that was forked meanwhile may still have the fd. */
	if (t->pidfd >= 0)
		(void)epoll_ctl(w->epoll, EPOLL_CTL_DEL, t->pidfd, NULL);
	nsv_close_p(&t->pidfd);
}
