/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/watch.h - containers as they come and go.
 *
 * Ends are told by the pidfd of each container's processes' lead (pidfd_open(2), Linux 5.3);
 * beginnings by the kernel's process events (NETLINK_CONNECTOR, CN_IDX_PROC) where the caller
 * has CAP_NET_ADMIN in the first user namespace, else by looking again at an interval that is the
 * caller's. An event only ever says "look again": what is reported is what a scan (discover.h)
 * found.
 *
 * Threads: one thread at a time on one watch.
 */
#ifndef NSVIEW_WATCH_H
#define NSVIEW_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include <nsview/discover.h>
#include <nsview/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nsv_watch;

enum nsv_change_kind { NSV_CAME, NSV_WENT };

/*
 * A container that came or went. @container, and the strings in it, are good until the next call on
 * the watch. A name never changes between CAME and WENT.
 */
struct nsv_change {
	enum nsv_change_kind kind;
	const struct nsv_container *container;
	const char *name; /* nsv_container_name() when it came, or NULL */
};

/*
 * Starts. @flags are those of nsv_scan_new(). Containers that run already come first, as NSV_CAME,
 * with
 * @existing, else they only can go. @poll_ms: how often to look where events can't be had (0:
 * 1000).
 */
int nsv_watch_new(unsigned flags, bool existing, unsigned poll_ms, struct nsv_watch **ret_watch,
		  struct nsv_error *e);

struct nsv_watch *nsv_watch_free(struct nsv_watch *watch);

/* An epoll fd, borrowed: readable when nsv_watch_next() may have something. */
int nsv_watch_fd(const struct nsv_watch *watch);

/* Whether process events are had; else it polls. */
bool nsv_watch_has_events(const struct nsv_watch *watch);

/*
 * The next change: 1 and *ret_change; 0 when there is none within @timeout_ms (-1: waits, 0: does
 * not); -EINTR when a signal came; or -errno.
 */
int nsv_watch_next(struct nsv_watch *watch, int timeout_ms, struct nsv_change *ret_change,
		   struct nsv_error *e);

#ifdef __cplusplus
}
#endif
#endif
