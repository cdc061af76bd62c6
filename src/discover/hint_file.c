/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hint_file.c - opens and reads the engines' state files. Their paths may come from
 * a command line or from a container's mounts, so a path is walked component by
 * component without following links, and counts only where nobody but root or the
 * container's owner could have put something else in its place. What is no regular
 * file is never opened, and no file is read without end. No locks.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "discover/hints.h"
#include "reach/procfs.h"
#include "reach/util.h"

/* In a folder with the sticky bit nobody can replace another user's entry. */
static bool trusted(const struct stat *st, uint32_t owner)
{
	if (st->st_uid != 0 && st->st_uid != owner && st->st_uid != geteuid())
		return false;
	return !(st->st_mode & (S_IWGRP | S_IWOTH)) ||
	       (S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX));
}

int nsv_hint_step(int dirfd, const char *name, bool strict, uint32_t owner)
{
	nsv_autofd int fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || (strict && fstat(fd, &st) < 0))
		return -errno;
	if (strict && !trusted(&st, owner))
		return -EPERM;
	return nsv_steal_fd(&fd);
}

int nsv_hint_walk(const struct nsv_hints *h, const char *path, uint32_t owner)
{
	nsv_autofd int dir = openat(h->files, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char copy[PATH_MAX];
	char *rest = copy, *name;

	if (dir < 0)
		return -errno;
	if (*path != '/' || strlen(path) >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, path, strlen(path) + 1);
	while ((name = strsep(&rest, "/"))) {
		int next;

		if (!*name)
			continue;
		if (!nsv_hint_is_component(name))
			return -EINVAL;
		next = nsv_hint_step(dir, name, true, owner);
		if (next < 0)
			return next;
		nsv_close(dir);
		dir = next;
	}
	return nsv_steal_fd(&dir);
}

/* Read-only, never waiting: not for a writer, not for the holder of a lease. */
static int open_regular(const struct nsv_hints *h, int dirfd, const char *name, bool strict,
			uint32_t owner)
{
	nsv_autofd int path = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	char link[32];
	int fd;

	if (path < 0 || fstat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (strict && !trusted(&st, owner))
		return -EPERM;
	if (st.st_size > (off_t)NSV_HINT_FILE_MAX)
		return -E2BIG;
	(void)snprintf(link, sizeof(link), "self/fd/%d", path);
	fd = openat(h->procfs, link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

ssize_t nsv_hint_read(struct nsv_hints *h, int dirfd, const char *name, bool strict, uint32_t owner)
{
	nsv_autofd int fd = open_regular(h, dirfd, name, strict, owner);
	size_t used = 0;

	if (fd < 0)
		return fd;
	if (!h->file)
		h->file = malloc(NSV_HINT_FILE_MAX + 1);
	if (!h->file)
		return -ENOMEM;
	for (;;) {
		ssize_t n = read(fd, h->file + used, NSV_HINT_FILE_MAX + 1 - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
		if (used > NSV_HINT_FILE_MAX)
			return -E2BIG;
	}
	h->file[used] = '\0';
	return (ssize_t)used;
}

struct json_object *nsv_hint_read_json(struct nsv_hints *h, int dirfd, const char *name,
				       bool strict, uint32_t owner)
{
	ssize_t len = nsv_hint_read(h, dirfd, name, strict, owner);

	return len > 0 ? nsv_json_parse(h->file, (size_t)len) : NULL;
}

int64_t nsv_hint_read_pid(struct nsv_hints *h, int dirfd, const char *name, bool strict,
			  uint32_t owner)
{
	ssize_t len = nsv_hint_read(h, dirfd, name, strict, owner);
	uint64_t pid;

	if (len <= 0)
		return -1;
	h->file[strcspn(h->file, "\n")] = '\0';
	return nsv_parse_u64(h->file, INT_MAX, &pid) ? -1 : (int64_t)pid;
}
