/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leave.h - unmounts the view at the daemon's end, which the daemon itself may not any more.
 *
 * A process is forked before the sandbox. Root's waits to be asked, ends with the daemon, and
 * unmounts nothing but the view of this device number where it was mounted. An ordinary user's
 * waits for the end of the daemon, however that comes, and runs fusermount3.
 *
 * Threads: the daemon's first one.
 */
#ifndef NSV_FUSE_LEAVE_H
#define NSV_FUSE_LEAVE_H

#include "reach/helper.h"

struct leave {
	struct nsv_helper helper; /* root's */
	int sock;		  /* to it, or what an ordinary user's waits for; none */
};

#define LEAVE_NONE                                        \
	{                                                 \
		.helper = NSV_HELPER_NONE, .sock = -EBADF \
	}

/* 0 or -errno. */
int leave_prepare(const char *path, unsigned major, unsigned minor, struct leave *ret);

/*
 * For the daemon's end: detaches the mount of this device number, which @fuse_fd serves, if it is
 * the topmost at @path, and aborts it (@abort_fd: of mount_open_abort(), may be negative), so that
 * nothing waits any more for answers: threads that tell the kernel of changes may. A view that was
 * mounted there since is left alone.
 */
void leave(struct leave *l, const char *path, unsigned major, unsigned minor, int fuse_fd,
	   int abort_fd);

#endif
