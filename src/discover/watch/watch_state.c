/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* watch_state.c - schedules the next scan; adds fds to the epoll set and takes them out. No locks:
 * one thread. */
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
	/* Closing is not enough: a child that was forked meanwhile may still hold the pidfd open.
	 */
	if (t->pidfd >= 0)
		(void)epoll_ctl(w->epoll, EPOLL_CTL_DEL, t->pidfd, NULL);
	nsv_close_p(&t->pidfd);
}
