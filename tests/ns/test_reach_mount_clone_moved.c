/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_mount_clone_moved.c - a clone that its reader mounts: what may be done there, and that
 * no mount crosses. As root, and as the owner of a rootless container. Control: a plain clone.
 */
#include "reach/mount_clone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cloned.h"
#include "reach/message.h"
#include "reach/util.h"

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
	(void)nsv_packet_recv(socks[0], &p, NSV_NO_DEADLINE);
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
	WANT(cloned_says(root, "vol/data", "data\n"));
	WANT(mkdirat(root, "vol/folder3", 0700) < 0 && errno == EROFS);
	WANT(cloned_run(root) == EACCES);
	WANT(cloned_inside(s, cloned_mount_late) == 0);
	WANT(!cloned_says(root, "late/mounted", "late\n"));
	/* Control. */
	WANT(cloned_says(plain_root, "late/mounted", "late\n"));
	WANT(cloned_inside(s, cloned_unmount_late) == 0);
	/* And the other way. */
	WANT(mount("ours", "/mnt/clone/late", "tmpfs", 0, NULL) == 0);
	WANT(cloned_put("/mnt/clone/late/ours", "", 0644) == 0);
	WANT(cloned_inside(s, mounted_late) == 0);
	WANT(umount2("/mnt/clone/late", 0) == 0);
	WANT(mount("ours", "/mnt/plain/late", "tmpfs", 0, NULL) == 0);
	WANT(cloned_put("/mnt/plain/late/ours", "", 0644) == 0);
	WANT(WEXITSTATUS(cloned_inside(s, mounted_late)) == 1);
	WANT(umount2("/mnt/plain/late", 0) == 0);
	return 0;
}

static int mounted_by_root(const struct nsv_test_container *c)
{
	struct subject s = { .c = c };
	int r;

	WANT(nsv_target_open_pid(c->pid, 0, 0, &s.t, NULL) == 0);
	r = moved(&s);
	(void)nsv_target_free(s.t);
	return r;
}

static int mounted_by_the_owner(const struct nsv_test_container *c)
{
	struct subject s = { .c = c, .rootless = true };
	int r;

	nsv_test_become_owner();
	WANT(nsv_target_open_pid(c->pid, 0, 0, &s.t, NULL) == 0);
	WANT(nsv_target_join_userns(s.t, NULL) == 0);
	r = moved(&s);
	(void)nsv_target_free(s.t);
	return r;
}

static void it_can_be_mounted(void **state)
{
	struct nsv_test_container *c = cloned_start(false);

	nsv_test_in_child(mounted_by_root, c);
	nsv_container_stop(c);
	c = cloned_start(true);
	nsv_test_in_child(mounted_by_the_owner, c);
	nsv_container_stop(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_can_be_mounted),
	};

	return cmocka_run_group_tests_name("reach_mount_clone_moved", tests, NULL, NULL);
}
