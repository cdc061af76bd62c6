/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statx.h - answers FUSE_STATX (Linux 6.6), by which the kernel asks for birth times. libfuse
 * 3.14 answers ENOSYS, and the kernel never asks again. No state, any thread.
 */
#ifndef NSV_FUSE_STATX_H
#define NSV_FUSE_STATX_H

#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <sys/stat.h>

struct session_attributes {
	struct stat st;
	struct statx_timestamp birth;
	bool has_birth;
	double timeout; /* how long the kernel may cache all that, in seconds */
};

/*
 * Attributes of the node @ino, or of its open file @fi (NULL: none is named). 0 or -errno. Calls
 * nothing of libfuse that replies.
 */
typedef int session_statx_fn(void *userdata, fuse_ino_t ino, struct fuse_file_info *fi,
			     struct session_attributes *ret);

/* Whether the request is a FUSE_STATX. If so, it is answered on @fd by what @fn says. */
bool statx_serve(int fd, const struct fuse_buf *buf, session_statx_fn *fn, void *userdata);

#endif
