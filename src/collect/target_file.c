/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * target_file.c - PACKAGE on the host. A name that is taken is never written over, nor is a partial
 * one that another collection left: both are evidence. See target_file.h.
 */
#include "collect/target_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "reach/util.h"

static int fail(struct nsv_error *e, int err, const char *what)
{
	return nsv_error_set(e, err, NSV_STAGE_WRITE, "%s%s%s", what ? what : "", what ? ": " : "",
			     strerror(err));
}

static int open_new(struct nsv_target_file *f, bool folder, struct nsv_error *e)
{
	if (folder) {
		if (mkdirat(f->dir, f->partial, 0700) < 0)
			return fail(e, errno, f->partial);
		f->fd = openat(f->dir, f->partial, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		f->is_folder = true;
	} else {
		f->fd = openat(f->dir, f->partial,
			       O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	}
	return f->fd < 0 ? fail(e, errno, f->partial) : 0;
}

/* A device, a FIFO: what it is stays as it is. */
static int open_there(struct nsv_target_file *f, const char *path, const struct stat *st,
		      struct nsv_error *e)
{
	if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode) || S_ISLNK(st->st_mode))
		return nsv_error_set(e, EEXIST, NSV_STAGE_WRITE,
				     "is there already: a package takes no other's place");
	f->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return f->fd < 0 ? fail(e, errno, NULL) : 0;
}

int nsv_target_file_open(struct nsv_target_file *f, const char *path, bool folder,
			 struct nsv_error *e)
{
	nsv_autofree char *parent = strdup(path);
	struct stat st;
	size_t len;
	char *slash;

	if (strcmp(path, "-") == 0) {
		f->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		return f->fd < 0 ? fail(e, errno, NULL) : 0;
	}
	if (!parent)
		return fail(e, ENOMEM, NULL);
	for (len = strlen(parent); len > 1 && parent[len - 1] == '/'; len--)
		parent[len - 1] = '\0';
	if (fstatat(AT_FDCWD, parent, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return open_there(f, parent, &st, e);
	slash = strrchr(parent, '/');
	f->name = strdup(slash ? slash + 1 : parent);
	if (!f->name || asprintf(&f->partial, "%s.partial", f->name) < 0)
		return fail(e, ENOMEM, NULL);
	if (slash)
		slash[slash == parent] = '\0';
	f->dir = open(slash ? parent : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (f->dir < 0)
		return fail(e, errno, slash ? parent : ".");
	return open_new(f, folder, e);
}

void nsv_target_file_keep_room(struct nsv_target_file *f, uint64_t bytes)
{
	if (f->dir < 0 || bytes <= f->room_size)
		return;
	if (f->room < 0) {
		nsv_autofd int dir = openat(f->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		f->room = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	}
	/* Where a disk can't keep it, the end of a full disk is only less whole. */
	if (f->room >= 0 && posix_fallocate(f->room, 0, (off_t)bytes) == 0)
		f->room_size = bytes;
}

void nsv_target_file_give_room(struct nsv_target_file *f)
{
	nsv_close_p(&f->room);
	f->room_size = UINT64_MAX;
}

int nsv_target_file_space(const char *path, uint64_t *ret)
{
	nsv_autofree char *parent = strdup(path);
	struct statvfs fs;
	struct stat st;
	char *slash;

	if (!parent)
		return -ENOMEM;
	for (size_t len = strlen(parent); len > 1 && parent[len - 1] == '/'; len--)
		parent[len - 1] = '\0';
	if (strcmp(path, "-") == 0 || lstat(parent, &st) == 0)
		return -EEXIST;
	slash = strrchr(parent, '/');
	if (slash)
		slash[slash == parent] = '\0';
	if (statvfs(slash ? parent : ".", &fs) < 0)
		return -errno;
	*ret = (uint64_t)fs.f_bavail * fs.f_frsize;
	return 0;
}

/* What can't be synchronized has no need to: a pipe, a terminal. */
static int settle(const struct nsv_target_file *f)
{
	int r = f->is_folder ? syncfs(f->fd) : fsync(f->fd);

	return r < 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP ? -errno : 0;
}

int nsv_target_file_finish(struct nsv_target_file *f, struct nsv_error *e)
{
	nsv_autofd int dir = NSV_FD_NONE;
	int r = settle(f);

	nsv_close_p(&f->room);
	if (r < 0)
		return fail(e, -r, f->name);
	if (f->dir < 0)
		return 0;
	if (syscall(SYS_renameat2, f->dir, f->partial, f->dir, f->name, 1 /* NOREPLACE */) < 0) {
		if (errno != EINVAL && errno != ENOSYS)
			return fail(e, errno, f->name);
		if (renameat(f->dir, f->partial, f->dir, f->name) < 0)
			return fail(e, errno, f->name);
	}
	/* A folder that may be written to but not read keeps its name without that. */
	dir = openat(f->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0 && fsync(dir) < 0 && errno != EINVAL)
		return fail(e, errno, f->name);
	return 0;
}

void nsv_target_file_close(struct nsv_target_file *f)
{
	nsv_close_p(&f->fd);
	nsv_close_p(&f->dir);
	nsv_close_p(&f->room);
	nsv_free_p(&f->name);
	nsv_free_p(&f->partial);
}
