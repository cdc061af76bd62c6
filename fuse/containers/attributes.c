/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attributes.c - converts attributes to those of the view: one device, stable inode numbers,
 * inside IDs. No state.
 */
#include <sys/sysmacros.h>

#include "fuse/containers/container.h"

uint32_t container_dev(const struct statx *st)
{
	return nsv_mount_dev(st->stx_dev_major, st->stx_dev_minor);
}

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

/* One-to-one for the inodes of one device, but for the numbers below 64. */
uint64_t container_mix(uint32_t dev, uint64_t ino)
{
	uint64_t mixed = mix(ino ^ mix(dev));

	return mixed < 64 ? mixed + 64 : mixed;
}

static uint32_t inside(const struct nsv_idmap *map, uint32_t id)
{
	uint32_t mapped = map->identity ? id : nsv_idmap_to_inside(map, id);

	return mapped == (uint32_t)-1 ? 65534 : mapped;
}

static struct timespec time_of(const struct statx_timestamp *t)
{
	return (struct timespec){ .tv_sec = t->tv_sec, .tv_nsec = t->tv_nsec };
}

/*
 * What libc then reads of a folder at once: an entry with its attributes takes five times as much
 * as one without.
 */
#define FOLDER_BLKSIZE 131072

void container_stat(const struct container *p, const struct statx *st, unsigned flags,
		    struct stat *ret)
{
	*ret = (struct stat){
		.st_ino = container_mix(container_dev(st), st->stx_ino),
		.st_mode = st->stx_mode,
		.st_nlink = st->stx_nlink,
		.st_uid = inside(&p->uids, st->stx_uid),
		.st_gid = inside(&p->gids, st->stx_gid),
		.st_rdev = makedev(st->stx_rdev_major, st->stx_rdev_minor),
		.st_size = (off_t)st->stx_size,
		.st_blocks = (blkcnt_t)st->stx_blocks,
		.st_blksize = S_ISDIR(st->stx_mode) ? FOLDER_BLKSIZE : (blksize_t)st->stx_blksize,
		.st_atim = time_of(&st->stx_atime),
		.st_mtim = time_of(&st->stx_mtime),
		.st_ctim = time_of(&st->stx_ctime),
	};
	if (!(flags & NODE_HIDDEN))
		return;
	if (S_ISDIR(ret->st_mode)) {
		ret->st_nlink = 2;
	} else {
		ret->st_size = 0;
		ret->st_blocks = 0;
	}
}
