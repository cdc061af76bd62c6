/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsfile.c - opens namespace files; pins a mount namespace by its file, without a process.
 *
 * Defends against: a FIFO or device at the path (open(2) with O_PATH only, until fstatfs(2) says
 * nsfs), namespaces of another type (NS_GET_NSTYPE, Linux 4.11). No state, no locks.
 */
#include "nsfile.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

#include "pinned.h"
#include "util.h"

static const char *ns_kind(int type)
{
	switch (type) {
	case CLONE_NEWNS:
		return "a mount";
	case NSV_CLONE_NEWTIME:
		return "a time";
	case CLONE_NEWUTS:
		return "a UTS";
	case CLONE_NEWIPC:
		return "an IPC";
	case CLONE_NEWNET:
		return "a network";
	case CLONE_NEWPID:
		return "a PID";
	case CLONE_NEWUSER:
		return "a user";
	case CLONE_NEWCGROUP:
		return "a cgroup";
	default:
		return "another";
	}
}

static int check_nsfile(int fd, struct nsv_error *e)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0 || fs.f_type != NSFS_MAGIC)
		return nsv_error_set(e, EINVAL, NSV_STAGE_SPEC,
				     "not a namespace file, and a name has no slash");
	return 0;
}

int nsv_nsfile_open(int procfs, const char *path, int type, struct nsv_error *e)
{
	/* O_PATH first: a FIFO would block, a device would act. */
	nsv_autofd int look = open(path, O_PATH | O_CLOEXEC);
	nsv_autofd int fd = NSV_FD_NONE;
	char link[32];
	int its;
	int r;

	if (look < 0 && errno == EACCES)
		return nsv_error_set(e, errno, NSV_STAGE_SPEC,
				     "the namespace file can't be opened: needs root or "
				     "CAP_SYS_PTRACE over its process");
	if (look < 0)
		return nsv_error_set(e, errno, NSV_STAGE_SPEC,
				     "no such namespace file, and a name has no slash: %s",
				     strerror(errno));
	r = check_nsfile(look, e);
	if (r < 0)
		return r;
	(void)snprintf(link, sizeof(link), "self/fd/%d", look);
	fd = openat(procfs, link, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return nsv_error_set(e, errno, NSV_STAGE_SPEC,
				     "the namespace file can't be opened");
	its = ioctl(fd, NS_GET_NSTYPE);
	if (its != type)
		return nsv_error_set(e, EINVAL, NSV_STAGE_SPEC,
				     "is the file of %s namespace, not of %s namespace",
				     ns_kind(its), ns_kind(type));
	return nsv_steal_fd(&fd);
}

int nsv_target_open_nsfile(const char *path, struct nsv_target **ret, struct nsv_error *e)
{
	nsv_autotarget struct nsv_target *t = NULL;
	int r = nsv_target_new(&t, e);

	if (r < 0)
		return r;
	t->mntns = nsv_nsfile_open(t->procfs, path, CLONE_NEWNS, e);
	if (t->mntns < 0)
		return t->mntns;
	r = nsv_target_describe(t, e);
	if (r < 0)
		return r;
	*ret = nsv_steal_ptr(t);
	return 0;
}
