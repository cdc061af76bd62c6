/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * passthrough.h - reads of an open file go to the file behind it inside the kernel (Linux 6.9).
 *
 * libfuse has calls for it from 3.17 only. This does it with any libfuse that has
 * fuse_session_custom_io(): the answer to INIT is edited on its way to the kernel, the file behind
 * is registered by an ioctl, and the answer to OPEN is built here. Where something is missing
 * (an old kernel or libfuse, no CAP_SYS_ADMIN, too many file systems on top of each other) files
 * are opened the usual way; nobody notices but by the speed.
 *
 * The kernel wants all opens of one inode at a time to be of one kind, so the opens are counted
 * here by inode: what is open in the usual way is opened so again, whoever asks.
 *
 * A read in the kernel is done with the flags of the reader's open file: O_NOATIME of the daemon's
 * does not count. So a file whose access time a read would change is read through the daemon.
 *
 * Threads: all calls but _new, _attach and _free from any. One lock, a leaf, held during ioctls
 * on /dev/fuse that don't wait for a file system.
 */
#ifndef NSV_FUSE_PASSTHROUGH_H
#define NSV_FUSE_PASSTHROUGH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <fuse_lowlevel.h>

/* Below this the two ioctls cost more than what is won. */
#define PASSTHROUGH_MIN_SIZE ((off_t)128 * 1024)

struct passthrough;

/* What is given to fuse_session_new() as userdata begins with this; NULL: no passthrough. */
struct passthrough_user {
	struct passthrough *passthrough;
};

/* @min_size: files smaller than that are opened the usual way; a negative one: all are. */
int passthrough_new(off_t min_size, struct passthrough **ret_p);

/* After the session's end. NULL is fine. Returns NULL. */
struct passthrough *passthrough_free(struct passthrough *p);

/*
 * Right after fuse_session_mount(), before the first request. 0, or -errno: then the session works,
 * without passthrough. -EOPNOTSUPP: libfuse is too old.
 */
int passthrough_attach(struct passthrough *p, struct fuse_session *se);

/* After INIT: whether files may be passed through, as far as the kernel's answers so far tell. */
bool passthrough_active(const struct passthrough *p);

/* Whether passthrough_open() would want it, were it the first; @fd may be O_PATH. */
bool passthrough_wanted(const struct passthrough *p, int fd, const struct statx *st);

/*
 * An open file of inode @ino is about to be answered; @fd is open for reading (O_PATH will do where
 * it isn't wanted) and @st its statx(), with the basic fields. May ask the file system of a large
 * file for its statfs(). Returns the number to pass to passthrough_reply(), 0 for the usual way.
 * Never fails. Each call is followed by one passthrough_close(), when RELEASE comes or the answer
 * failed.
 */
int32_t passthrough_open(struct passthrough *p, fuse_ino_t ino, int fd, const struct statx *st);

void passthrough_close(struct passthrough *p, fuse_ino_t ino);

/* As fuse_reply_open(), which it calls for a @backing_id of 0. */
int passthrough_reply(fuse_req_t req, const struct fuse_file_info *fi, int32_t backing_id);

/* For tests: inodes that are open now, and how many of them are passed through. */
unsigned passthrough_count(struct passthrough *p, unsigned *ret_passed);

#endif
