/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_orphan.c - the helper of the setns route ends with the process that started it, even
 * while another process keeps its socket open. The kernel forgets the death signal of a process
 * that joins another user's user namespace. Root does so where it lacks CAP_SYS_CHROOT; the owner
 * of a rootless container joins a namespace of their own.
 */
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/container.h"
#include "fixtures/skip.h"

#include <nsview/root.h>
#include <nsview/target.h>

#include "reach/util.h"

#define OWNER	 64321
#define LIMIT_MS 20000 /* for what takes no time */

/* What the test and the process that starts the helper tell each other. */
struct wires {
	int tell[2];  /* the helper's PID */
	int alive[2]; /* open for writing in the test alone: its end is the test's */
};

/* The one child that there is, 0 for none. */
static pid_t only_child(void)
{
	char path[64];
	FILE *f;
	int pid = 0;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	if (f && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f)
		(void)fclose(f);
	return pid;
}

static void wait_for_the_test(const struct wires *w)
{
	char byte;

	while (read(w->alive[0], &byte, 1) < 0 && errno == EINTR)
		;
}

/* Holds all fds of the process that started the helper, its socket too. */
static pid_t fork_holder(const struct wires *w)
{
	pid_t pid = fork();

	if (pid == 0) {
		wait_for_the_test(w);
		_exit(0);
	}
	return pid;
}

/* Without it setns(2) into a mount namespace is refused, but not into a user namespace. */
static int drop_sys_chroot(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, data) < 0)
		return -1;
	data[0].effective &= ~(1U << CAP_SYS_CHROOT);
	data[0].permitted &= ~(1U << CAP_SYS_CHROOT);
	return (int)syscall(SYS_capset, &head, data);
}

static int become_owner(void)
{
	return setresgid(OWNER, OWNER, OWNER) < 0 ? -1 : setresuid(OWNER, OWNER, OWNER);
}

static int stay(void)
{
	return 0;
}

static void start_helper(const struct nsv_test_container *c, int (*prepare)(void),
			 const struct wires *w)
{
	struct nsv_target *t = NULL;
	struct nsv_root *root = NULL;
	pid_t pids[2] = { 0, 0 };

	nsv_close(w->alive[1]);
	if (prepare() < 0)
		_exit(1);
	(void)prctl(PR_SET_DUMPABLE, 1);
	if (nsv_target_open(c->spec, NULL, NULL, &t, NULL) < 0 ||
	    nsv_root_open(t, NSV_VIA_SETNS, &root, NULL) < 0)
		_exit(2);
	pids[0] = only_child();
	pids[1] = fork_holder(w);
	if (pids[0] <= 0 || pids[1] <= 0 || write(w->tell[1], pids, sizeof(pids)) < 0)
		_exit(3);
	wait_for_the_test(w);
	_exit(0);
}

static bool ends(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, LIMIT_MS) == 1;
}

static void ends_with_its_parent(const struct nsv_container_opts *o, int (*prepare)(void))
{
	struct nsv_test_container *c = nsv_container_start(o);
	struct wires w;
	pid_t parent, pids[2] = { 0, 0 };
	nsv_autofd int helper = NSV_FD_NONE, holder = NSV_FD_NONE;
	struct pollfd p = { .events = POLLIN };
	bool ended;

	assert_int_equal(pipe(w.tell), 0);
	assert_int_equal(pipe(w.alive), 0);
	parent = fork();
	if (parent == 0)
		start_helper(c, prepare, &w);
	nsv_close(w.tell[1]);
	nsv_close(w.alive[0]);
	assert_true(parent > 0);
	assert_int_equal(read(w.tell[0], pids, sizeof(pids)), sizeof(pids));
	helper = (int)syscall(SYS_pidfd_open, pids[0], 0);
	holder = (int)syscall(SYS_pidfd_open, pids[1], 0);
	assert_true(helper >= 0 && holder >= 0);
	p.fd = helper;
	assert_int_equal(poll(&p, 1, 0), 0);
	assert_int_equal(kill(parent, SIGKILL), 0);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	ended = ends(helper);
	/* Control: its socket was open to the end. */
	p.fd = holder;
	assert_int_equal(poll(&p, 1, 0), 0);
	nsv_close(w.alive[1]);
	assert_true(ends(holder));
	assert_true(ends(helper));
	nsv_close(w.tell[0]);
	nsv_container_stop(c);
	assert_true(ended);
}

static void the_helper_of_root_ends(void **state)
{
	ends_with_its_parent(&(struct nsv_container_opts){ 0 }, stay);
}

static void the_helper_of_a_rootless_containers_owner_ends(void **state)
{
	ends_with_its_parent(&(struct nsv_container_opts){ .userns = true, .owner = OWNER },
			     become_owner);
}

static void the_helper_in_another_users_namespace_ends(void **state)
{
	ends_with_its_parent(&(struct nsv_container_opts){ .userns = true, .owner = OWNER },
			     drop_sys_chroot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_helper_of_root_ends),
		cmocka_unit_test(the_helper_of_a_rootless_containers_owner_ends),
		cmocka_unit_test(the_helper_in_another_users_namespace_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
