/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ways_files.c - ways to change files, by path and by fd. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "reach/util.h"
#include "ways.h"

int ways_prepare(void)
{
	static const char *const made[] = { "new", "fifo", "null", "empty/other" };
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "sock" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* What a control made. */
	(void)rmdir("new");
	for (size_t i = 0; i < NSV_ARRAY_SIZE(made); i++)
		(void)unlink(made[i]);
	nsv_close(open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	nsv_close(open("other", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	(void)mkdir("empty", 0700);
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0 || listen(fd, 9) < 0) {
		nsv_close(fd);
		return -errno;
	}
	/* It listens as long as the test runs. */
	return fd;
}

int ways_open(pid_t pid, struct prey *ret)
{
	int pair[2];

	ret->pid = pid;
	ret->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	ret->read_fd = open("file", O_RDONLY | O_CLOEXEC);
	ret->write_fd = open("file", O_RDWR | O_CLOEXEC);
	ret->stream = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ret->uts = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	ret->datagram = socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0 ? -1 : pair[0];
	return ret->pidfd < 0 || ret->read_fd < 0 || ret->write_fd < 0 || ret->stream < 0 ||
		       ret->uts < 0 || ret->datagram < 0
		   ? -errno
		   : 0;
}

static int open2(const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_CLOEXEC };

	if (flags & (O_CREAT | O_TMPFILE) & ~(uint64_t)O_DIRECTORY)
		how.mode = 0600;
	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

static int open_of(pid_t pid, const char *name, uint64_t flags)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return open2(path, flags);
}

static int cgroup(const struct prey *p)
{
	static const char *const places[] = {
		"/sys/fs/cgroup/cgroup.procs",
		"/sys/fs/cgroup/unified/cgroup.procs",
		"/sys/fs/cgroup/pids/cgroup.procs",
		"/sys/fs/cgroup/systemd/cgroup.procs",
	};
	int fd = -1;

	for (size_t i = 0; fd < 0 && i < NSV_ARRAY_SIZE(places); i++)
		if (access(places[i], F_OK) == 0)
			fd = open2(places[i], O_WRONLY);
	return fd;
}

static int flags_of(const struct prey *p)
{
	int flags = FS_NODUMP_FL;

	return ioctl(p->read_fd, FS_IOC_SETFLAGS, &flags);
}

static int by_handle(const struct prey *p)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} h = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount;

	return name_to_handle_at(AT_FDCWD, "file", &h.handle, &mount, 0);
}

static int open_handle(const struct prey *p)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} h = { .handle.handle_bytes = 8 };

	return open_by_handle_at(p->read_fd, &h.handle, O_RDONLY);
}

#define WAY(name, call)                       \
	static int name(const struct prey *p) \
	{                                     \
		(void)p;                      \
		return (int)(call);           \
	}

