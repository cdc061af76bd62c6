/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsview_run.c - replaces nsview by the program of a command.
 *
 * Defends against: a PATH that leads to another's program of that name, and an argv[0] that lies
 * about the folder. The kernel says where this program's file is (proc_pid_exe(5)); only programs
 * in the same folder, or in sbin beside it, are executed, and for root only one whose owner is root
 * or the owner of this program. No state, no locks.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/nsview.h"

enum { EXIT_CANNOT = 126, EXIT_NOT_FOUND = 127 };

/* The folder of this program, in @dir; its owner in *ret_owner. 0 or -errno. */
static int own_folder(char dir[static PATH_MAX], uid_t *ret_owner)
{
	ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - 1);
	struct stat st;
	char *slash;

	if (n < 0)
		return -errno;
	if (n >= PATH_MAX - 1)
		return -ENAMETOOLONG;
	dir[n] = '\0';
	if (stat("/proc/self/exe", &st) < 0)
		return -errno;
	*ret_owner = st.st_uid;
	slash = strrchr(dir, '/');
	if (dir[0] != '/' || !slash)
		return -ENOENT; /* a file of another mount namespace */
	slash[slash == dir] = '\0';
	return 0;
}

/* Whether root may execute what is in a folder, or a file, with these attributes. */
static bool is_trusted(const struct stat *st, uid_t owner)
{
	return geteuid() != 0 || ((st->st_uid == 0 || st->st_uid == owner) &&
				  (!(st->st_mode & S_IWOTH) || st->st_mode & S_ISVTX));
}

/* Executes @dir/@program. -errno; -ENOENT: it is not there. */
static int try_folder(const char *dir, const char *program, uid_t owner, char **argv)
{
	nsv_autofd int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat folder, st;

	if (at < 0 || fstat(at, &folder) < 0)
		return -errno;
	fd = openat(at, program, O_PATH | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!is_trusted(&folder, owner) || !is_trusted(&st, owner)) {
		cli_error("%s/%s: not executed: others than root can change it", dir, program);
		return -EPERM;
	}
	/* What was looked at, whatever has the name by now. */
	(void)syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	cli_error("%s/%s: can't execute it: %s", dir, program, strerror(errno));
	return -EACCES;
}

int nsview_run(const char *program, char **argv)
{
	char dir[PATH_MAX], sbin[PATH_MAX + 16];
	uid_t owner = 0;
	int r = own_folder(dir, &owner);

	if (r < 0) {
		cli_error("can't find the folder of this program: /proc/self/exe: %s",
			  strerror(-r));
		return EXIT_CANNOT;
	}
	argv[0] = (char *)program;
	r = try_folder(dir, program, owner, argv);
	if (r == -ENOENT) {
		(void)snprintf(sbin, sizeof(sbin), "%s/../sbin", dir);
		r = try_folder(sbin, program, owner, argv);
	}
	if (r != -ENOENT && r != -ENOTDIR)
		return EXIT_CANNOT;
	cli_error("there is no %s in %s: it is not installed", program, dir);
	return EXIT_NOT_FOUND;
}
