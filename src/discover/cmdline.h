/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmdline.h - reads /proc/PID/cmdline without being blocked by a hostile process.
 *
 * The kernel reads a command line from the process's memory under its mmap lock. A process can hold
 * that lock without limit: it maps a file of its own FUSE server (no privilege needed in a user
 * namespace), dirties it, and unmaps it while the server does not answer. A reader of cmdline then
 * waits until it is killed. So a helper process (reach/helper.h) does the read, and is killed when
 * it takes too long. No other file of /proc that this room reads needs the mmap lock.
 *
 * One struct nsv_cmdlines serves any number of processes; the helper starts with the first read. A
 * process that does not answer costs a second at most, all such processes together a few seconds.
 * No locks: one thread uses a struct nsv_cmdlines. The caller may have more threads, because the
 * helper makes async-signal-safe calls only.
 */
#ifndef NSV_DISCOVER_CMDLINE_H
#define NSV_DISCOVER_CMDLINE_H

#include <stddef.h>
#include <sys/types.h>

#include "reach/helper.h"

#define NSV_CMDLINE_MAX ((size_t)128 * 1024)

struct nsv_cmdline_page;

struct nsv_cmdlines {
	int procfs; /* borrowed */
	struct nsv_helper helper;
	int sock;
	struct nsv_cmdline_page *page; /* shared with the helper */
	unsigned stuck;		       /* processes that did not answer */
};

#define NSV_CMDLINES_INIT(fd)                                             \
	{                                                                 \
		.procfs = (fd), .helper = NSV_HELPER_NONE, .sock = -EBADF \
	}

/*
 * Reads the command line of the process directory @dir ("PID", "PID/task/TID"), at most @max bytes,
 * into @buf. Each argument ends with a NUL, unless the process has overwritten them. Returns the
 * length or -errno: -ETIMEDOUT the read hung, -E2BIG @max is above NSV_CMDLINE_MAX.
 */
ssize_t nsv_cmdline_read(struct nsv_cmdlines *c, const char *dir, char *buf, size_t max);

/* The same of the environment (proc_pid_environ(5)), which is in that memory, too. */
ssize_t nsv_environ_read(struct nsv_cmdlines *c, const char *dir, char *buf, size_t max);

/* Ends the helper and frees its memory. Another read starts a new helper. */
void nsv_cmdlines_done(struct nsv_cmdlines *c);

#endif
