/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_traced.c - what a container can do to the process that enters it, and that nothing of
 * that process outlives its caller. The control is a process that joins without any precaution.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/container.h"
#include "fixtures/skip.h"

#include <nsview/root.h>
#include <nsview/target.h>

#include "reach/util.h"

#define OWNER	    64322
#define PATIENCE_MS 10000

/* The container's root traces what it is told to trace, and says what became of it. */
struct tracer {
	int asked[2], answered[2];
};

static int trace_what_is_asked(void *data)
{
	const struct tracer *t = data;
	pid_t victim;

	while (read(t->asked[0], &victim, sizeof(victim)) == sizeof(victim)) {
		int err = ptrace(PTRACE_ATTACH, victim, NULL, NULL) < 0 ? errno : 0;

		if (err == 0) {
			(void)waitpid(victim, NULL, __WALL);
			(void)ptrace(PTRACE_DETACH, victim, NULL, NULL);
		}
		if (write(t->answered[1], &err, sizeof(err)) != sizeof(err))
			break;
	}
	return 0;
}

static int traced(const struct tracer *t, pid_t victim)
{
	int err = -1;

	if (write(t->asked[1], &victim, sizeof(victim)) != sizeof(victim) ||
	    read(t->answered[0], &err, sizeof(err)) != sizeof(err))
		return -1;
	return err;
}

/* Of a process that has one child. */
static pid_t only_child(void)
{
	char path[64];
	int pid = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "%d", &pid) != 1)
			pid = 0;
		(void)fclose(f);
	}
	return pid;
}

static int become_owner(void)
{
	if (setresgid(OWNER, OWNER, OWNER) < 0 || setresuid(OWNER, OWNER, OWNER) < 0)
		return -1;
	return prctl(PR_SET_DUMPABLE, 1);
}

static int open_ns(pid_t pid, const char *kind)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kind);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Control: joins user and mount namespace, and waits. */
static int naive_is_traced(const struct nsv_test_container *c, const struct tracer *t)
{
	nsv_autofd int userns = open_ns(c->pid, "user");
	nsv_autofd int mntns = open_ns(c->pid, "mnt");
	int ready[2], err;
	char byte = 0;
	pid_t naive;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	naive = fork();
	if (naive == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		byte = setns(userns, CLONE_NEWUSER) == 0 && setns(mntns, CLONE_NEWNS) == 0;
		(void)!write(ready[1], &byte, 1);
		for (;;)
			(void)pause();
	}
	err = read(ready[0], &byte, 1) == 1 && byte ? traced(t, naive) : -1;
	(void)kill(naive, SIGKILL);
	(void)waitpid(naive, NULL, 0);
	return err;
}

static int helper_is_traced(const struct nsv_test_container *c, const struct tracer *t)
{
	struct nsv_target *target = NULL;
	struct nsv_root *root = NULL;
	int err = -1;

	if (nsv_target_open(c->spec, NULL, NULL, &target, NULL) == 0 &&
	    nsv_root_open(target, NSV_VIA_SETNS, &root, NULL) == 0)
		err = traced(t, only_child());
	(void)nsv_root_free(root);
	(void)nsv_target_free(target);
	return err;
}

/* What a command does that has no use for a helper. Last: there is no way back. */
static int joined_is_traced(const struct nsv_test_container *c, const struct tracer *t)
{
	struct nsv_target *target = NULL;
	int err = -1;

	if (nsv_target_open(c->spec, NULL, NULL, &target, NULL) == 0 &&
	    nsv_target_join_userns(target, NULL) == 0)
		err = traced(t, getpid());
	(void)nsv_target_free(target);
	return err;
}

/* As the owner of a rootless container, whose root has every capability where the helper is. */
static int the_owner_is_safe(const struct nsv_test_container *c, const struct tracer *t)
{
	if (become_owner() < 0)
		return 1;
	if (naive_is_traced(c, t) != 0)
		return 2;
	if (helper_is_traced(c, t) != EPERM)
		return 3;
	return joined_is_traced(c, t) == EPERM ? 0 : 4;
}

static void a_container_can_not_trace_who_enters(void **state)
{
	struct tracer t;
	struct nsv_test_container *c;
	pid_t child;
	int status;

	assert_int_equal(pipe2(t.asked, O_CLOEXEC), 0);
	assert_int_equal(pipe2(t.answered, O_CLOEXEC), 0);
	c = nsv_container_start(&(struct nsv_container_opts){ .userns = true,
							      .owner = OWNER,
							      .share_pid = true,
							      .run = trace_what_is_asked,
							      .data = &t });
	child = fork();
	if (child == 0)
		_exit(the_owner_is_safe(c, &t));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	nsv_container_stop(c);
	for (int i = 0; i < 2; i++) {
		nsv_close(t.asked[i]);
		nsv_close(t.answered[i]);
	}
}

/* Opens a root, tells the helper's PID, and waits to be killed. */
static void hold_a_root(const struct nsv_test_container *c, bool owner, int tell)
{
	struct nsv_target *target = NULL;
	struct nsv_root *root = NULL;
	pid_t helper = 0;

	if ((!owner || become_owner() == 0) &&
	    nsv_target_open(c->spec, NULL, NULL, &target, NULL) == 0 &&
	    nsv_root_open(target, NSV_VIA_SETNS, &root, NULL) == 0)
		helper = only_child();
	(void)!write(tell, &helper, sizeof(helper));
	for (;;)
		(void)pause();
}

/*
 * A helper that hangs in a file system of the container does not see that its socket is closed;
 * one that is stopped does not either.
 */
static void ends_with_its_caller(const struct nsv_test_container *c, bool owner)
{
	struct pollfd p = { .events = POLLIN };
	nsv_autofd int pidfd = NSV_FD_NONE;
	pid_t caller, helper = 0;
	int tell[2], ended;

	assert_int_equal(pipe2(tell, O_CLOEXEC), 0);
	caller = fork();
	if (caller == 0)
		hold_a_root(c, owner, tell[1]);
	assert_int_equal(read(tell[0], &helper, sizeof(helper)), sizeof(helper));
	pidfd = helper > 0 ? (int)syscall(SYS_pidfd_open, helper, 0) : NSV_FD_NONE;
	(void)kill(helper > 0 ? helper : caller, SIGSTOP);
	(void)kill(caller, SIGKILL);
	(void)waitpid(caller, NULL, 0);
	p.fd = pidfd;
	ended = pidfd >= 0 ? poll(&p, 1, PATIENCE_MS) : -1;
	if (pidfd >= 0 && ended != 1)
		(void)kill(helper, SIGKILL);
	nsv_close(tell[0]);
	nsv_close(tell[1]);
	assert_true(pidfd >= 0);
	assert_int_equal(ended, 1);
}

static void a_stuck_helper_ends_with_its_caller(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .userns = true, .owner = OWNER });

	ends_with_its_caller(c, false);
	ends_with_its_caller(c, true);
	nsv_container_stop(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_container_can_not_trace_who_enters),
		cmocka_unit_test(a_stuck_helper_ends_with_its_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
