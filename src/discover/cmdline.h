/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmdline.h - command lines of processes that would rather not be looked at.
 *
 * The kernel reads a command line out of the process's memory and takes the lock of its address
 * space for that. A process holds this lock for as long as it likes: it maps a file of
 * a FUSE server of its own, which needs no privilege in a user namespace, dirties it, and unmaps
 * it while the server does not answer. A reader then waits for ever and can only be killed; so a
 * helper (reach/helper.h) reads, and is killed. Nothing else that this room reads of /proc needs
 * that lock.
 *
 * One reader for several processes: the helper starts with the first one. A process that does not
 * answer costs a second at most, and all of them together a few.
 * No locks: one thread. The caller may have others: the helper makes system calls only.
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
 * Of the process directory @dir ("PID", "PID/task/TID"): at most @max bytes, to @buf. Arguments end
 * with a NUL each, unless the process thought otherwise. The length or -errno; -ETIMEDOUT: no
 * answer; -E2BIG: @max is beyond NSV_CMDLINE_MAX.
 */
ssize_t nsv_cmdline_read(struct nsv_cmdlines *c, const char *dir, char *buf, size_t max);

/* Ends the helper. Another read starts it again. */
void nsv_cmdlines_done(struct nsv_cmdlines *c);

#endif
