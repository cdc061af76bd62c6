/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* attributes.c - attributes of an open file; IDs on both sides. See attributes.h. */
#include "collect/attributes.h"

#include <errno.h>
#include <fcntl.h>

#include "copy/meta.h"

static uint32_t shown(uint32_t id)
{
	return id == NSV_ID_UNMAPPED ? NSV_ID_NOBODY : id;
}

static struct timespec time_of(struct statx_timestamp t)
{
	return (struct timespec){ t.tv_sec, t.tv_nsec };
}

void nsv_member_set(const struct nsv_collection *c, const struct statx *s, const char *path,
		    struct nsv_entity *m)
{
	const struct nsv_target *t = c->target;

	*m = (struct nsv_entity){
		.path = path,
		.mode = s->stx_mode,
		.uid = shown(nsv_target_id_inside(t, NSV_ID_USER, s->stx_uid)),
		.gid = shown(nsv_target_id_inside(t, NSV_ID_GROUP, s->stx_gid)),
		.host_uid = shown(nsv_target_id_host(t, NSV_ID_USER, s->stx_uid)),
		.host_gid = shown(nsv_target_id_host(t, NSV_ID_GROUP, s->stx_gid)),
		.size = S_ISREG(s->stx_mode) ? s->stx_size : 0,
		.ino = s->stx_ino,
		.nlink = s->stx_nlink,
		.dev_major = s->stx_dev_major,
		.dev_minor = s->stx_dev_minor,
		.rdev_major = s->stx_rdev_major,
		.rdev_minor = s->stx_rdev_minor,
		.atime = time_of(s->stx_atime),
		.mtime = time_of(s->stx_mtime),
		.ctime = time_of(s->stx_ctime),
		.btime = time_of(s->stx_btime),
		.has_btime = (s->stx_mask & STATX_BTIME) != 0,
		.attributes = s->stx_attributes & ~(uint64_t)STATX_ATTR_MOUNT_ROOT,
	};
}

int nsv_member_fill(const struct nsv_collection *c, struct nsv_copy *copy, int fd, bool opath,
		    const char *path, struct nsv_entity *m)
{
	struct statx s;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &s) < 0)
		return -errno;
	nsv_member_set(c, &s, path, m);
	/* Links have attributes of a kernel's own making only. */
	return S_ISLNK(s.stx_mode) ? 0 : nsv_xattrs_read(copy, c->target, fd, opath, &m->xattrs);
}
