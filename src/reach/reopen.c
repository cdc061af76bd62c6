/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reopen.c - turns an O_PATH fd into a readable one after checking the file's type.
 *
 * Defends against: FIFOs and devices (never opened), a name that was replaced (the fd is reopened,
 * not the name), leases that block open(2). No state, no locks.
 */
#include "resolve.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "util.h"

static int not_a_file(mode_t mode, struct nsv_error *e)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return nsv_error_set(e, EISDIR, NSV_STAGE_PATH, "%s", "");
	case S_IFIFO:
		return nsv_error_set(e, ENXIO, NSV_STAGE_PATH, "is a FIFO, not a regular file");
	case S_IFSOCK:
		return nsv_error_set(e, ENXIO, NSV_STAGE_PATH, "is a socket, not a regular file");
	case S_IFCHR:
		return nsv_error_set(e, ENODEV, NSV_STAGE_PATH,
				     "is a character device, not a regular file");
	case S_IFBLK:
		return nsv_error_set(e, ENODEV, NSV_STAGE_PATH,
				     "is a block device, not a regular file");
	default:
		return nsv_error_set(e, ELOOP, NSV_STAGE_PATH,
				     "is a symbolic link, not a regular file");
	}
}

/* O_NOATIME needs the file's owner or CAP_FOWNER (open(2)); others change access times. */
static int open_noatime(int dirfd, const char *path, int flags)
{
	int fd = openat(dirfd, path, flags | O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOATIME);

	if (fd < 0 && errno == EPERM)
		fd = openat(dirfd, path, flags | O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd;
}

#define LEASE_PAUSE_NS 10000000L /* 10 ms */
#define LEASE_TRIES    200	 /* 2 s */

/*
 * A lease (fcntl(2), F_SETLEASE) may block open(2) for 45 s (lease-break-time, proc_sys_fs(5)). An
 * open with O_NONBLOCK breaks the lease too; an honest holder gives it up well within 2 s.
 */
static int open_lease_broken(int dirfd, const char *path, int access)
{
	const struct timespec pause = { .tv_nsec = LEASE_PAUSE_NS };
	int fd = open_noatime(dirfd, path, access | O_NONBLOCK);

	for (unsigned i = 0; fd < 0 && errno == EWOULDBLOCK && i < LEASE_TRIES; i++) {
		if (nanosleep(&pause, NULL) < 0 && errno == EINTR)
			break;
		fd = open_noatime(dirfd, path, access | O_NONBLOCK);
	}
	return fd;
}

int nsv_open_nonblock(int dirfd, const char *path)
{
	return open_lease_broken(dirfd, path, O_RDONLY);
}

int nsv_open_leased(int dirfd, const char *path, int access)
{
	int fd = open_lease_broken(dirfd, path, access);

	/* O_NONBLOCK was for the open only: a read of /proc/kmsg blocks, as with cat. */
	if (fd >= 0)
		(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
}

int nsv_reopen_through(int procfs, int pathfd, bool dir, struct stat *ret_st, struct nsv_error *e)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat before, after;
	char link[32];

	if (fstat(pathfd, &before) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_PATH, "%s", "");
	(void)snprintf(link, sizeof(link), "self/fd/%d", pathfd);
	if (dir && S_ISDIR(before.st_mode)) {
		fd = open_noatime(pathfd, ".", O_DIRECTORY);
		/* "." needs search permission too; reading through the link does not. */
		if (fd < 0 && errno == EACCES)
			fd = open_noatime(procfs, link, O_DIRECTORY);
	} else if (dir) {
		return nsv_error_set(e, ENOTDIR, NSV_STAGE_PATH, "%s", "");
	} else if (S_ISREG(before.st_mode)) {
		fd = nsv_open_leased(procfs, link, O_RDONLY);
		if (fd < 0 && errno == EWOULDBLOCK)
			return nsv_error_set(e, EWOULDBLOCK, NSV_STAGE_PATH,
					     "its holder does not give its lease up");
	} else {
		return not_a_file(before.st_mode, e);
	}
	if (fd < 0 || fstat(fd, &after) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_PATH, "%s", "");
	if (after.st_dev != before.st_dev || after.st_ino != before.st_ino)
		return nsv_error_set(e, ESTALE, NSV_STAGE_PATH, "/proc/self/fd led elsewhere");
	if (ret_st)
		*ret_st = after;
	return nsv_steal_fd(&fd);
}
