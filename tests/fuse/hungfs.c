/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hungfs PID PLACE - mounts, in the mount namespace of PID, a FUSE file system whose server hangs:
 * a file "f" that opens and is never read, a file "o" that never opens, and any other name that is
 * never found. Prints a line when it is mounted; everybody who waits is freed when it is killed.
 *
 * Speaks the kernel's protocol itself, as the container has no library.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int device;

static void answer(const struct fuse_in_header *in, int error, const void *data, size_t len)
{
	struct fuse_out_header out = { .len = (uint32_t)(sizeof(out) + len),
				       .error = -error,
				       .unique = in->unique };
	struct iovec iov[] = { { &out, sizeof(out) }, { (void *)(uintptr_t)data, len } };

	if (writev(device, iov, 2) < 0 && errno != ENOENT)
		exit(1);
}

static struct fuse_attr attr_of(uint64_t node)
{
	return (struct fuse_attr){ .ino = node,
				   .mode = node == 1 ? S_IFDIR | 0755 : S_IFREG | 0644,
				   .nlink = 1,
				   .size = node == 1 ? 0 : 100 };
}

static void serve(const struct fuse_in_header *in, const char *body)
{
	struct fuse_init_out init = { .major = 7, .minor = 31, .max_write = 4096 };
	struct fuse_attr_out attr = { .attr = attr_of(in->nodeid) };
	struct fuse_entry_out entry = { .nodeid = 2, .attr = attr_of(2) };
	struct fuse_open_out opened = { .open_flags = FOPEN_DIRECT_IO };
	struct fuse_statfs_out statfs = { 0 };

	switch (in->opcode) {
	case FUSE_INIT:
		answer(in, 0, &init, sizeof(init));
		return;
	case FUSE_GETATTR:
		answer(in, 0, &attr, sizeof(attr));
		return;
	case FUSE_LOOKUP:
		if (!strcmp(body, "f"))
			answer(in, 0, &entry, sizeof(entry));
		entry.nodeid = 3;
		entry.attr = attr_of(3);
		if (!strcmp(body, "o"))
			answer(in, 0, &entry, sizeof(entry));
		return; /* else never */
	case FUSE_OPEN:
		if (in->nodeid == 3)
			return; /* never */
		answer(in, 0, &opened, sizeof(opened));
		return;
	case FUSE_OPENDIR:
		answer(in, 0, &opened, sizeof(opened));
		return;
	case FUSE_READ:
	case FUSE_READDIR:
		return; /* never */
	case FUSE_STATFS:
		answer(in, 0, &statfs, sizeof(statfs));
		return;
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_FLUSH:
		answer(in, 0, NULL, 0);
		return;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return;
	default:
		answer(in, ENOSYS, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	static char buf[1 << 18] __attribute__((aligned(8)));
	char text[128];
	int ns;

	if (argc != 3)
		return 2;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)snprintf(text, sizeof(text), "/proc/%s/ns/mnt", argv[1]);
	ns = open(text, O_RDONLY | O_CLOEXEC);
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	(void)snprintf(text, sizeof(text), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		       device);
	if (ns < 0 || device < 0 || unshare(CLONE_FS) < 0 || setns(ns, CLONE_NEWNS) < 0 ||
	    mount("hungfs", argv[2], "fuse.hungfs", 0, text) < 0) {
		perror("hungfs");
		return 1;
	}
	(void)puts("mounted");
	(void)fflush(stdout);
	for (;;) {
		ssize_t n = read(device, buf, sizeof(buf));

		if (n < 0 && errno != EINTR && errno != ENOENT)
			return errno != ENODEV;
		if (n >= (ssize_t)sizeof(struct fuse_in_header))
			serve((void *)buf, buf + sizeof(struct fuse_in_header));
	}
}
