/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reexec.c - executes this program again from a copy that nothing can change: a sealed memfd(2) or,
 * where the host forbids to execute those (vm.memfd_noexec), a detached read-only bind mount.
 * No locks; one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "reach/util.h"
#include <nsview/inside.h>

#ifndef MFD_EXEC /* Linux 6.3 */
#define MFD_EXEC 0x10U
#endif

#define SEALS	 (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define KEEP_MAX 256
#define NAME	 "nsrun"

/* Whether @fd is such a copy. */
static bool is_copy(int fd)
{
	struct statvfs fs;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals >= 0 && (seals & SEALS) == SEALS)
		return true;
	return fstatvfs(fd, &fs) == 0 && fs.f_flag & ST_RDONLY;
}

static int sealed(int from)
{
	nsv_autofd int fd = memfd_create(NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	struct stat st;

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || fstat(from, &st) < 0)
		return -errno;
	for (off_t at = 0; at < st.st_size;) {
		ssize_t n = sendfile(fd, from, &at, (size_t)(st.st_size - at));

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
	}
	if (fchmod(fd, 0500) < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return -errno;
	return nsv_steal_fd(&fd);
}

static int cloned(int from)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	nsv_autofd int fd = (int)syscall(SYS_open_tree, from, "",
					 AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return -errno;
	return nsv_steal_fd(&fd);
}

/* The variables to keep, and those of sanitizers in a build with them. */
static bool is_kept(const char *variable, const char *const keep[])
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	if (strstr(variable, "SAN_OPTIONS=") == variable + 1 ||
	    strstr(variable, "SAN_OPTIONS=") == variable + 2)
		return true;
#endif
	for (size_t i = 0; keep[i]; i++) {
		size_t len = strlen(keep[i]);

		if (strncmp(variable, keep[i], len) == 0 && variable[len] == '=')
			return true;
	}
	return false;
}

int nsv_inside_reexec(char *const argv[], const char *const keep[], struct nsv_error *e)
{
	nsv_autofd int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	nsv_autofd int copy = NSV_FD_NONE;
	char *env[KEEP_MAX + 1];
	size_t n = 0, all = 0;

	if (self < 0)
		return nsv_error_set(e, errno, NSV_STAGE_ENTER, "/proc/self/exe: %s",
				     strerror(errno));
	for (char **v = environ; *v && n < KEEP_MAX; v++, all++)
		if (is_kept(*v, keep))
			env[n++] = *v;
	env[n] = NULL;
	if (n == all && is_copy(self)) {
		(void)prctl(PR_SET_NAME, NAME); /* execveat(2) has set the fd's number */
		return prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : 0;
	}
	copy = sealed(self);
	if (copy >= 0)
		(void)syscall(SYS_execveat, copy, "", argv, env, AT_EMPTY_PATH);
	nsv_close_p(&copy);
	copy = cloned(self);
	if (copy >= 0)
		(void)syscall(SYS_execveat, copy, "", argv, env, AT_EMPTY_PATH);
	return nsv_error_set(e, copy < 0 ? -copy : errno, NSV_STAGE_ENTER,
			     "no read-only copy of this program can be made: %s",
			     strerror(copy < 0 ? -copy : errno));
}
