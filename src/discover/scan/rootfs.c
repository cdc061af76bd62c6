/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rootfs.c - reads the identity of a process's root with statx(2), and its type from mountinfo by
 * mount ID. Defends against a root whose FUSE server hangs: no call here waits for it. No locks.
 */
#include "discover/scan/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "reach/mountinfo.h"
#include "reach/proc.h"

/* A container may have 100,000 mounts (sysctl fs.mount-max); its root is among the first. */
#define LINES_MAX 4096

int nsv_rootfs_read(int procfs, const char *dir, struct nsv_rootfs *ret)
{
	const int flags = AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
	char path[NSV_PROCESS_DIR + 8];
	struct statx st;
	int r;

	(void)snprintf(path, sizeof(path), "%s/root", dir);
	r = statx(procfs, path, flags, STATX_INO | STATX_MNT_ID, &st);
	/* FUSE without allow_other refuses attributes, but a request for none still gets the
	 * device. */
	if (r < 0 && errno == EACCES)
		r = statx(procfs, path, flags, 0, &st);
	if (r < 0) {
		if (nsv_process_gone(-errno) || errno == EACCES || errno == EPERM)
			return -errno;
		*ret = (struct nsv_rootfs){ 0 };
		return 0;
	}
	*ret = (struct nsv_rootfs){
		.dev = makedev(st.stx_dev_major, st.stx_dev_minor),
		.ino = st.stx_mask & STATX_INO ? st.stx_ino : 0,
		.mnt_id = st.stx_mask & STATX_MNT_ID ? st.stx_mnt_id : 0,
		.known = true,
	};
	return 0;
}

bool nsv_rootfs_same(const struct nsv_rootfs *a, const struct nsv_rootfs *b)
{
	return a->known && b->known && a->dev == b->dev && a->ino == b->ino;
}

struct wanted {
	uint64_t mnt_id; /* the mount with this ID */
	uint64_t dev;	 /* the first mount of this device */
	bool slash;	 /* the last mount on "/" */
};

static bool is_wanted(const struct nsv_mount_line *line, const struct wanted *w)
{
	return (w->mnt_id && line->id == w->mnt_id) ||
	       (w->dev && makedev(line->major, line->minor) == w->dev) ||
	       (w->slash && strcmp(line->point, "/") == 0);
}

static bool find_type(int procfs, const char *dir, const struct wanted *w, char *buf, unsigned size)
{
	nsv_automountinfo struct nsv_mountinfo table;
	struct nsv_mount_line line;
	bool found = false;

	if (nsv_mountinfo_open(&table, procfs, dir, NSV_MOUNTINFO_MAX) < 0)
		return false;
	for (unsigned n = 0; n < LINES_MAX && !(found && !w->slash); n++) {
		if (nsv_mountinfo_next(&table, &line) <= 0)
			break;
		if (is_wanted(&line, w)) {
			(void)snprintf(buf, size, "%s", line.type);
			found = true;
		}
	}
	return found;
}

void nsv_rootfs_type(int procfs, const char *dir, const struct nsv_rootfs *root, bool by_id,
		     char *buf, unsigned size)
{
	struct wanted id = { .mnt_id = root->mnt_id };
	struct wanted slash = { .slash = true };
	struct wanted dev = { .dev = root->dev };

	buf[0] = '\0';
	if (by_id && id.mnt_id && find_type(procfs, dir, &id, buf, size))
		return;
	/* After a chroot(2) mountinfo leaves out mounts outside of the new root. In a recorded tree
	 * the mount on "/" will do; else our own table has the device. */
	if (!by_id && find_type(procfs, dir, &slash, buf, size))
		return;
	if (root->known)
		(void)find_type(procfs, "self", &dev, buf, size);
}
