/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reopen.c - from an O_PATH fd to one that reads, once it is known what lies there.
 *
 * Defends against: FIFOs and devices (never opened), a name that leads elsewhere by now (the fd
 * is reopened, not the name), leases that keep every open waiting. No state, no locks.
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

/* O_NOATIME is for owners and CAP_FOWNER (open(2)); others read with the mount's habits. */
static int open_quietly(int dirfd, const char *path, int flags)
{
	int fd = openat(dirfd, path, flags | O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOATIME);

	if (fd < 0 && errno == EPERM)
		fd = openat(dirfd, path, flags | O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd;
}

#define LEASE_PAUSE_NS 10000000L /* 10 ms */
#define LEASE_TRIES    200	 /* 2 s */

/*
 * A process that holds a lease (fcntl(2)) may keep every open waiting for 45 s. It is asked to
 * give way, as by any open, but waited for only as long as an honest one needs.
 */
static int open_leased(int dirfd, const char *path)
{
	const struct timespec pause = { .tv_nsec = LEASE_PAUSE_NS };
	int fd = open_quietly(dirfd, path, O_NONBLOCK);

	for (unsigned i = 0; fd < 0 && errno == EWOULDBLOCK && i < LEASE_TRIES; i++) {
		if (nanosleep(&pause, NULL) < 0 && errno == EINTR)
			break;
		fd = open_quietly(dirfd, path, O_NONBLOCK);
	}
	/* Only the open was not to wait: a read of /proc/kmsg does, as with cat. */
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
		fd = open_quietly(pathfd, ".", O_DIRECTORY);
		/* "." asks for search permission too; reading alone does not. */
		if (fd < 0 && errno == EACCES)
			fd = open_quietly(procfs, link, O_DIRECTORY);
	} else if (dir) {
		return nsv_error_set(e, ENOTDIR, NSV_STAGE_PATH, "%s", "");
	} else if (S_ISREG(before.st_mode)) {
		fd = open_leased(procfs, link);
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
