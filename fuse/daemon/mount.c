/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount.c - prepares the mount point, and unmounts the view.
 *
 * Defends against: hanging in a dead or hung view (its root is never looked at without a child
 * process and a time limit); hiding a folder that is in use; unmounting what is no view. No state,
 * no locks.
 */
#include "fuse/daemon/mount.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "reach/mountinfo.h"
#include "reach/util.h"

#define STALE_MAX  16	/* mounts of crashed runs one over the other */
#define ANSWER_MS  2000 /* what a daemon that lives may take to answer */
#define FUSERMOUNT "fusermount3"

/*
 * realpath(3) of all but the last component. The mount point itself may belong to a dead or hung
 * daemon, so it must not be looked at.
 */
static int own_path(const char *path, char **ret_path)
{
	nsv_autofree char *copy = strdup(path), *parent = NULL;
	char *slash, *name, *joined;
	size_t length;

	if (!copy)
		return -ENOMEM;
	length = strlen(copy);
	while (length > 1 && copy[length - 1] == '/')
		copy[--length] = '\0';
	if (length == 0)
		return -ENOENT;
	slash = strrchr(copy, '/');
	name = slash ? slash + 1 : copy;
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		joined = realpath(copy, NULL);
		if (!joined)
			return -errno;
		*ret_path = joined;
		return 0;
	}
	if (slash)
		*slash = '\0';
	parent = realpath(!slash ? "." : slash == copy ? "/" : copy, NULL);
	if (!parent)
		return -errno;
	if (asprintf(&joined, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent, name) < 0)
		return -ENOMEM;
	*ret_path = joined;
	return 0;
}

/* @type NULL: of @dev. */
static int is_on_top(const char *point, const char *type, uint32_t dev)
{
	nsv_automountinfo struct nsv_mountinfo table;
	struct nsv_mount_line line;
	int r = nsv_mountinfo_open(&table, AT_FDCWD, "/proc/self", NSV_MOUNTINFO_MAX);
	int found = 0;

	if (r < 0)
		return r;
	while ((r = nsv_mountinfo_next(&table, &line)) > 0)
		if (strcmp(line.point, point) == 0)
			found = type ? strcmp(line.type, type) == 0
				     : nsv_mount_dev(line.major, line.minor) == dev;
	return r < 0 ? r : found;
}

int mount_is_of(const char *point, const char *type)
{
	return is_on_top(point, type, 0);
}

int mount_is_of_device(const char *point, unsigned major, unsigned minor)
{
	return is_on_top(point, NULL, nsv_mount_dev(major, minor));
}

/* The mount point may be a link to a folder: it is what it leads to that is mounted on. */
static int resolve(const char *path, char **ret_path)
{
	nsv_autofree char *own = NULL;
	char *real;
	int r = own_path(path, &own);

	if (r < 0)
		return r;
	if (mount_is_of(own, VIEW_FSTYPE) <= 0) {
		real = realpath(own, NULL);
		if (!real)
			return -errno;
		*ret_path = real;
		return 0;
	}
	*ret_path = nsv_steal_ptr(own);
	return 0;
}

int mount_ask_server(const char *path)
{
	struct statx st;

	return statx(AT_FDCWD, path, AT_STATX_FORCE_SYNC, STATX_MODE, &st) < 0 ? -errno : 0;
}

int mount_ask(const char *path)
{
	pid_t pid = fork();
	nsv_autofd int pidfd = NSV_FD_NONE;
	struct pollfd ended;
	int status = 0;

	if (pid < 0)
		return errno;
	if (pid == 0)
		_exit(-mount_ask_server(path) & 0xff);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	ended = (struct pollfd){ .fd = pidfd, .events = POLLIN };
	if (pidfd >= 0 && poll(&ended, 1, ANSWER_MS) == 0)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : ETIMEDOUT;
}

