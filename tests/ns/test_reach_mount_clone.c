/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_mount_clone.c - a clone of a container's mounts: what can be done through it, that
 * neither side's mounting reaches the other, what it holds. As root, and as the owner of a rootless
 * container. Controls do the same through /proc/PID/root, or with a plain clone.
 */
#include "reach/mount_clone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/container.h"
#include "fixtures/forbid.h"
#include "reach/message.h"
#include "reach/util.h"

#define OWNER	 64321
#define LONG_AGO 100000000
#define WAIT_MS	 60000

/* Says where, in a child. */
#define WANT(what)                                                                   \
	do {                                                                         \
		if (!(what)) {                                                       \
			(void)fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #what, \
				      strerror(errno));                              \
			return 1;                                                    \
		}                                                                    \
	} while (0)

int mount(const char *, const char *, const char *, unsigned long, const void *);
int umount2(const char *, int);

/* ---- the container ---- */

static int put(const char *path, const char *text, mode_t mode)
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
	r = put("/vol/data", "data\n", 0644) ?: put("/vol/private", "private\n", 0600);
	r = r ?: put("/vol/tool", "#!/bin/sh\nexit 0\n", 0755);
	if (r < 0 || chown("/vol/private", 1000, 1000) < 0 || symlink("data", "/vol/link") < 0 ||
	    symlink("/etc/passwd", "/vol/absolute") < 0 ||
	    utimensat(AT_FDCWD, "/vol/data", old, 0) < 0)
		return r < 0 ? r : -errno;
	return 0;
}

struct subject {
	const struct nsv_test_container *c;
	struct nsv_target *t;
	int clone, root; /* root: through /proc/PID/root */
	bool rootless;
};

static int beneath(int dirfd, const char *path, int flags)
{
	const struct open_how how = { .flags = (unsigned)flags | O_CLOEXEC,
				      .resolve = RESOLVE_IN_ROOT };

	return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
}

static bool says(int dirfd, const char *path, const char *text)
{
	nsv_autofd int fd = beneath(dirfd, path, O_RDONLY);
	char buf[64] = "";

	return fd >= 0 && read(fd, buf, sizeof(buf) - 1) >= 0 && strcmp(buf, text) == 0;
}

/* Runs @body in the container's mount namespace, in a child. */
static int inside(const struct subject *s, int (*body)(void))
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

static int mount_late(void)
{
	return mount("late", "/late", "tmpfs", 0, NULL) < 0 ||
	       put("/late/mounted", "late\n", 0644) < 0;
}

static int unmount_late(void)
{
	return umount2("/late", 0) < 0 ? errno : 0;
}

static int unmount_volume(void)
{
	return umount2("/vol", 0) < 0 ? errno : 0;
}

static int count_mounts(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	int lines = 0;

	for (int c; f && (c = getc(f)) != EOF;)
		lines += c == '\n';
	return lines;
}

/* ---- what is asked of a clone ---- */

static int readings(const struct subject *s)
{
	struct stat st;
	char path[64];
	nsv_autofd int fd = NSV_FD_NONE;

	WANT(says(s->clone, "etc/alpine-release", "3.20.0\n") ==
	     says(s->root, "etc/alpine-release", "3.20.0\n"));
	WANT(says(s->clone, "vol/private", "private\n"));
	WANT(says(s->clone, "/vol/link", "data\n"));
	/* The access time, of a file that was not looked at for long, stays. */
	WANT(says(s->clone, "vol/data", "data\n"));
	fd = beneath(s->clone, "vol/data", O_PATH);
	WANT(fstat(fd, &st) == 0 && st.st_atim.tv_sec == LONG_AGO);
	/* Control. */
	WANT(says(s->root, "vol/data", "data\n"));
	WANT(fstat(fd, &st) == 0 && st.st_atim.tv_sec != LONG_AGO);
	/* What is written in the container is seen. */
	(void)snprintf(path, sizeof(path), "/proc/%d/root/vol/new", (int)s->c->pid);
	WANT(put(path, "new\n", 0644) == 0);
	WANT(says(s->clone, "vol/new", "new\n"));
	return 0;
}

