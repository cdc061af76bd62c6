/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sys.c - a fresh sysfs: one shows the network namespace in which it was mounted. No state. */
#include "sys.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "place.h"
#include "reach/util.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* Of the host's, moved over. */
static const char *const kept[] = {
	"fs/cgroup",	   "fs/bpf",	    "fs/fuse/connections",
	"fs/pstore",	   "kernel/debug",  "kernel/tracing",
	"kernel/security", "kernel/config", "firmware/efi/efivars",
};

static int make_sysfs(void)
{
	nsv_autofd int fs = (int)syscall(SYS_fsopen, "sysfs", FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
			  MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			      MOUNT_ATTR_NOEXEC);
	return fd < 0 ? -errno : fd;
}

static int clone_mount(int sys, const char *path)
{
	struct stat host, its;

	/* A mount point has another device than /sys. */
	if (fstat(sys, &host) < 0 || fstatat(sys, path, &its, AT_SYMLINK_NOFOLLOW) < 0 ||
	    its.st_dev == host.st_dev)
		return NSV_FD_NONE;
	return (int)syscall(SYS_open_tree, sys, path,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

int nsv_sys_mount(void)
{
	nsv_autofd int host = open("/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	nsv_autofd int fresh = make_sysfs();
	int trees[NSV_ARRAY_SIZE(kept)];
	int r = host < 0 ? -ENOENT : nsv_min(fresh, 0);

	for (size_t i = 0; i < NSV_ARRAY_SIZE(kept); i++)
		trees[i] = r == 0 ? clone_mount(host, kept[i]) : NSV_FD_NONE;
	if (r == 0)
		r = nsv_mount_attach(fresh, AT_FDCWD, "/sys");
	for (size_t i = 0; i < NSV_ARRAY_SIZE(kept); i++) {
		if (r == 0 && trees[i] >= 0)
			(void)nsv_mount_attach(trees[i], fresh, kept[i]);
		nsv_close(trees[i]);
	}
	return r;
}
