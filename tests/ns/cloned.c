/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cloned.c - the container of cloned.h, and how its files are looked at. */
#include "cloned.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reach/util.h"

int cloned_put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	nsv_close(fd);
	return n < 0 ? -errno : 0;
}

/* A mount of its own, and a root that tells of mounts to all that have a copy. */
static int furnish(void *data)
{
	const struct timespec old[2] = { { .tv_sec = LONG_AGO }, { .tv_sec = LONG_AGO + 1 } };
	int r;

	if (mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0 || mkdir("/vol", 0755) < 0 ||
	    mkdir("/late", 0755) < 0 || mount("vol", "/vol", "tmpfs", 0, "mode=755") < 0)
		return -errno;
	r = cloned_put("/vol/data", "data\n", 0644)
		?: cloned_put("/vol/private", "private\n", 0600);
	r = r ?: cloned_put("/vol/tool", "#!/bin/sh\nexit 0\n", 0755);
	if (r < 0 || chown("/vol/private", 1000, 1000) < 0 || symlink("data", "/vol/link") < 0 ||
	    symlink("/etc/passwd", "/vol/absolute") < 0 ||
	    utimensat(AT_FDCWD, "/vol/data", old, 0) < 0)
		return r < 0 ? r : -errno;
	return 0;
}

struct nsv_test_container *cloned_start(bool rootless)
{
	return nsv_container_start(&(struct nsv_container_opts){
	    .setup = furnish, .userns = rootless, .owner = rootless ? NSV_TEST_OWNER : 0 });
}

int cloned_beneath(int dirfd, const char *path, int flags)
{
	const struct open_how how = { .flags = (unsigned)flags | O_CLOEXEC,
				      .resolve = RESOLVE_IN_ROOT };

	return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
}

bool cloned_says(int dirfd, const char *path, const char *text)
{
	nsv_autofd int fd = cloned_beneath(dirfd, path, O_RDONLY);
	char buf[64] = "";

	return fd >= 0 && read(fd, buf, sizeof(buf) - 1) >= 0 && strcmp(buf, text) == 0;
}

/* Runs @body in the container's mount namespace, in a child. */
int cloned_inside(const struct subject *s, int (*body)(void))
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		char path[64];
		int mnt = open(s->c->nsfile, O_RDONLY | O_CLOEXEC);
		int user;

		(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)s->c->pid);
		user = open(path, O_RDONLY | O_CLOEXEC);
		if (s->rootless && setns(user, CLONE_NEWUSER) < 0 && errno != EINVAL)
			_exit(98);
		if (setns(mnt, CLONE_NEWNS) < 0)
			_exit(99);
		_exit(body());
	}
	(void)waitpid(child, &status, 0);
	return status;
}

int cloned_mount_late(void)
{
	return mount("late", "/late", "tmpfs", 0, NULL) < 0 ||
	       cloned_put("/late/mounted", "late\n", 0644) < 0;
}

int cloned_unmount_late(void)
{
	return umount2("/late", 0) < 0 ? errno : 0;
}

int cloned_run(int dirfd)
{
	nsv_autofd int fd = cloned_beneath(dirfd, "bin/busybox", O_PATH);
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		(void)syscall(SYS_execveat, fd, "", (char *const[]){ "true", NULL },
			      (char *const[]){ NULL }, AT_EMPTY_PATH);
		_exit(errno);
	}
	(void)waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
