/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * namesfs PID COUNT PLACE OTHER MERGED - what a container can do with its own capabilities: in the
 * user and the mount namespace of PID it mounts on PLACE a FUSE file system whose root has COUNT
 * files that do not exist, with names of 250 characters, and on MERGED an overlay of PLACE and
 * OTHER. Prints a line when both are mounted; both lose their server with it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fixtures/fuse_raw.h"

#define NAME_LEN 250

static uint64_t count;

static void end(const char *what)
{
	perror(what);
	exit(1);
}

static void answer(int fuse, const struct fuse_in_header *in, int error, const void *data,
		   size_t len)
{
	if (fuse_raw_answer(fuse, in, error, data, len) < 0)
		exit(1);
}

static void list(int fuse, const struct fuse_in_header *in, const struct fuse_read_in *read)
{
	char buf[4096];
	size_t len = 0, size = read->size < sizeof(buf) ? read->size : sizeof(buf);

	for (uint64_t i = read->offset; i < count; i++) {
		struct fuse_dirent head = {
			.ino = i + 2, .off = i + 1, .namelen = NAME_LEN, .type = DT_REG
		};
		char name[NAME_LEN + 1];
		size_t record = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + NAME_LEN);

		if (len + record > size)
			break;
		(void)snprintf(name, sizeof(name), "%0*llu", NAME_LEN, (unsigned long long)i);
		memset(buf + len, 0, record);
		memcpy(buf + len, &head, FUSE_NAME_OFFSET);
		memcpy(buf + len + FUSE_NAME_OFFSET, name, NAME_LEN);
		len += record;
	}
	answer(fuse, in, 0, buf, len);
}

static void serve(int fuse, const struct fuse_in_header *in, const char *body)
{
	struct fuse_attr_out attr = { .attr = fuse_raw_attr(in->nodeid, 0644, 0) };
	struct fuse_statfs_out statfs = { .st = { .namelen = 255, .bsize = 4096 } };
	struct fuse_open_out opened = { 0 };

	switch (in->opcode) {
	case FUSE_GETATTR:
		answer(fuse, in, 0, &attr, sizeof(attr));
		return;
	case FUSE_LOOKUP:
		answer(fuse, in, ENOENT, NULL, 0);
		return;
	case FUSE_OPENDIR:
		answer(fuse, in, 0, &opened, sizeof(opened));
		return;
	case FUSE_READDIR:
		list(fuse, in, (const struct fuse_read_in *)body);
		return;
	case FUSE_STATFS:
		answer(fuse, in, 0, &statfs, sizeof(statfs));
		return;
	case FUSE_RELEASEDIR:
		answer(fuse, in, 0, NULL, 0);
		return;
	default:
		(void)fuse_raw_answer_plain(fuse, in);
	}
}

static int open_ns(const char *pid, const char *name)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%s/ns/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		end(path);
	return fd;
}

int main(int argc, char **argv)
{
	char options[512];
	int user, mounts, fuse, r;
	pid_t up = getpid();

	if (argc != 6)
		return 2;
	count = strtoull(argv[2], NULL, 10);
	user = open_ns(argv[1], "user");
	mounts = open_ns(argv[1], "mnt");
	/* The kernel compares who opened the device with who mounts. */
	if (unshare(CLONE_FS) < 0 || setns(user, CLONE_NEWUSER) < 0)
		end("setns user");
	/* The host's root has no number there. */
	if (setgid(0) < 0 || setuid(0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		end("setuid");
	fuse = fuse_raw_open();
	if (fuse < 0)
		end("/dev/fuse");
	if (setns(mounts, CLONE_NEWNS) < 0)
		end("setns mnt");
	r = fuse_raw_mount(fuse, argv[3], "fuse.namesfs", 0, true);
	if (r < 0) {
		(void)fprintf(stderr, "namesfs: mount: %s\n", strerror(-r));
		return 1;
	}
	if (fork() == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != up)
			_exit(1);
		_exit(fuse_raw_serve(fuse, serve) < 0);
	}
	(void)close(fuse);
	(void)snprintf(options, sizeof(options), "lowerdir=%s:%s", argv[3], argv[4]);
	if (mount("overlay", argv[5], "overlay", 0, options) < 0)
		end("overlay");
	(void)puts("mounted");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}