static int run(int dirfd)
{
	nsv_autofd int fd = beneath(dirfd, "bin/busybox", O_PATH);
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

static int refusals(const struct subject *s)
{
	nsv_autofd int null = NSV_FD_NONE;

	WANT(beneath(s->clone, "vol/data", O_WRONLY) < 0 && errno == EROFS);
	WANT(beneath(s->clone, "etc/hosts", O_RDWR | O_CREAT) < 0 && errno == EROFS);
	WANT(mkdirat(s->clone, "vol/folder", 0700) < 0 && errno == EROFS);
	WANT(unlinkat(s->clone, "vol/data", 0) < 0 && errno == EROFS);
	WANT(run(s->clone) == EACCES);
	WANT(beneath(s->clone, "dev/null", O_RDONLY) < 0 && errno == EACCES);
	/* Controls. */
	WANT(run(s->root) == 0);
	null = beneath(s->root, "dev/null", O_RDONLY);
	WANT(null >= 0);
	WANT(mkdirat(s->root, "vol/folder", 0700) == 0);
	return 0;
}

/* What is mounted later is not in it, and no table shows it. */
static int privacy(const struct subject *s)
{
	nsv_autofd int again = NSV_FD_NONE;
	int here = count_mounts(), there = inside(s, count_mounts);

	again = nsv_mount_clone(s->t, 0, NULL);
	WANT(again >= 0);
	WANT(count_mounts() == here && inside(s, count_mounts) == there);
	WANT(inside(s, mount_late) == 0);
	WANT(says(s->root, "late/mounted", "late\n"));
	WANT(!says(s->clone, "late/mounted", "late\n"));
	WANT(!says(again, "late/mounted", "late\n"));
	WANT(inside(s, unmount_late) == 0);
	return 0;
}

/* What the container can unmount meanwhile, and what lives on until the clone is closed. */
static int holding(struct subject *s)
{
	nsv_autofd int inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	nsv_autofd int fd = NSV_FD_NONE;
	struct inotify_event gone[8];
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/root/vol", (int)s->c->pid);
	WANT(inotify_add_watch(inotify, path, IN_UNMOUNT) >= 0);
	/* Control: a file that is open through /proc/PID/root. */
	fd = beneath(s->root, "vol/data", O_RDONLY);
	WANT(fd >= 0);
	WANT(WEXITSTATUS(inside(s, unmount_volume)) == EBUSY);
	nsv_close(fd);
	fd = beneath(s->clone, "vol/data", O_RDONLY);
	WANT(fd >= 0);
	WANT(inside(s, unmount_volume) == 0);
	WANT(says(s->clone, "vol/data", "data\n"));
	/* The file system is still there; then nothing holds it. */
	WANT(nsv_wait_readable(inotify, nsv_now_ms()) == -ETIMEDOUT);
	nsv_close_p(&fd);
	nsv_close_p(&s->clone);
	WANT(nsv_wait_readable(inotify, nsv_now_ms() + WAIT_MS) == 0);
	WANT(read(inotify, gone, sizeof(gone)) > 0 && gone[0].mask & IN_UNMOUNT);
	return 0;
}

static int without_links(const struct subject *s)
{
	nsv_autofd int clone = nsv_mount_clone(s->t, NSV_CLONE_NOSYMFOLLOW, NULL);
	nsv_autofd int leak = NSV_FD_NONE;
	char text[16];

	WANT(clone >= 0);
	WANT(says(clone, "vol/data", "data\n"));
	/* Control: a plain openat() leaves the tree by an absolute link. */
	leak = openat(s->clone, "vol/absolute", O_RDONLY | O_CLOEXEC);
	WANT(leak >= 0);
	WANT(openat(clone, "vol/absolute", O_RDONLY | O_CLOEXEC) < 0 && errno == ELOOP);
	WANT(beneath(clone, "vol/link", O_RDONLY) < 0 && errno == ELOOP);
	WANT(readlinkat(clone, "vol/link", text, sizeof(text)) == 4);
	WANT(nsv_mount_clone(s->t, 2, NULL) == -EINVAL);
	return 0;
}

/* By its file the same namespace, without a process. */
static int by_namespace_file(const struct subject *s)
{
	struct nsv_target *t = NULL;
	nsv_autofd int clone = NSV_FD_NONE;

	WANT(nsv_target_open_nsfile(s->c->nsfile, &t, NULL) == 0);
	clone = nsv_mount_clone(t, 0, NULL);
	(void)nsv_target_free(t);
	WANT(clone >= 0);
	WANT(says(clone, "vol/data", "data\n"));
	WANT(mkdirat(clone, "vol/folder2", 0700) < 0 && errno == EROFS);
	return 0;
}

/* A plain clone by a child in the container's mount namespace: neither private nor read-only. */
static int clone_plainly(const struct subject *s)
{
	struct nsv_packet p = { .head = &(char){ 0 }, .head_len = 1, .n_fds = 1 };
	int socks[2], fd = NSV_FD_NONE;
	pid_t child;

	WANT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) == 0);
	child = fork();
	if (child == 0) {
		int mnt = open(s->c->nsfile, O_RDONLY | O_CLOEXEC);

		if (setns(mnt, CLONE_NEWNS) < 0)
			_exit(1);
		fd = (int)syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE);
		p.fds = &fd;
		_exit(nsv_packet_send(socks[1], &p) < 0);
	}
	nsv_close(socks[1]);
	p.fds = &fd;
	(void)nsv_packet_recv(socks[0], &p, nsv_now_ms() + WAIT_MS);
	(void)waitpid(child, NULL, 0);
	nsv_close(socks[0]);
	return fd;
}

