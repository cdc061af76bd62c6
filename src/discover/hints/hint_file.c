/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hint_file.c - opens and reads the engines' state files.
 *
 * Defends against hostile paths, which may come from a command line or a container's mounts: a path
 * is walked component by component, follows no link, and counts only where just root, the caller or
 * the container's owner could have replaced a component. Only regular files are opened, up to a
 * size, and the user whose container it is for pays (quota.h). No locks: one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "discover/hints/hints.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define FACTS (STATX_TYPE | STATX_MODE | STATX_UID | STATX_SIZE | STATX_MNT_ID)

/* Reads the attributes that the kernel has cached: a hung file system server is not asked. */
static int read_attributes(int fd, struct statx *ret)
{
	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, FACTS, ret) < 0 ? -errno : 0;
}

/* In a folder with the sticky bit a user can't replace another user's entry. */
static bool trusted(const struct statx *st, uint32_t owner)
{
	if (st->stx_uid != 0 && st->stx_uid != owner && st->stx_uid != geteuid())
		return false;
	return !(st->stx_mode & (S_IWGRP | S_IWOTH)) ||
	       (S_ISDIR(st->stx_mode) && (st->stx_mode & S_ISVTX));
}

/*
 * -EREMOTE where a user may have mounted a file system whose server hangs (user_allow_other in
 * fuse.conf(5)). Opening the top of such a mount with O_PATH sends its server no request; a look-up
 * below would.
 */
static int same_or_local_mount(struct nsv_hints *h, int dirfd, const struct statx *st)
{
	struct statx above;
	int r = read_attributes(dirfd, &above);

	if (r < 0)
		return r;
	if (above.stx_mnt_id != st->stx_mnt_id && nsv_hint_is_served(h, st->stx_mnt_id))
		return -EREMOTE;
	return 0;
}

int nsv_hint_step(struct nsv_hints *h, int dirfd, const char *name, bool strict, uint32_t owner)
{
	nsv_autofd int fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statx st;
	int r;

	if (fd < 0)
		return -errno;
	if (!strict)
		return nsv_steal_fd(&fd);
	r = read_attributes(fd, &st);
	if (r == 0)
		r = same_or_local_mount(h, dirfd, &st);
	if (r < 0)
		return r;
	return trusted(&st, owner) ? nsv_steal_fd(&fd) : -EPERM;
}

int nsv_hint_walk(struct nsv_hints *h, const char *path, uint32_t owner)
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
		next = nsv_hint_step(h, dir, name, true, owner);
		if (next < 0)
			return next;
		nsv_close(dir);
		dir = next;
	}
	return nsv_steal_fd(&dir);
}

/* Opens for reading. O_NONBLOCK: no wait for the holder of a lease (fcntl(2)). */
static int open_regular(struct nsv_hints *h, int dirfd, const char *name, bool strict,
			uint32_t owner, uint64_t *ret_size)
{
	nsv_autofd int path = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct statx st;
	char link[32];
	int fd, r;

	if (path < 0)
		return -errno;
	r = read_attributes(path, &st);
	if (r == 0 && strict)
		r = same_or_local_mount(h, dirfd, &st);
	if (r < 0)
		return r;
	if (!S_ISREG(st.stx_mode))
		return -EINVAL;
	if (strict && !trusted(&st, owner))
		return -EPERM;
	(void)snprintf(link, sizeof(link), "self/fd/%d", path);
	fd = openat(h->procfs, link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_size = st.stx_size;
	return fd;
}

/* Room for @size bytes in h->file. Nothing that is there is kept. */
static int file_room(struct nsv_hints *h, size_t size)
{
	if (size <= h->file_size)
		return 0;
	free(h->file);
	h->file = malloc(size);
	h->file_size = h->file ? size : 0;
	return h->file ? 0 : -ENOMEM;
}

ssize_t nsv_hint_read(struct nsv_hints *h, int dirfd, const char *name, size_t max, bool strict,
		      uint32_t owner)
{
	uint64_t size = 0;
	nsv_autofd int fd = open_regular(h, dirfd, name, strict, owner, &size);
	size_t used = 0;
	int r;

	if (fd < 0)
		return fd;
	if (size > max)
		return -E2BIG;
	if (!nsv_hint_charge(&h->quotas, h->payer, size))
		return -EDQUOT;
	r = file_room(h, size + 1);
	if (r < 0)
		return r;
	/* A file that grows meanwhile is being written: its JSON would be refused. */
	while (used <= size) {
		ssize_t n = read(fd, h->file + used, size + 1 - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	if (used > size)
		return -E2BIG;
	h->file[used] = '\0';
	return (ssize_t)used;
}

struct nsv_json nsv_hint_read_json(struct nsv_hints *h, int dirfd, const char *name, bool strict,
				   uint32_t owner)
{
	ssize_t len = nsv_hint_read(h, dirfd, name, NSV_HINT_FILE_MAX, strict, owner);
	struct nsv_json json = { 0 };

	if (len > 0 && nsv_hint_charge(&h->quotas, h->payer, (uint64_t)len))
		(void)nsv_json_whole(h->file, (size_t)len, &json);
	return json;
}

int64_t nsv_hint_read_pid(struct nsv_hints *h, int dirfd, const char *name, bool strict,
			  uint32_t owner)
{
	ssize_t len = nsv_hint_read(h, dirfd, name, NSV_HINT_FILE_MAX, strict, owner);
	uint64_t pid;

	if (len <= 0)
		return -1;
	h->file[strcspn(h->file, "\n")] = '\0';
	return nsv_parse_u64(h->file, INT_MAX, &pid) ? -1 : (int64_t)pid;
}
