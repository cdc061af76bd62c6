/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* files.c - attaches the container's files below the place. No state, no locks. */
#include "files.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "reach/mountinfo.h"
#include "reach/pinned.h"
#include "reach/resolve.h"
#include "reach/util.h"

#define MAX_RETRIES 1000

static int attach(const struct nsv_place *place, int tree, struct nsv_error *e)
{
	int r = nsv_mount_attach(tree, place->dir, "root");

	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_ROOT, "its files can't be mounted: %s",
				     strerror(-r))
		     : 0;
}

int nsv_files_clone(const struct nsv_place *place, int procfs, int clone, struct nsv_trimmed *ret,
		    struct nsv_error *e)
{
	nsv_autofd int empty =
	    openat(place->dir, "empty", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int r;

	if (empty < 0 || fstat(empty, &st) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ROOT, "%s", strerror(errno));
	r = attach(place, clone, e);
	if (r < 0)
		return r;
	r = nsv_trim(procfs, place->root, empty, nsv_mount_dev(major(st.st_dev), minor(st.st_dev)),
		     ret);
	if (r == -EAGAIN)
		return nsv_error_set(
		    e, EAGAIN, NSV_STAGE_ROOT,
		    "renames folders above its mounts meanwhile: some of its files "
		    "would be missing");
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_ROOT,
				     "proc and the like can't be taken out of its files: %s",
				     strerror(-r))
		     : 0;
}

/* Whether root or this user mounted it: any user can mount a FUSE file system of that type. */
static bool is_trusted(char *super)
{
	char own[32];
	const char *option;

	(void)snprintf(own, sizeof(own), "user_id=%u", (unsigned)geteuid());
	while ((option = strsep(&super, ",")))
		if (strcmp(option, "user_id=0") == 0 || strcmp(option, own) == 0)
			return true;
	return false;
}

/* An O_PATH fd of the container's folder in the view at @point, or -errno. */
static int open_folder(const char *point, pid_t pid)
{
	const struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	nsv_autofd int view = open(point, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[32];

	if (view < 0)
		return -errno;
	(void)snprintf(name, sizeof(name), ".by-pid/%d", (int)pid);
	/* The link there has "..", so renames and mounts anywhere make it EAGAIN. */
	for (unsigned i = 0; i < MAX_RETRIES; i++) {
		int fd = (int)syscall(SYS_openat2, view, name, &how, sizeof(how));

		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			return fd < 0 ? -errno : fd;
	}
	return -EAGAIN;
}

/* The same in the first view that shows it; -ENOENT: no view is mounted. */
static int find_folder(const struct nsv_target *t)
{
	nsv_automountinfo struct nsv_mountinfo m;
	struct nsv_mount_line line;
	int fd = -ENOENT;
	int r = nsv_mountinfo_open(&m, t->procfs, "self", NSV_MOUNTINFO_MAX);

	if (r < 0)
		return r;
	while (fd < 0 && nsv_mountinfo_next(&m, &line) > 0)
		/* With links=raw the source is another, and links lead to the host's files. */
		if (nsv_fs_flags(line.type) & NSV_FS_VIEW && strcmp(line.root, "/") == 0 &&
		    strcmp(line.source, "nsviewd") == 0 && is_trusted(line.super))
			fd = open_folder(line.point, t->pid);
	return fd;
}

int nsv_files_view(const struct nsv_place *place, const struct nsv_target *t, struct nsv_error *e)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					       MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
				   .propagation = MS_PRIVATE };
	nsv_autofd int folder = find_folder(t);
	nsv_autofd int tree = NSV_FD_NONE;

	if (folder == -ENOENT)
		return nsv_error_set(
		    e, ENOENT, NSV_STAGE_ROOT,
		    "no view that shows its files is mounted: 'nsviewd' mounts one, "
		    "see nsviewd(8)");
	if (folder < 0)
		return nsv_error_set(e, -folder, NSV_STAGE_ROOT,
				     "its files in the view can't be opened: %s",
				     strerror(-folder));
	tree = (int)syscall(SYS_open_tree, folder, "",
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (tree < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ROOT, "the view can't be mounted: %s",
				     strerror(errno));
	/* Before Linux 5.12 it keeps the view's own attributes, which are these by default. */
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 &&
	    errno != ENOSYS)
		return nsv_error_set(e, errno, NSV_STAGE_ROOT, "the view can't be mounted: %s",
				     strerror(errno));
	return attach(place, tree, e);
}

int nsv_files_folder(const struct nsv_place *place, const struct nsv_target *t, const char *path,
		     struct nsv_error *e)
{
	nsv_autofd int root = open(place->root, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const struct nsv_confine confine = { .root = root,
					     .procfs = t->procfs,
					     .self = NULL,
					     .no_openat2 = !nsv_openat2_works(root) };
	struct nsv_error its = NSV_ERROR_INIT;
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat st;

	if (root < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ROOT, "its files can't be opened: %s",
				     strerror(errno));
	fd = nsv_resolve(&confine, *path ? path : "/", false, NULL, &its);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return nsv_steal_fd(&fd);
	return nsv_error_set(e, fd < 0 ? -fd : ENOTDIR, NSV_STAGE_PATH, "root:%.150s: %s", path,
			     strerror(fd < 0 ? -fd : ENOTDIR));
}
