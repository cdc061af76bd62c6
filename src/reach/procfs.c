/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * procfs.c - checks by fstatfs(2) that an open file is of procfs, and reads small files of it.
 * Defends against: a container's file systems in place of procfs, files without an end. No state,
 * no locks.
 */
#include "procfs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "util.h"

int nsv_procfs_open(struct nsv_error *e)
{
	nsv_autofd int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return nsv_error_set(e, errno, NSV_STAGE_TARGET, "/proc can't be opened");
	if (!nsv_is_procfs_root(fd))
		return nsv_error_set(e, ENOTDIR, NSV_STAGE_TARGET,
				     "/proc is not a procfs: mount one there");
	return nsv_steal_fd(&fd);
}

bool nsv_is_procfs_root(int fd)
{
	struct stat st;

	return nsv_is_procfs(fd) && fstat(fd, &st) == 0 && st.st_ino == NSV_PROC_ROOT_INO;
}

bool nsv_is_procfs_file(int dirfd, const char *name)
{
	nsv_autofd int fd = openat(dirfd, name, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && nsv_is_procfs(fd);
}

ssize_t nsv_read_text(int dirfd, const char *name, char *buf, size_t size)
{
	nsv_autofd int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	size_t used = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n = read(fd, buf + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
		if (used == size)
			return -E2BIG;
	}
	buf[used] = '\0';
	return (ssize_t)used;
}
