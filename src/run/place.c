/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* place.c - the private mount namespace and the tmpfs in it. No state, no locks. */
#include "place.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "reach/util.h"

#define PLACE "/run/nsview"

int nsv_place_unshare(struct nsv_error *e)
{
	if (unshare(CLONE_NEWNS) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ENTER,
				     "a mount namespace can't be made: %s", strerror(errno));
	if (syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ENTER,
				     "the host's mounts can't be kept apart: %s", strerror(errno));
	return 0;
}

int nsv_mount_attach(int tree, int dir, const char *path)
{
	const unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (*path ? 0 : MOVE_MOUNT_T_EMPTY_PATH);

	return syscall(SYS_move_mount, tree, "", dir, path, flags) < 0 ? -errno : 0;
}

static int make_tmpfs(void)
{
	nsv_autofd int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	nsv_autofd int fd = NSV_FD_NONE;

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", "nsrun", 0) < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "size", "1m", 0) < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "mode", "755", 0) < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
			  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (fd < 0 || mkdirat(fd, "root", 0755) < 0 || mkdirat(fd, "empty", 0755) < 0)
		return -errno;
	return nsv_steal_fd(&fd);
}

/* A folder to mount over: made if it can be, and not a link. */
static int open_folder(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -1;
	return open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The first of the places that this process can have. Returns an fd, or -1. */
static int choose_folder(char **ret_path)
{
	const char *own = getenv("XDG_RUNTIME_DIR");
	nsv_autofree char *path = strdup(PLACE);
	int fd = path ? open_folder(path) : -1;

	if (fd < 0 && own && *own == '/') {
		nsv_free_p(&path);
		if (asprintf(&path, "%s/nsview", own) < 0)
			path = NULL;
		fd = path ? open_folder(path) : -1;
	}
	if (fd < 0) {
		nsv_free_p(&path);
		path = strdup("/mnt");
		fd = path ? open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	}
	if (fd >= 0)
		*ret_path = nsv_steal_ptr(path);
	return fd;
}

int nsv_place_make(struct nsv_place *ret, struct nsv_error *e)
{
	nsv_autofree char *path = NULL;
	nsv_autofree char *root = NULL;
	nsv_autofd int tmpfs = make_tmpfs();
	nsv_autofd int folder = NSV_FD_NONE;
	int r;

	if (tmpfs < 0)
		return nsv_error_set(e, -tmpfs, NSV_STAGE_ENTER, "a tmpfs can't be mounted: %s",
				     strerror(-tmpfs));
	folder = choose_folder(&path);
	if (folder < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ENTER,
				     "neither " PLACE " nor another folder can be mounted over: %s",
				     strerror(errno));
	r = nsv_mount_attach(tmpfs, folder, "");
	if (r < 0)
		return nsv_error_set(e, -r, NSV_STAGE_ENTER, "%s: can't be mounted over: %s", path,
				     strerror(-r));
	if (asprintf(&root, "%s/root", path) < 0)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_ENTER, "%s", strerror(ENOMEM));
	*ret = (struct nsv_place){ .dir = nsv_steal_fd(&tmpfs),
				   .path = nsv_steal_ptr(path),
				   .root = nsv_steal_ptr(root) };
	return 0;
}

void nsv_place_close(struct nsv_place *p)
{
	nsv_close_p(&p->dir);
	free(p->path);
	free(p->root);
	p->path = p->root = NULL;
}

int nsv_place_write(const struct nsv_place *p, const char *name, const char *text, size_t len)
{
	nsv_autofd int fd =
	    openat(p->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);

	if (fd < 0)
		return -errno;
	if (fchmod(fd, 0444) < 0) /* whatever the umask */
		return -errno;
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

void nsv_place_seal(const struct nsv_place *p)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	/* Before Linux 5.12 the place stays writable: the program is the caller's own. */
	(void)syscall(SYS_mount_setattr, p->dir, "", AT_EMPTY_PATH, &attr, sizeof(attr));
}

int nsv_place_cover(const struct nsv_place *p, const char *name, const char *path)
{
	nsv_autofd int tree =
	    (int)syscall(SYS_open_tree, p->dir, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return tree < 0 ? -errno : nsv_mount_attach(tree, AT_FDCWD, path);
}
