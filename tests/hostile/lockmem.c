/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lockmem DIR DIR2 [NAME] - a container whose first process keeps the lock of its address space for
 * ever, and calls itself conmon, or NAME; below it another container, which it seems to keep. Both
 * are empty folders. Prints both PIDs, "KEEPER CONTAINER", when it has come to that. Ends when
 * killed, with all it made.
 *
 * How: a FUSE server, ours, that never answers a write; a file of its mapped, made dirty, and
 * mapped over. The kernel writes the page back before it goes on, and holds the lock meanwhile.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fixtures/fuse_raw.h"

#define PAGE 4096

static int device;
static int keeper[2], container[2]; /* pipes: PIDs */

static void fail(const char *what)
{
	perror(what);
	_exit(1);
}

static void answer(const struct fuse_in_header *in, const void *data, size_t len)
{
	if (fuse_raw_answer(device, in, 0, data, len) < 0)
		fail("lockmem: answer");
}

static void say_pids(void)
{
	int pids[2];

	if (read(keeper[0], &pids[0], sizeof(int)) != sizeof(int) ||
	    read(container[0], &pids[1], sizeof(int)) != sizeof(int))
		fail("lockmem: pids");
	(void)printf("%d %d\n", pids[0], pids[1]);
	(void)fflush(stdout);
}

static void serve(int fuse, const struct fuse_in_header *in, const char *body)
{
	static const char data[PAGE];
	struct fuse_attr_out attr = { .attr = fuse_raw_attr(in->nodeid, 0666, PAGE) };
	struct fuse_entry_out entry = { .nodeid = 2, .attr = fuse_raw_attr(2, 0666, PAGE) };
	struct fuse_open_out opened = { 0 };

	switch (in->opcode) {
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		answer(in, &attr, sizeof(attr));
		return;
	case FUSE_LOOKUP:
		answer(in, &entry, sizeof(entry));
		return;
	case FUSE_OPEN:
		answer(in, &opened, sizeof(opened));
		return;
	case FUSE_READ:
		answer(in, data, sizeof(data));
		return;
	case FUSE_WRITE:
		say_pids(); /* and never an answer: it has the lock now */
		return;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		answer(in, NULL, 0);
		return;
	default:
		(void)fuse_raw_answer_plain(fuse, in);
	}
	(void)body;
}

static void tell(int fd)
{
	int pid = getpid();

	if (write(fd, &pid, sizeof(pid)) != sizeof(pid))
		fail("lockmem: tell");
}

static void __attribute__((noreturn)) be_container(const char *dir)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNS) < 0 || chroot(dir) < 0 || chdir("/") < 0)
		fail("lockmem: container");
	tell(container[1]);
	for (;;)
		(void)pause();
}

static void __attribute__((noreturn))
be_keeper(const char *dir, const char *below, const char *name)
{
	char *page;
	int fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The end of the server is the end of the wait only if nobody else has this. */
	(void)close(device);
	if (fork() == 0)
		be_container(below);
	(void)prctl(PR_SET_NAME, name);
	if (chroot(dir) < 0 || chdir("/") < 0)
		fail("lockmem: keeper");
	fd = open("/f", O_RDWR | O_CLOEXEC);
	page = fd < 0 ? MAP_FAILED : mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		fail("lockmem: map");
	page[0] = 1;
	tell(keeper[1]);
	(void)mmap(page, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	_exit(1);
}

int main(int argc, char **argv)
{
	if (argc != 3 && argc != 4)
		return 2;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	device = fuse_raw_open();
	if (device < 0 || pipe2(keeper, O_CLOEXEC) < 0 || pipe2(container, O_CLOEXEC) < 0 ||
	    unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    fuse_raw_mount(device, argv[1], "fuse.lockmem", 0, true) < 0)
		fail("lockmem");
	if (fork() == 0)
		be_keeper(argv[1], argv[2], argc == 4 ? argv[3] : "conmon");
	return fuse_raw_serve(device, serve) < 0;
}
