/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_discover_fuse.c - a container whose "/" is a FUSE file system of its own, with a server that
 * has stopped to answer. A scan must not ask it anything: it would wait for ever. The control:
 * statfs(2) on that root does ask.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/skip.h"

#include <nsview/discover.h>

#include "fixtures/fuse_raw.h"
#include "fixtures/tmp.h"
#include "reach/util.h"

/* Its own mounts, the FUSE file system for a root. */
static void be_container(int fuse, const char *dir, uid_t owner, int ready)
{
	bool good;

	good = unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       fuse_raw_mount(fuse, dir, "fuse", owner, false) == 0 &&
	       /* only its owner may enter it; capabilities stay */
	       prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) == 0 &&
	       setresgid(owner, owner, owner) == 0 && setresuid(owner, owner, owner) == 0 &&
	       chroot(dir) == 0;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)!write(ready, good ? "y" : "n", 1);
	for (;;)
		(void)pause();
}

static pid_t start(int fuse, const char *dir, uid_t owner)
{
	int ready[2];
	char c = 0;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC | O_NONBLOCK), 0);
	pid = fork();
	if (pid == 0)
		be_container(fuse, dir, owner, ready[1]);
	while (read(ready[0], &c, 1) != 1)
		if (fuse_raw_is_asked(fuse, 10))
			(void)fuse_raw_take_one(fuse);
	nsv_close(ready[0]);
	nsv_close(ready[1]);
	if (c != 'y') {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		nsv_test_skip("a FUSE root can't be made here");
	}
	return pid; /* from here on it is silent */
}

static void is_found(pid_t pid, int fuse)
{
	struct nsv_scan_options o = NSV_SCAN_OPTIONS_INIT;
	const struct nsv_container *c;
	struct nsv_scan *scan = NULL;

	o.flags = NSV_SCAN_PARENTS | NSV_SCAN_HOSTNAMES | NSV_SCAN_PROCS;
	/* A scan that asks ends the test. */
	(void)alarm(20);
	assert_int_equal(nsv_scan_new(&o, &scan, NULL), 0);
	(void)alarm(0);
	assert_false(fuse_raw_is_asked(fuse, 0));
	c = nsv_scan_find_pid(scan, pid);
	assert_true(c && c->rootfs);
	assert_string_equal(c->rootfs, "fuse");
	nsv_scan_free(scan);
}

static int open_fuse(void)
{
	int fd = fuse_raw_open();

	if (fd < 0)
		nsv_test_skip("/dev/fuse: %s", strerror(-fd));
	return fd;
}

static void a_root_that_never_answers_is_not_asked(void **state)
{
	char dir[] = "/tmp/nsview-fuse.XXXXXX", root[64];
	nsv_autofd int fuse = open_fuse();
	pid_t pid, naive;

	nsv_test_mkdtemp(dir);
	pid = start(fuse, dir, 0);
	is_found(pid, fuse);
	(void)snprintf(root, sizeof(root), "/proc/%d/root", (int)pid);
	naive = fork();
	if (naive == 0) {
		struct statfs fs;

		_exit(statfs(root, &fs) < 0);
	}
	assert_true(fuse_raw_is_asked(fuse, 10000));
	assert_int_equal(fuse_raw_take_one(fuse), FUSE_STATFS);
	(void)waitpid(naive, NULL, 0);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* Without allow_other not even root may look: as rootless Podman with fuse-overlayfs. */
static void a_root_that_is_not_ours_to_see_is_found(void **state)
{
	char dir[] = "/tmp/nsview-fuse.XXXXXX", root[64];
	nsv_autofd int fuse = open_fuse();
	struct stat st;
	pid_t pid;

	nsv_test_mkdtemp(dir);
	assert_int_equal(chmod(dir, 0755), 0);
	pid = start(fuse, dir, 4711);
	(void)snprintf(root, sizeof(root), "/proc/%d/root", (int)pid);
	assert_int_equal(stat(root, &st), -1);
	assert_int_equal(errno, EACCES);
	is_found(pid, fuse);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_root_that_never_answers_is_not_asked),
		cmocka_unit_test(a_root_that_is_not_ours_to_see_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
