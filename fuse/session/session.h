/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session.h - takes requests from the kernel and has them served, on as few threads as will do.
 *
 * What costs time in FUSE is waking threads. So one thread leads: it reads a request, serves it
 * itself, and looks for the next one for a moment before it sleeps. Where others want the processor
 * it doesn't: it would use up its share by that, and be kept waiting when there is work. A call
 * into a container may hang, and nobody can tell before: a manager looks every millisecond (only
 * while there is work) and when all that lead have been in one call since the last look, gets
 * another thread to lead. When requests pile up more threads lead, as many as there are processors
 * and a few.
 *
 * So a container that hangs delays others by at most two looks, once for each call that hangs in
 * it; the file system limits those.
 */
#ifndef NSV_FUSE_SESSION_H
#define NSV_FUSE_SESSION_H

#include <fuse_lowlevel.h>
#include <sys/types.h>

struct session_options {
	int stop_fd;	      /* the session ends when it is readable; -1: none */
	unsigned max_threads; /* when all of them hang, nothing is served; 0: 512 */
	unsigned max_idle;    /* more threads without work than that end; 0: 4 */
	unsigned max_leading; /* that many lead at once when requests pile up; 0: processors + 2 */
	/* Look for the next request that long, unless others want the processor; -1: 100, 0 with
	 * one processor. */
	int spin_us;
	unsigned stuck_us; /* between two looks of the manager; 0: 1000 */
	unsigned grace_ms; /* at the end calls may take that long; 0: 1000 */
	pid_t helpers; /* the session (setsid(2)) of processes that work for this one; 0: none */
};

#define SESSION_OPTIONS_INIT                 \
	{                                    \
		.stop_fd = -1, .spin_us = -1 \
	}

/* In the file system's init(): what suits this loop. */
void session_tune(struct fuse_conn_info *conn);

/*
 * Serves until stop_fd is readable, the file system is unmounted, or fuse_session_exit() was called
 * while a request was served. Blocks; the calling thread is the manager. Signals are blocked in all
 * other threads. Does not unmount.
 *
 * 0: no thread is left. 1: some hang still in their calls: free nothing that they use, detach the
 * mount by umount2() or fusermount3 (fuse_session_unmount() would close /dev/fuse, and an answer go
 * to whatever gets its number), and _exit(). -errno: nothing was served.
 */
int session_run(struct fuse_session *se, const struct session_options *options);

#endif