WAY(do_open, open("file", O_WRONLY | O_CLOEXEC))
WAY(do_openat, openat(AT_FDCWD, "file", O_RDWR | O_CLOEXEC))
WAY(do_openat2_write, open2("file", O_WRONLY))
WAY(do_openat2_both, open2("file", O_RDWR))
WAY(do_openat2_create, open2("new", O_RDONLY | O_CREAT))
WAY(do_openat2_trunc, open2("file", O_RDONLY | O_TRUNC))
WAY(do_openat2_tmpfile, open2(".", O_RDWR | O_TMPFILE))
WAY(do_openat2_device, open2("/dev/null", O_WRONLY))
WAY(do_openat2_sysctl, open2("/proc/sys/kernel/core_pattern", O_WRONLY))
WAY(do_openat2_mem, open_of(p->pid, "mem", O_RDWR))
WAY(do_openat2_mem_read, open_of(p->pid, "mem", O_RDONLY))
WAY(do_openat2_oom, open_of(p->pid, "oom_score_adj", O_WRONLY))
WAY(do_root, open_of(p->pid, "root", O_PATH))
WAY(do_cwd, open_of(p->pid, "cwd", O_PATH))
WAY(do_exe, open_of(p->pid, "exe", O_RDONLY))
WAY(do_fd, open_of(p->pid, "fd/0", O_PATH))
WAY(do_ns, open_of(p->pid, "ns/mnt", O_RDONLY))
WAY(do_creat, creat("new", 0600))
WAY(do_fifo, mknod("fifo", S_IFIFO | 0600, 0))
WAY(do_device, mknod("null", S_IFCHR | 0600, makedev(1, 3)))
WAY(do_mkdir, mkdir("new", 0700))
WAY(do_rmdir, rmdir("empty"))
WAY(do_link, link("file", "new"))
WAY(do_symlink, symlink("file", "new"))
WAY(do_rename, rename("other", "empty/other"))
WAY(do_exchange, syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "other", 2))
WAY(do_unlink, unlink("other"))
WAY(do_truncate, truncate("file", 1))
WAY(do_ftruncate, ftruncate(p->write_fd, 1))
WAY(do_fallocate, fallocate(p->write_fd, 0, 0, 1))
WAY(do_copy, copy_file_range(p->read_fd, NULL, p->write_fd, NULL, 1, 0))
WAY(do_chmod, chmod("file", 0640))
WAY(do_fchmod, fchmod(p->read_fd, 0640))
WAY(do_chown, chown("file", 0, 0))
WAY(do_fchown, fchown(p->read_fd, 0, 0))
WAY(do_utimensat, utimensat(AT_FDCWD, "file", NULL, 0))
WAY(do_futimens, futimens(p->read_fd, NULL))
WAY(do_utime, utime("file", NULL))
WAY(do_setxattr, setxattr("file", "user.nsv", "x", 1, 0))
WAY(do_fsetxattr, fsetxattr(p->read_fd, "user.nsv", "x", 1, 0))
WAY(do_removexattr, removexattr("file", "user.nsv"))
WAY(do_lease, fcntl(p->read_fd, F_SETLEASE, F_RDLCK))

const struct way ways_of_files[] = {
	{ "open for writing", do_open },
	{ "openat for both", do_openat },
	{ "openat2 for writing", do_openat2_write },
	{ "openat2 for both", do_openat2_both },
	{ "openat2, creating", do_openat2_create },
	{ "openat2, truncating", do_openat2_trunc },
	{ "openat2 without a name", do_openat2_tmpfile },
	{ "openat2 of a device", do_openat2_device },
	{ "openat2 of a sysctl", do_openat2_sysctl },
	{ "openat2 of a cgroup's file", cgroup },
	{ "another's memory", do_openat2_mem },
	{ "another's memory, to read", do_openat2_mem_read },
	{ "another's score", do_openat2_oom },
	{ "another's root", do_root },
	{ "another's folder", do_cwd },
	{ "another's program", do_exe },
	{ "another's fd", do_fd },
	{ "another's namespace", do_ns },
	{ "creat", do_creat },
	{ "mknod of a FIFO", do_fifo },
	{ "mknod of a device", do_device },
	{ "mkdir", do_mkdir },
	{ "rmdir", do_rmdir },
	{ "link", do_link },
	{ "symlink", do_symlink },
	{ "rename", do_rename },
	{ "exchange", do_exchange },
	{ "unlink", do_unlink },
	{ "truncate", do_truncate },
	{ "ftruncate", do_ftruncate },
	{ "fallocate", do_fallocate },
	{ "copy_file_range", do_copy },
	{ "chmod", do_chmod },
	{ "fchmod", do_fchmod },
	{ "chown", do_chown },
	{ "fchown", do_fchown },
	{ "utimensat", do_utimensat },
	{ "futimens", do_futimens },
	{ "utime", do_utime },
	{ "setxattr", do_setxattr },
	{ "fsetxattr", do_fsetxattr },
	{ "removexattr", do_removexattr },
	{ "flags by ioctl", flags_of },
	{ "a lease", do_lease },
	{ "name_to_handle_at", by_handle },
	{ "open_by_handle_at", open_handle },
};
const size_t n_ways_of_files = NSV_ARRAY_SIZE(ways_of_files);
