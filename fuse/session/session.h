/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session.h - the loop that receives requests from the kernel and serves them on few threads.
 *
 * Waking a thread is the main cost of a FUSE request. So one thread leads: it receives a request,
 * serves it itself, and polls for the next one for a moment (spin_us) before it sleeps. It does
 * not poll if other processes want the processor, because that would use up its share of time.
 *
 * A call into a container may hang. While requests are served, the manager checks the leading
 * threads every millisecond. If each of them has been in the same call since the last check, the
 * manager lets another thread lead. If requests pile up, more threads lead, up to max_leading.
 *
 * So a hung container delays others by at most two checks for each of its hung calls, and
 * max_inflight limits the number of these calls.
 */
#ifndef NSV_FUSE_SESSION_H
#define NSV_FUSE_SESSION_H

#include <fuse_lowlevel.h>
#include <sys/types.h>

#include "fuse/session/statx.h"

#define SESSION_HELPERS 3

struct session_options {
	int stop_fd;	      /* the session ends when this fd is readable; -1: none; borrowed */
	unsigned max_threads; /* if so many threads hang, no request is served; 0: 512 */
	unsigned max_idle;    /* surplus threads without work end; 0: 4 */
	unsigned max_leading; /* threads that may lead at once; 0: processors + 2 */
	/* How long to poll for the next request before sleeping, in microseconds, if no other
	 * process wants the processor. -1: 100, but 0 with one processor. */
	int spin_us;
	unsigned stuck_us; /* time between two checks of the manager, in microseconds; 0: 1000 */
	unsigned grace_ms; /* at the end calls may take that long; 0: 1000 */
	/* The sessions (setsid(2)) of processes that work for this one; 0: none. */
	pid_t helpers[SESSION_HELPERS];
	session_statx_fn *statx; /* NULL: libfuse answers FUSE_STATX */
	void *userdata;		 /* for statx */
};

#define SESSION_OPTIONS_INIT                 \
	{                                    \
		.stop_fd = -1, .spin_us = -1 \
	}

/* Call in the file system's init(): sets connection options for this loop. */
void session_tune(struct fuse_conn_info *conn);

/*
 * Serves until stop_fd is readable, the file system is unmounted, or a request called
 * fuse_session_exit(). Blocks: the calling thread becomes the manager. Signals are blocked in all
 * other threads. Does not unmount.
 *
 * Returns 0 if no thread is left. Returns 1 if some threads still hang in their calls: then free
 * nothing that they use, detach the mount by umount2() or fusermount3, and _exit().
 * fuse_session_unmount() would close /dev/fuse, and a late answer would go to the next file with
 * that number. -errno: nothing was served.
 */
int session_run(struct fuse_session *se, const struct session_options *options);

#endif