int mount_run_fusermount(const char *path, bool lazily)
{
	const char *argv[] = { FUSERMOUNT, "-u", "-q", lazily ? "-z" : "--", path, NULL };
	pid_t pid = fork();
	int status = 0;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		(void)execvp(FUSERMOUNT, (char *const *)argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
		return -ENOENT;
	/* The exit status says no more. A lazy unmount is never busy. */
	return WEXITSTATUS(status) == 0 ? 0 : lazily ? -EPERM : -EBUSY;
}

static int unmount_once(const char *path, bool lazily)
{
	if (umount2(path, UMOUNT_NOFOLLOW | (lazily ? MNT_DETACH : 0)) == 0)
		return 0;
	return errno == EPERM ? mount_run_fusermount(path, lazily) : -errno;
}

static int clear_stale(const char *path, struct nsv_error *e)
{
	for (int i = 0; i < STALE_MAX; i++) {
		int r = mount_is_of(path, VIEW_FSTYPE);

		if (r < 0)
			return nsv_error_set(e, -r, NSV_STAGE_PATH,
					     "can't read the table of mounts: %s", strerror(-r));
		if (r == 0)
			return 0;
		/* A daemon that is gone says so; all else is somebody's. */
		if (mount_ask(path) != ENOTCONN)
			return nsv_error_set(e, EBUSY, NSV_STAGE_PATH,
					     "%s: the view is mounted there already", path);
		r = unmount_once(path, true);
		if (r < 0)
			return nsv_error_set(e, -r, NSV_STAGE_PATH,
					     "%s: can't unmount what a crashed run left: %s", path,
					     strerror(-r));
	}
	return nsv_error_set(e, EBUSY, NSV_STAGE_PATH, "%s: too many mounts of crashed runs", path);
}

/* Whether the folder has entries. False if it can't be listed: then fusermount3 decides. */
static bool holds_something(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	size_t n = 0;

	if (!dir)
		return false;
	while (n <= 2 && (entry = readdir(dir)))
		n += entry->d_name[0] != '.' || entry->d_name[1] != '\0';
	(void)closedir(dir);
	return n > 1; /* "..", and one more */
}

/* A mistyped mount point must not hide a folder in use, such as /etc. */
static int check_mount_point(const char *path, bool nonempty, struct nsv_error *e)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_PATH, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return nsv_error_set(e, ENOTDIR, NSV_STAGE_PATH, "%s: %s", path, strerror(ENOTDIR));
	if (strcmp(path, "/") == 0)
		return nsv_error_set(e, EBUSY, NSV_STAGE_PATH,
				     "/: the view needs a folder of its own");
	if (!nonempty && holds_something(path))
		return nsv_error_set(e, ENOTEMPTY, NSV_STAGE_PATH,
				     "%s: the folder is not empty (-o nonempty takes it)", path);
	return 0;
}

int mount_prepare(const char *path, bool nonempty, char **ret_path, struct nsv_error *e)
{
	nsv_autofree char *own = NULL;
	int r;

	if (!path) {
		if (geteuid() != 0)
			return nsv_error_set(e, EINVAL, NSV_STAGE_PATH,
					     "a mount point is needed, as you are not root");
		path = VIEW_MOUNTPOINT;
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return nsv_error_set(e, errno, NSV_STAGE_PATH, "%s: can't make it: %s",
					     path, strerror(errno));
	}
	r = resolve(path, &own);
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_PATH, "%s: %s", path, strerror(-r));
	r = clear_stale(own, e);
	if (r < 0)
		return r;
	r = check_mount_point(own, nonempty, e);
	if (r < 0)
		return r;
	*ret_path = nsv_steal_ptr(own);
	return 0;
}

int mount_unmount(const char *path, struct nsv_error *e)
{
	nsv_autofree char *own = NULL;
	int r;

	if (!path)
		path = VIEW_MOUNTPOINT;
	r = resolve(path, &own);
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_PATH, "%s: %s", path, strerror(-r));
	r = mount_is_of(own, VIEW_FSTYPE);
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_PATH, "can't read the table of mounts: %s",
				     strerror(-r));
	if (r == 0)
		return nsv_error_set(e, EINVAL, NSV_STAGE_PATH, "%s: the view is not mounted there",
				     own);
	r = unmount_once(own, false);
	if (r == -EBUSY)
		r = unmount_once(own, true);
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_PATH, "%s: can't unmount: %s", own,
				     strerror(-r))
		     : 0;
}

int mount_open_abort(unsigned minor)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/sys/fs/fuse/connections/%u/abort", minor);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
