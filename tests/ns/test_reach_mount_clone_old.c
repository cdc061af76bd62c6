/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_reach_mount_clone_old.c - what older kernels answer, played by seccomp(2) filters. */
#include "reach/mount_clone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cloned.h"
#include "fixtures/forbid.h"
#include "reach/util.h"

static int without_open_tree(const struct nsv_test_container *c)
{
	struct nsv_target *t = NULL;

	WANT(nsv_target_open_pid(c->pid, 0, 0, &t, NULL) == 0);
	WANT(nsv_test_forbid(SYS_open_tree, ENOSYS) == 0);
	WANT(nsv_mount_clone(t, 0, NULL) == -EOPNOTSUPP);
	return 0;
}

static int without_mount_setattr(const struct nsv_test_container *c)
{
	struct nsv_target *t = NULL;

	WANT(nsv_target_open_pid(c->pid, 0, 0, &t, NULL) == 0);
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

	WANT(nsv_target_open_pid(c->pid, 0, 0, &t, NULL) == 0);
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
	struct nsv_test_container *c = cloned_start(false);

	nsv_test_in_child(without_open_tree, c);
	nsv_test_in_child(without_mount_setattr, c);
	nsv_test_in_child(without_nosymfollow, c);
	nsv_container_stop(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(older_kernels_get_an_answer),
	};

	return cmocka_run_group_tests_name("reach_mount_clone_old", tests, NULL, NULL);
}
