/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* root_open.c - opens paths below a root, those on procfs as the container does. No state, no
 * locks. */
#include <nsview/root.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "root_call.h"
#include "root_proc.h"
#include "util.h"

static int open_as(struct nsv_root *root, enum nsv_op op, const char *path, unsigned flags,
		   struct nsv_error *e)
{
	struct nsv_error own = NSV_ERROR_INIT;
	int fd = nsv_root_call(root, op, path, flags, NULL, &own);

	fd = nsv_root_proc(root, op, path, flags, fd, &own);
	if (fd < 0 && e)
		*e = own;
	return fd;
}

int nsv_root_open_path(struct nsv_root *root, const char *path, unsigned flags, struct nsv_error *e)
{
	return open_as(root, NSV_OP_PATH, path, flags, e);
}

int nsv_root_open_file(struct nsv_root *root, const char *path, unsigned flags, struct stat *ret_st,
		       struct nsv_error *e)
{
	int fd = open_as(root, NSV_OP_FILE, path, flags, e);

	if (fd >= 0 && ret_st && fstat(fd, ret_st) < 0) {
		nsv_close(fd);
		return nsv_error_set(e, errno, NSV_STAGE_PATH, "%s", strerror(errno));
	}
	return fd;
}

int nsv_root_open_dir(struct nsv_root *root, const char *path, unsigned flags, struct nsv_error *e)
{
	return open_as(root, NSV_OP_DIR, path, flags, e);
}

int nsv_root_canonical(struct nsv_root *root, const char *path, unsigned flags, char **ret_path,
		       struct nsv_error *e)
{
	int fd = nsv_root_call(root, NSV_OP_CANONICAL, path, flags, ret_path, e);

	nsv_close(fd);
	return fd < 0 ? fd : 0;
}

int nsv_root_open_parent(struct nsv_root *root, const char *path, const char **ret_name,
			 size_t *ret_len, struct nsv_error *e)
{
	size_t end = strlen(path);
	size_t start;
	nsv_autofree char *dir = NULL;
	int fd;

	while (end > 0 && path[end - 1] == '/')
		end--;
	start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	if (start == end || (end - start == 1 && path[start] == '.') ||
	    (end - start == 2 && memcmp(path + start, "..", 2) == 0))
		return nsv_error_set(e, EINVAL, NSV_STAGE_PATH, "%s", strerror(EINVAL));
	if (asprintf(&dir, "/%.*s/", (int)start, path) < 0)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_PATH, "%s", strerror(ENOMEM));
	fd = nsv_root_open_path(root, dir, 0, e);
	if (fd >= 0) {
		*ret_name = path + start;
		*ret_len = end - start;
	}
	return fd;
}

/* The public calls on fds use this process's /proc; reopening verifies the inode. */
int nsv_reopen(int pathfd, struct stat *ret_st, struct nsv_error *e)
{
	nsv_autofd int procfs = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	bool dir = fstat(pathfd, &st) == 0 && S_ISDIR(st.st_mode);

	return nsv_complete(nsv_reopen_through(procfs, pathfd, dir, ret_st, e), e);
}

int nsv_open_file_at(int dirfd, const char *name, struct stat *ret_st, struct nsv_error *e)
{
	nsv_autofd int fd = NSV_FD_NONE;
	nsv_autofd int procfs = NSV_FD_NONE;

	if (!*name || strchr(name, '/') || strcmp(name, "..") == 0)
		return nsv_error_set(e, EINVAL, NSV_STAGE_PATH, "%s", strerror(EINVAL));
	fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return nsv_error_set(e, errno, NSV_STAGE_PATH, "%s", strerror(errno));
	procfs = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return nsv_complete(nsv_reopen_through(procfs, fd, false, ret_st, e), e);
}
