/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsview_doctor_fuse.c - checks of FUSE, which the view needs. A file system is made, and attached
 * to no mount namespace: it is gone when its fds are closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/mount.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/nsview_doctor.h"

/* As in the kernel's interface of Linux 6.9; older headers lack them. */
#define K_INIT_EXT	   (1U << 30)
#define K_FLAGS2_PASS	   (1U << (37 - 32)) /* FUSE_PASSTHROUGH */
#define K_STACK_DEPTH	   2
#define K_IOC_BACKING_OPEN _IOW(229, 1, struct k_backing_map)

struct k_backing_map {
	int32_t fd;
	uint32_t flags;
	uint64_t padding;
};

struct k_init_out {
	struct fuse_out_header header;
	uint32_t major, minor, max_readahead, flags;
	uint16_t max_background, congestion_threshold;
	uint32_t max_write, time_gran;
	uint16_t max_pages, map_alignment;
	uint32_t flags2, max_stack_depth, unused[6];
};

static const char view_lost[] = "the view (nsviewd), and nsrun --files=view";

/* An instance of FUSE for the open device @dev: an fd of fsopen(2), or -errno. */
static int make_instance(int dev)
{
	nsv_autofd int fs = (int)syscall(SYS_fsopen, "fuse", FSOPEN_CLOEXEC);
	char number[16];

	if (fs < 0)
		return -errno;
	(void)snprintf(number, sizeof(number), "%d", dev);
	if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "fd", number, 0) < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "rootmode", "40000", 0) < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "user_id", "0", 0) < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "group_id", "0", 0) < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	return nsv_steal_fd(&fs);
}

void doctor_fuse(struct doctor_result *r)
{
	nsv_autofd int dev = open("/dev/fuse", O_RDWR | O_CLOEXEC), fs = NSV_FD_NONE;

	if (dev < 0) {
		doctor_warn(r, view_lost,
			    errno == ENOENT || errno == ENODEV || errno == ENXIO
				? "modprobe fuse; in a container: --device /dev/fuse"
				: "rights on /dev/fuse: chmod 666 /dev/fuse",
			    "/dev/fuse can't be opened: %s", strerror(errno));
		return;
	}
	if (geteuid() != 0) {
		doctor_ok(r, "/dev/fuse can be opened");
		return;
	}
	fs = make_instance(dev);
	if (fs < 0 && fs != -ENOSYS)
		doctor_warn(r, view_lost, "CAP_SYS_ADMIN, and a kernel with FUSE",
			    "no FUSE file system can be made: %s", strerror(-fs));
	else
		doctor_ok(r, "a file system can be made");
}

/* Answers the kernel's first request, and registers a file. NULL, or what failed, with errno. */
static const char *try_passthrough(int dev)
{
	_Alignas(8) char request[FUSE_MIN_READ_BUFFER * 2];
	const struct fuse_in_header *in = (const void *)request;
	const struct fuse_init_in *init = (const void *)(request + sizeof(*in));
	struct k_init_out out = { .major = 7, .minor = 31, .max_write = 4096, .time_gran = 1 };
	struct k_backing_map map = { 0 };
	nsv_autofd int file = NSV_FD_NONE;
	ssize_t n = read(dev, request, sizeof(request));

	if (n < (ssize_t)(sizeof(*in) + 24) || in->opcode != FUSE_INIT)
		return "the kernel's first request";
	errno = EOPNOTSUPP;
	if (!(init->flags & K_INIT_EXT) || !(((const uint32_t *)init)[4] & K_FLAGS2_PASS))
		return "passthrough";
	out.header = (struct fuse_out_header){ .len = sizeof(out), .unique = in->unique };
	out.minor = init->minor;
	out.flags = K_INIT_EXT;
	out.flags2 = K_FLAGS2_PASS;
	out.max_stack_depth = K_STACK_DEPTH;
	if (write(dev, &out, sizeof(out)) != (ssize_t)sizeof(out))
		return "the answer to the first request";
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	map.fd = file;
	return file < 0 || ioctl(dev, K_IOC_BACKING_OPEN, &map) <= 0 ? "a backing file" : NULL;
}

void doctor_passthrough(struct doctor_result *r)
{
	static const char lost[] = "speed: nsviewd itself reads large files for their readers";
	nsv_autofd int dev = NSV_FD_NONE, fs = NSV_FD_NONE;
	const char *what;

	if (geteuid() != 0) {
		doctor_warn(r, lost, "sudo nsview view ...", "only root's views have it");
		return;
	}
	dev = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	fs = dev < 0 ? -errno : make_instance(dev);
	if (fs < 0) {
		doctor_warn(r, lost, "see fuse", "could not be tried: %s", strerror(-fs));
		return;
	}
	what = try_passthrough(dev);
	if (what)
		doctor_warn(r, lost, "Linux 6.9 with CONFIG_FUSE_PASSTHROUGH", "%s is refused: %s",
			    what, strerror(errno));
	else
		doctor_ok(r, "the kernel reads large files of a view without nsviewd");
}

/* ---- mounting as an ordinary user ---- */

/* Where @program is in PATH, as libfuse looks for it. */
static bool find_program(const char *program, char *ret, size_t size)
{
	const char *path = getenv("PATH");

	path = path ? path : "/usr/bin:/bin";
	for (const char *at = path; at; at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL) {
		(void)snprintf(ret, size, "%.*s/%s", (int)strcspn(at, ":"), at, program);
		if (access(ret, X_OK) == 0)
			return true;
	}
	return false;
}

void doctor_fusermount(struct doctor_result *r)
{
	static const char lost[] = "views of ordinary users";
	char path[512], caps[64];
	struct stat st;

	if (!find_program("fusermount3", path, sizeof(path)))
		doctor_warn(r, lost, "apt install fuse3 (or dnf install fuse3)",
			    "fusermount3 is not installed");
	else if (stat(path, &st) < 0)
		doctor_warn(r, lost, "rights on it", "%s: %s", path, strerror(errno));
	else if (!((st.st_mode & S_ISUID) && st.st_uid == 0) &&
		 syscall(SYS_getxattr, path, "security.capability", caps, sizeof(caps)) < 0)
		doctor_warn(r, lost, "chmod u+s on it, as its package has it",
			    "%s is not setuid root", path);
	else
		doctor_ok(r, "%s", path);
}

void doctor_fuse_conf(struct doctor_result *r)
{
	static const char lost[] = "-o allow_other in views of ordinary users";
	static const char word[] = "user_allow_other";
	char text[16384];
	ssize_t n = doctor_read("/etc/fuse.conf", text, sizeof(text));
	bool allowed = false;

	if (n < 0 && n != -ENOENT) {
		doctor_warn(r, lost, NULL, "/etc/fuse.conf can't be read: %s", strerror((int)-n));
		return;
	}
	for (char *at = n < 0 ? NULL : text; at;
	     at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
		at += strspn(at, " \t");
		allowed = allowed || (strncmp(at, word, sizeof(word) - 1) == 0 &&
				      strchr(" \t\n#", at[sizeof(word) - 1]));
	}
	if (allowed)
		doctor_ok(r, "user_allow_other is set");
	else
		doctor_warn(r, lost,
			    "a line user_allow_other in /etc/fuse.conf, where that is wanted",
			    "user_allow_other is not set");
}
