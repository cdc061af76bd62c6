/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statx.c - FUSE_STATX on the wire, as include/uapi/linux/fuse.h of Linux 6.6 has it: the headers
 * of Linux 6.1 lack it. No state.
 */
#include "fuse/session/statx.h"

#include <stddef.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#include <linux/fuse.h>

#include "fuse/session/requests.h"

#define K_STATX	     52
#define K_GETATTR_FH (1U << 0)

struct k_time {
	int64_t sec;
	uint32_t nsec;
	int32_t reserved;
};

struct k_statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, spare0;
	uint64_t ino, size, blocks, attributes_mask;
	struct k_time atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t spare2[14];
};

struct k_statx_in {
	uint32_t getattr_flags, reserved;
	uint64_t fh;
	uint32_t sx_flags, sx_mask;
};

struct k_statx_out {
	uint64_t attr_valid;
	uint32_t attr_valid_nsec, flags;
	uint64_t spare[2];
	struct k_statx stat;
};

_Static_assert(sizeof(struct k_statx_in) == 24, "STATX's question as the kernel has it");
_Static_assert(sizeof(struct k_statx_out) == 288, "STATX's answer as the kernel has it");

static struct k_time time_of(const struct timespec *t)
{
	return (struct k_time){ .sec = t->tv_sec, .nsec = (uint32_t)t->tv_nsec };
}

static void fill(const struct session_attributes *a, struct k_statx_out *ret)
{
	const struct stat *st = &a->st;

	*ret = (struct k_statx_out){
		.attr_valid = (uint64_t)a->timeout,
		.attr_valid_nsec = (uint32_t)((a->timeout - (double)(uint64_t)a->timeout) * 1e9),
		.stat = {
			.mask = STATX_BASIC_STATS | (a->has_birth ? STATX_BTIME : 0),
			.blksize = (uint32_t)st->st_blksize,
			.nlink = (uint32_t)st->st_nlink,
			.uid = st->st_uid,
			.gid = st->st_gid,
			.mode = (uint16_t)st->st_mode,
			.ino = st->st_ino,
			.size = (uint64_t)st->st_size,
			.blocks = (uint64_t)st->st_blocks,
			.atime = time_of(&st->st_atim),
			.ctime = time_of(&st->st_ctim),
			.mtime = time_of(&st->st_mtim),
			.btime = { .sec = a->birth.tv_sec, .nsec = a->birth.tv_nsec },
			.rdev_major = major(st->st_rdev),
			.rdev_minor = minor(st->st_rdev),
		},
	};
}

bool statx_serve(int fd, const struct fuse_buf *buf, session_statx_fn *fn, void *userdata)
{
	const struct fuse_in_header *in = buf->mem;
	const struct k_statx_in *ask = (const void *)(in + 1);
	struct session_attributes found = { 0 };
	struct fuse_file_info fi = { 0 };
	struct k_statx_out answer;
	struct fuse_out_header out = { .len = sizeof(out) + sizeof(answer) };
	struct iovec parts[] = { { &out, sizeof(out) }, { &answer, sizeof(answer) } };
	int r;

	if (buf->flags & FUSE_BUF_IS_FD || buf->size < sizeof(*in) + sizeof(*ask) ||
	    in->opcode != K_STATX)
		return false;
	fi.fh = ask->fh;
	r = fn(userdata, in->nodeid, ask->getattr_flags & K_GETATTR_FH ? &fi : NULL, &found);
	if (r < 0) {
		request_refuse(fd, in->unique, -r);
		return true;
	}
	fill(&found, &answer);
	out.unique = in->unique;
	(void)!writev(fd, parts, 2);
	return true;
}