static int mounted_late(void)
{
	return access("/late/ours", F_OK) == 0;
}

/*
 * The caller may mount it: read-only and without programs there too. Only then would mounts cross,
 * either way: to a detached tree the kernel propagates nothing.
 */
static int moved(const struct subject *s)
{
	nsv_autofd int clone = nsv_mount_clone(s->t, 0, NULL), plain = clone_plainly(s);
	nsv_autofd int root = NSV_FD_NONE, plain_root = NSV_FD_NONE;

	WANT(unshare(CLONE_NEWNS) == 0);
	WANT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	WANT(mount("tmpfs", "/mnt", "tmpfs", 0, NULL) == 0);
	WANT(mkdir("/mnt/clone", 0755) == 0 && mkdir("/mnt/plain", 0755) == 0);
	WANT(syscall(SYS_move_mount, clone, "", AT_FDCWD, "/mnt/clone", MOVE_MOUNT_F_EMPTY_PATH) ==
	     0);
	WANT(syscall(SYS_move_mount, plain, "", AT_FDCWD, "/mnt/plain", MOVE_MOUNT_F_EMPTY_PATH) ==
	     0);
	root = open("/mnt/clone", O_PATH | O_CLOEXEC);
	plain_root = open("/mnt/plain", O_PATH | O_CLOEXEC);
	WANT(says(root, "vol/data", "data\n"));
	WANT(mkdirat(root, "vol/folder3", 0700) < 0 && errno == EROFS);
	WANT(run(root) == EACCES);
	WANT(inside(s, mount_late) == 0);
	WANT(!says(root, "late/mounted", "late\n"));
	/* Control. */
	WANT(says(plain_root, "late/mounted", "late\n"));
	WANT(inside(s, unmount_late) == 0);
	/* And the other way. */
	WANT(mount("ours", "/mnt/clone/late", "tmpfs", 0, NULL) == 0);
	WANT(put("/mnt/clone/late/ours", "", 0644) == 0);
	WANT(inside(s, mounted_late) == 0);
	WANT(umount2("/mnt/clone/late", 0) == 0);
	WANT(mount("ours", "/mnt/plain/late", "tmpfs", 0, NULL) == 0);
	WANT(put("/mnt/plain/late/ours", "", 0644) == 0);
	WANT(WEXITSTATUS(inside(s, mounted_late)) == 1);
	WANT(umount2("/mnt/plain/late", 0) == 0);
	return 0;
}

