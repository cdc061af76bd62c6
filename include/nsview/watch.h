/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/watch.h - reports containers as they come and go.
 *
 * The pidfd of a container's lead (pidfd_open(2), Linux 5.3) shows its end. New containers are
 * found after the kernel's process events (NETLINK_CONNECTOR with CN_IDX_PROC, netlink(7),
 * Linux 2.6.15), or, where the caller can't receive those, by a scan at an interval. An event only
 * triggers a scan (discover.h); a watch reports what the scan found.
 *
 * Privilege: as for a scan; process events need CAP_NET_ADMIN in the initial user namespace.
 *
 * Races: a container that starts and ends between two scans is not reported.
 *
 * Threads: one thread at a time uses a watch.
 *
 * Kernel: Linux 5.8.
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

enum nsv_watch_kind { NSV_WATCH_CAME, NSV_WATCH_WENT };

/*
 * A container that came or went. The watch owns @container and its strings; they are valid until
 * the next call of nsv_watch_next() or nsv_watch_free(). @name is the same for both kinds.
 */
struct nsv_watch_event {
	size_t size; /* of this struct, set by the caller */
	enum nsv_watch_kind kind;
	const struct nsv_container *container;
	const char *name; /* nsv_container_name() when the container came, or NULL */
};

struct nsv_watch_options {
	size_t size;	/* of this struct, set by NSV_WATCH_OPTIONS_INIT */
	unsigned flags; /* enum nsv_scan_flags, for each scan */
	/* Report the running containers first, as NSV_WATCH_CAME; else only their end. */
	bool existing;
	unsigned poll_ms; /* between scans where there are no process events; 0: 1000 */
};

#ifdef __cplusplus
#define NSV_WATCH_OPTIONS_INIT                          \
	[] {                                            \
		struct nsv_watch_options nsv_init = {}; \
		nsv_init.size = sizeof(nsv_init);       \
		return nsv_init;                        \
	}()
#else
#define NSV_WATCH_OPTIONS_INIT                           \
	{                                                \
		.size = sizeof(struct nsv_watch_options) \
	}
#endif

/*
 * Starts a watch; the first scan is part of the call. NULL options: the defaults. On success the
 * caller owns *ret_watch and gives it to nsv_watch_free(). Errors: those of nsv_scan_new(),
 * epoll_create1(2) and timerfd_create(2); -EINVAL: size or flags that this version does not know.
 */
int nsv_watch_new(const struct nsv_watch_options *options, struct nsv_watch **ret_watch,
		  struct nsv_error *e);

/* Ends the watch and frees what it owns. NULL is fine. Returns NULL. */
struct nsv_watch *nsv_watch_free(struct nsv_watch *watch);

/* An epoll fd (epoll(7)), borrowed: readable when it is time to call nsv_watch_next(). */
int nsv_watch_fd(const struct nsv_watch *watch);

/* Whether the watch receives process events; else it scans at the interval. */
bool nsv_watch_has_events(const struct nsv_watch *watch);

/*
 * Waits for the next event, @timeout_ms milliseconds at most (-1: no limit, 0: no wait). Returns 1
 * with *ret_event, 0 after the timeout, -EINTR after a signal, or another -errno; the watch can be
 * used after any of them.
 */
int nsv_watch_next(struct nsv_watch *watch, int timeout_ms, struct nsv_watch_event *ret_event,
		   struct nsv_error *e);

#ifdef __cplusplus
}
#endif
#endif
