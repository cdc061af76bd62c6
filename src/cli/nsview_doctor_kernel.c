/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsview_doctor_kernel.c - checks of system calls: each is made. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/nsview_doctor.h"
#include "reach/procfs.h"

#define LANDLOCK_CREATE 444 /* landlock_create_ruleset(2), on all architectures */
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000U
#endif

void doctor_kernel(struct doctor_result *r)
{
	struct utsname u;
	int major = 0, minor = 0;

	if (uname(&u) < 0 || sscanf(u.release, "%d.%d", &major, &minor) != 2)
		doctor_warn(r, "whether it is new enough", NULL, "its version is unknown");
	else if (major < 5 || (major == 5 && minor < 8))
		doctor_warn(r, "nsview is made and tested for Linux 5.8 or later", "a newer kernel",
			    "Linux %s", u.release);
	else
		doctor_ok(r, "Linux %s on %s", u.release, u.machine);
}

void doctor_proc(struct doctor_result *r)
{
	nsv_autofd int fd = nsv_procfs_open(NULL);

	if (fd < 0)
		doctor_fail(r, "everything: containers are found and reached through /proc",
			    "mount -t proc proc /proc", "/proc is not procfs: %s", strerror(-fd));
	else
		doctor_ok(r, "/proc is procfs");
}

void doctor_openat2(struct doctor_result *r)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	nsv_autofd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = (int)syscall(SYS_openat2, root, "proc", &how, sizeof(how));

	if (fd < 0 && errno != ENOENT) {
		doctor_warn(r, "the direct route: a helper process enters each container instead",
			    errno == ENOSYS ? "Linux 5.6, or a seccomp profile that allows openat2"
					    : "a seccomp profile that allows openat2",
			    "openat2 is refused: %s", strerror(errno));
		return;
	}
	nsv_close(fd);
	doctor_ok(r, "works, with RESOLVE_IN_ROOT");
}

void doctor_pidfd(struct doctor_result *r)
{
	nsv_autofd int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (fd < 0)
		doctor_fail(r, "everything: a process can't be told from one that re-uses its PID",
			    "Linux 5.3, or a seccomp profile that allows pidfd_open",
			    "pidfd_open is refused: %s", strerror(errno));
	else if (syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) < 0)
		doctor_warn(r, "helpers are ended by PID", "a seccomp profile that allows it",
			    "pidfd_send_signal is refused: %s", strerror(errno));
	else
		doctor_ok(r, "pidfd_open and pidfd_send_signal work");
}

void doctor_statx(struct doctor_result *r)
{
	struct statx st = { 0 };

	if (syscall(SYS_statx, AT_FDCWD, "/", 0, STATX_BASIC_STATS | STATX_MNT_ID, &st) < 0)
		doctor_warn(r, "birth times, and which mount a file is on",
			    "a seccomp profile that allows statx", "statx is refused: %s",
			    strerror(errno));
	else if (!(st.stx_mask & STATX_MNT_ID))
		doctor_warn(r, "which mount a file is on", "Linux 5.8",
			    "statx works, without mount IDs");
	else
		doctor_ok(r, "works, with mount IDs");
}

/* In a mount namespace of its own: clones "/" with all mounts, as collections do, makes the clone
 * read-only, and attaches it. An ordinary user may not take a mount from below the others there.
 * The first step that fails, or NULL. */
static const char *try_mounts(void)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	nsv_autofd int tree = NSV_FD_NONE;

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return "a mount namespace";
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, "/",
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0)
		return "open_tree";
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
		    sizeof(attr)) < 0)
		return "mount_setattr";
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return "move_mount";
	return NULL;
}

void doctor_mounts(struct doctor_result *r)
{
	static const char lost[] = "read-only clones: nsrun --files=clone (take --files=view), "
				   "nscollect without moving access times";
	const char *step;

	if (geteuid() != 0 && unshare(CLONE_NEWUSER) < 0) {
		doctor_warn(r, lost, "user namespaces, or root", "could not be tried: %s",
			    strerror(errno));
		return;
	}
	step = try_mounts();
	if (!step)
		doctor_ok(r, "open_tree, mount_setattr and move_mount work");
	else if (errno == EPERM || errno == EACCES || errno == ENOSYS)
		doctor_warn(r, lost,
			    errno == ENOSYS ? "Linux 5.12"
					    : "CAP_SYS_ADMIN, or a seccomp profile that allows it",
			    "%s is refused: %s", step, strerror(errno));
	else
		doctor_warn(r, lost, NULL, "%s fails: %s", step, strerror(errno));
}

void doctor_landlock(struct doctor_result *r)
{
	long abi = syscall(LANDLOCK_CREATE, NULL, 0, 1U);

	if (abi < 0)
		doctor_warn(r, "a second wall around nsviewd and nscollect verify",
			    "Linux 5.13, with landlock in the boot parameter lsm=",
			    "there is no Landlock: %s", strerror(errno));
	else
		doctor_ok(r, "version %ld of its interface", abi);
}

void doctor_seccomp(struct doctor_result *r)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0)
		doctor_warn(r, "nsviewd does not start: it does not run without a filter",
			    "a kernel with CONFIG_SECCOMP_FILTER", "there are no filters: %s",
			    strerror(errno));
	else
		doctor_ok(r, "filters work");
}

void doctor_clock(struct doctor_result *r)
{
	struct timex t = { .modes = 0 };
	int state = adjtimex(&t);

	if (state < 0)
		doctor_warn(r, "whether times in an evidence package are right", NULL,
			    "adjtimex is refused: %s", strerror(errno));
	else if (state == TIME_ERROR || (t.status & STA_UNSYNC))
		doctor_warn(r, "times in an evidence package may be wrong",
			    "a time service: systemctl enable --now systemd-timesyncd, or chrony",
			    "the clock is not synchronized");
	else
		doctor_ok(r, "synchronized");
}