static int use(const struct nsv_test_container *c, bool rootless)
{
	struct subject s = { .c = c, .rootless = rootless };
	struct nsv_error e = NSV_ERROR_INIT;
	char path[64];
	int r;

	WANT(nsv_target_open_pid(c->pid, 0, &s.t, &e) == 0);
	s.clone = nsv_mount_clone(s.t, 0, &e);
	if (s.clone < 0)
		(void)fprintf(stderr, "%s\n", e.msg);
	WANT(s.clone >= 0);
	WANT(fcntl(s.clone, F_GETFD) == FD_CLOEXEC);
	if (rootless) {
		/* Control: another user's file asks for the user namespace. */
		WANT(beneath(s.clone, "vol/private", O_RDONLY) < 0 && errno == EACCES);
		WANT(nsv_target_join_userns(s.t, NULL) == 0);
	}
	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)c->pid);
	s.root = open(path, O_PATH | O_CLOEXEC);
	r = readings(&s) ?: refusals(&s);
	r = r ?: privacy(&s);
	r = r ?: without_links(&s);
	r = r ?: by_namespace_file(&s);
	r = r ?: holding(&s);
	nsv_close(s.root);
	nsv_close(s.clone);
	(void)nsv_target_free(s.t);
	return r;
}

static int as_root(const struct nsv_test_container *c)
{
	return use(c, false);
}

static void become_owner(void)
{
	if (setresgid(OWNER, OWNER, OWNER) < 0 || setresuid(OWNER, OWNER, OWNER) < 0 ||
	    prctl(PR_SET_DUMPABLE, 1) < 0)
		_exit(97);
}

static int as_owner(const struct nsv_test_container *c)
{
	become_owner();
	return use(c, true);
}

static int mounted_by_root(const struct nsv_test_container *c)
{
	struct subject s = { .c = c };
	int r;

	WANT(nsv_target_open_pid(c->pid, 0, &s.t, NULL) == 0);
	r = moved(&s);
	(void)nsv_target_free(s.t);
	return r;
}

static int mounted_by_the_owner(const struct nsv_test_container *c)
{
	struct subject s = { .c = c, .rootless = true };
	int r;

	become_owner();
	WANT(nsv_target_open_pid(c->pid, 0, &s.t, NULL) == 0);
	WANT(nsv_target_join_userns(s.t, NULL) == 0);
	r = moved(&s);
	(void)nsv_target_free(s.t);
	return r;
}

static int as_a_stranger(const struct nsv_test_container *c)
{
	struct nsv_target *t = NULL;

	WANT(nsv_target_open_pid(c->pid, 0, &t, NULL) == 0);
	become_owner();
	WANT(nsv_mount_clone(t, 0, NULL) == -EPERM);
	(void)nsv_target_free(t);
	return 0;
}

static void in_child(int (*body)(const struct nsv_test_container *),
		     const struct nsv_test_container *c)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(body(c));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static struct nsv_test_container *start(bool rootless)
{
	return nsv_container_start(&(struct nsv_container_opts){
	    .setup = furnish, .userns = rootless, .owner = rootless ? OWNER : 0 });
}

static void root_reads_and_nothing_else(void **state)
{
	struct nsv_test_container *c = start(false);

	in_child(as_root, c);
	in_child(as_a_stranger, c);
	nsv_container_stop(c);
}

static void so_does_the_owner_of_a_rootless_one(void **state)
{
	struct nsv_test_container *c = start(true);

	in_child(as_owner, c);
	nsv_container_stop(c);
}

static void it_can_be_mounted(void **state)
{
	struct nsv_test_container *c = start(false);

	in_child(mounted_by_root, c);
	nsv_container_stop(c);
	c = start(true);
	in_child(mounted_by_the_owner, c);
	nsv_container_stop(c);
}

