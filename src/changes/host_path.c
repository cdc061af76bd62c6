/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_path.c - see host_path.h. Attributes are the kernel's cached ones: no server is asked. */
#include "changes/host_path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "reach/mount_clone.h"
#include "reach/util.h"

#define FACTS (STATX_TYPE | STATX_MODE | STATX_UID | STATX_MNT_ID)

void nsv_host_done(struct nsv_host *h)
{
	nsv_mount_list_clear(&h->mounts);
	h->read = false;
}

/* A mount that is not in the table is newer than it: rather not. */
static bool is_served(struct nsv_host *h, uint64_t mnt_id)
{
	nsv_automountinfo struct nsv_mountinfo table = { .fd = NSV_FD_NONE };
	const struct nsv_mount_entry *m;

	if (!h->read &&
	    nsv_mountinfo_open(&table, h->procfs, "thread-self", NSV_MOUNTINFO_MAX) == 0)
		(void)nsv_mount_list_read(&h->mounts, &table);
	h->read = true;
	m = nsv_mount_list_find(&h->mounts, mnt_id);
	return !m || m->flags & NSV_FS_SERVED;
}

/* In a folder with the sticky bit a user can't replace another user's entry. */
static bool is_trusted(const struct nsv_host *h, const struct statx *st)
{
	if (h->own)
		return true;
	if (st->stx_uid != 0 && st->stx_uid != h->owner)
		return false;
	return !(st->stx_mode & (S_IWGRP | S_IWOTH)) || st->stx_mode & S_ISVTX;
}

static int step(struct nsv_host *h, int *dir, const char *name, bool checked, __u64 *mnt_id)
{
	nsv_autofd int fd = openat(*dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statx st;

	if (fd < 0)
		return -errno;
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, FACTS, &st) < 0)
		return -errno;
	if (st.stx_mnt_id != *mnt_id && is_served(h, st.stx_mnt_id))
		return -EREMOTE;
	*mnt_id = st.stx_mnt_id;
	if (checked && !is_trusted(h, &st))
		return -EPERM;
	nsv_close(*dir);
	*dir = nsv_steal_fd(&fd);
	return 0;
}

int nsv_host_open(struct nsv_host *h, const char *path, size_t checked)
{
	nsv_autofd int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	nsv_autofree char *copy = strdup(path);
	char *rest = copy, *name;
	struct statx st;
	int clone;

	if (dir < 0)
		return -errno;
	if (!copy)
		return -ENOMEM;
	if (*path != '/')
		return -EINVAL;
	if (statx(dir, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, FACTS, &st) < 0)
		return -errno;
	while ((name = strsep(&rest, "/"))) {
		int r;

		if (!*name)
			continue;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			return -EINVAL;
		r = step(h, &dir, name, (size_t)(name - copy) < checked, &st.stx_mnt_id);
		if (r < 0)
			return r;
	}
	/* To read a link moves its access time, unless the mount is read-only. */
	clone = nsv_folder_clone(dir);
	return clone >= 0 ? clone : nsv_steal_fd(&dir);
}

const char *nsv_host_why(int err)
{
	switch (err) {
	case EPERM:
		return "another user may have changed the way to it";
	case EINVAL:
		return "no plain absolute path";
	case ELOOP:
	case ENOTDIR:
		return "there is a link on the way to it";
	case EREMOTE:
		return "a server answers for it, and may never do";
	case EXDEV:
		return "it is not the container's";
	default:
		return strerror(err);
	}
}
