/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * passthrough.h - FUSE passthrough: the kernel reads an open file directly from the file behind it
 * (Linux 6.9).
 *
 * libfuse supports passthrough from 3.17 on. This module works with any libfuse that has
 * fuse_session_custom_io() (3.13): it edits the answer to INIT on its way to the kernel, registers
 * the file behind an open file by an ioctl, and builds the answer to OPEN. Without passthrough (an
 * old kernel or libfuse, no CAP_SYS_ADMIN, too many stacked file systems) the daemon serves the
 * reads; only the speed differs.
 *
 * The kernel requires that all opens of an inode at one time are of one kind, passthrough or
 * cached. So this module counts the opens of each inode; a later open gets the kind of the first.
 *
 * A passthrough read updates the access time according to the reader's open flags; the daemon's
 * O_NOATIME has no effect. So the daemon serves a file whose access time a read would change.
 *
 * Threads: any; _new, _attach and _free while no other thread uses it. One lock, a leaf. It is
 * held during ioctls on /dev/fuse, which wait for no file system.
 */
#ifndef NSV_FUSE_PASSTHROUGH_H
#define NSV_FUSE_PASSTHROUGH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <fuse_lowlevel.h>

/*
 * The default minimum size in bytes: for smaller files two ioctls cost more than passthrough
 * saves.
 */
#define PASSTHROUGH_MIN_SIZE ((off_t)128 * 1024)

struct passthrough;

/* The userdata of fuse_session_new() begins with this. NULL: no passthrough. */
struct passthrough_user {
	struct passthrough *passthrough;
};

/*
 * @min_size in bytes: smaller files are opened without passthrough; negative: all files are. 0 or
 * -ENOMEM.
 */
int passthrough_new(off_t min_size, struct passthrough **ret_p);

/* Call after the session's end. NULL is fine. Returns NULL. */
struct passthrough *passthrough_free(struct passthrough *p);

/*
 * Call right after fuse_session_mount(), before the first request. 0, or -errno: the session works
 * without passthrough. -EOPNOTSUPP: libfuse is too old.
 */
int passthrough_attach(struct passthrough *p, struct fuse_session *se);

/*
 * After INIT: whether kernel and daemon support passthrough. The first refused ioctl makes it
 * false.
 */
bool passthrough_active(const struct passthrough *p);

/* Whether passthrough suits this file. Ignores other opens of the inode. @fd may be O_PATH. */
bool passthrough_wanted(const struct passthrough *p, int fd, const struct statx *st);

/*
 * Counts an open of inode @ino; call before the answer to OPEN. @fd is open for reading (O_PATH
 * suffices if passthrough_wanted() is false), @st has the basic fields of its statx(). May call
 * fstatvfs() on the container's file system. Returns the number for passthrough_reply(), or 0: no
 * passthrough. Never fails. Pair each call with one passthrough_close(), at RELEASE or if the
 * answer failed.
 */
int32_t passthrough_open(struct passthrough *p, fuse_ino_t ino, int fd, const struct statx *st);

void passthrough_close(struct passthrough *p, fuse_ino_t ino);

/* Answers OPEN; with @backing_id 0 by fuse_reply_open(). 0 or -errno, like fuse_reply_open(). */
int passthrough_reply(fuse_req_t req, const struct fuse_file_info *fi, int32_t backing_id);

/* For tests: the number of open inodes, and how many of them use passthrough. */
unsigned passthrough_count(struct passthrough *p, unsigned *ret_passed);

#endif