static void an_ended_container_is_told(void **state)
{
	struct nsv_test_container *c = start(false);
	struct nsv_target *t = NULL;

	assert_int_equal(nsv_target_open_pid(c->pid, 0, &t, NULL), 0);
	nsv_container_stop(c);
	assert_int_equal(nsv_mount_clone(t, 0, NULL), -ESRCH);
	nsv_target_free(t);
}

/* ---- older kernels ---- */

static int without_open_tree(const struct nsv_test_container *c)
{
	struct nsv_target *t = NULL;

	WANT(nsv_target_open_pid(c->pid, 0, &t, NULL) == 0);
	WANT(nsv_test_forbid(SYS_open_tree, ENOSYS) == 0);
	WANT(nsv_mount_clone(t, 0, NULL) == -EOPNOTSUPP);
	return 0;
}

static int without_mount_setattr(const struct nsv_test_container *c)
{
	struct nsv_target *t = NULL;

	WANT(nsv_target_open_pid(c->pid, 0, &t, NULL) == 0);
	WANT(nsv_test_forbid(SYS_mount_setattr, ENOSYS) == 0);
	WANT(nsv_mount_clone(t, 0, NULL) == -EOPNOTSUPP);
	WANT(nsv_mount_clone(t, NSV_CLONE_NOSYMFOLLOW, NULL) == -EOPNOTSUPP);
	return 0;
}

/* Answers mount_setattr(2) as Linux 5.12 and 5.13 do. */
static _Noreturn void be_linux_5_12(int listener)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct seccomp_notif asked = { 0 };
		struct seccomp_notif_resp said = { 0 };
		struct mount_attr attr;
		struct iovec here = { &attr, sizeof(attr) }, there = { NULL, sizeof(attr) };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
			_exit(1);
		there.iov_base = (void *)(uintptr_t)asked.data.args[3]; /* NOLINT: another's */
		said.id = asked.id;
		said.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		if (process_vm_readv((pid_t)asked.pid, &here, 1, &there, 1, 0) !=
			(ssize_t)sizeof(attr) ||
		    attr.attr_set & MOUNT_ATTR_NOSYMFOLLOW) {
			said.flags = 0;
			said.error = -EINVAL;
		}
		(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &said);
	}
}

static int without_nosymfollow(const struct nsv_test_container *c)
{
	struct nsv_target *t = NULL;
	nsv_autofd int listener = NSV_FD_NONE, clone = NSV_FD_NONE;
	pid_t kernel;

	WANT(nsv_target_open_pid(c->pid, 0, &t, NULL) == 0);
	listener = nsv_test_hang(SYS_mount_setattr);
	kernel = listener < 0 ? -1 : fork();
	if (kernel == 0)
		be_linux_5_12(listener);
	WANT(kernel > 0);
	WANT(nsv_mount_clone(t, NSV_CLONE_NOSYMFOLLOW, NULL) == -EOPNOTSUPP);
	clone = nsv_mount_clone(t, 0, NULL);
	WANT(clone >= 0);
	WANT(mkdirat(clone, "vol/folder4", 0700) < 0 && errno == EROFS);
	(void)kill(kernel, SIGKILL);
	(void)waitpid(kernel, NULL, 0);
	(void)nsv_target_free(t);
	return 0;
}

static void older_kernels_get_an_answer(void **state)
{
	struct nsv_test_container *c = start(false);

	in_child(without_open_tree, c);
	in_child(without_mount_setattr, c);
	in_child(without_nosymfollow, c);
	nsv_container_stop(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_reads_and_nothing_else),
		cmocka_unit_test(so_does_the_owner_of_a_rootless_one),
		cmocka_unit_test(it_can_be_mounted),
		cmocka_unit_test(an_ended_container_is_told),
		cmocka_unit_test(older_kernels_get_an_answer),
	};

	return cmocka_run_group_tests_name("reach_mount_clone", tests, NULL, NULL);
}
