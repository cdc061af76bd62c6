/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ids.c - translates owners between source and destination by way of the number that the container
 * uses.
 */
#include <fcntl.h>

#include "internal.h"

uint32_t nsv_ids_in(const struct nsv_copy *c, const struct nsv_target *from, enum nsv_id_kind kind,
		    uint32_t id)
{
	if (!from)
		return id;
	if (nsv_has(c, NSV_COPY_HOST_IDS))
		/* An archive leaves this process and its user namespace. */
		return c->tar ? nsv_target_id_host(from, kind, id) : id;
	return nsv_target_id_inside(from, kind, id);
}

uint32_t nsv_ids_out(const struct nsv_copy *c, enum nsv_id_kind kind, uint32_t id)
{
	if (!c->to || nsv_has(c, NSV_COPY_HOST_IDS))
		return id;
	return nsv_target_id_chown(c->to, kind, id);
}

/*
 * The kernel's rule (capable_wrt_inode_uidgid) for the container's root: its power ends at files of
 * users that its user namespace does not map. The host's root has no such limit, and a container
 * may have put such a file, through a volume, where it expects the copy to write.
 */
bool nsv_ids_may_change(const struct nsv_copy *c, const struct stat *st)
{
	return !c->to || (nsv_target_id_inside(c->to, NSV_ID_USER, st->st_uid) != NSV_ID_UNMAPPED &&
			  nsv_target_id_inside(c->to, NSV_ID_GROUP, st->st_gid) != NSV_ID_UNMAPPED);
}

/* Every user may make files in a directory like /tmp, so the container's root may, too. */
bool nsv_ids_may_make(const struct nsv_copy *c, const struct stat *dir)
{
	return (dir->st_mode & 0003) == 0003 || nsv_ids_may_change(c, dir);
}

bool nsv_ids_known(const struct nsv_copy *c, const struct stat *st)
{
	return !c->in_userns || (st->st_uid != NSV_ID_NOBODY && st->st_gid != NSV_ID_NOBODY);
}

void nsv_ids_give_root(const struct nsv_copy *c, int fd)
{
	uint32_t uid = nsv_target_id_chown(c->to, NSV_ID_USER, 0);
	uint32_t gid = nsv_target_id_chown(c->to, NSV_ID_GROUP, 0);
	struct stat st;

	/* With the right fsuid it was made for that user, and its group may be a setgid folder's.
	 */
	if (fstat(fd, &st) < 0 || st.st_uid == uid)
		return;
	/* What can't be given away stays its maker's, who is no more than the container's root. */
	if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
		return;
}
