/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_started.c - a container ends between the scan that found it and the opening of its
 * process, and another one has its PID and the number of its mount namespace by then.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/child.h"
#include "fixtures/skip.h"

#include <nsview/discover.h>
#include <nsview/target.h>

#include "reach/util.h"

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* The start time has ticks of 10 ms: a process that begins in the tick of @start is begun anew. */
static pid_t use_again_later(pid_t pid, uint64_t start)
{
	pid_t again = nsv_test_use_again(pid);

	while (again == pid && nsv_test_start_of(pid) == start) {
		end(again);
		again = nsv_test_use_again(pid);
	}
	if (again == -EPERM || again == -ENOSYS)
		nsv_test_skip("clone3(set_tid) is refused: %s", strerror(-again));
	assert_int_equal(again, pid);
	return again;
}

struct between {
	struct nsv_test_container *c;
	pid_t again;
	bool forget_start;
};

/* Resolves, and has the container replaced before the answer is used. */
static int resolve_and_replace(const char *name, void *data, pid_t *ret_pid, uint64_t *ret_mntns,
			       uint64_t *ret_start, struct nsv_error *e)
{
	struct between *b = data;
	int r = nsv_resolve_name(name, NULL, ret_pid, ret_mntns, ret_start, e);

	if (r < 0)
		return r;
	assert_int_equal(*ret_pid, b->c->pid);
	assert_true(*ret_start == nsv_test_start_of(b->c->pid));
	b->c = nsv_container_stop(b->c);
	b->again = use_again_later(*ret_pid, *ret_start);
	/* The kernel may give the same number; here it surely does. */
	*ret_mntns = nsv_test_ns_of(b->again, "mnt");
	if (b->forget_start)
		*ret_start = 0;
	return 0;
}

static int open_replaced(bool forget_start, struct nsv_error *e)
{
	char host[40], name[64];
	struct nsv_container_opts o = { .hostname = host };
	struct between b = { .forget_start = forget_start };
	struct nsv_target *t = NULL;
	int r;

	(void)snprintf(host, sizeof(host), "started-%d-%d", (int)getpid(), forget_start);
	(void)snprintf(name, sizeof(name), "host:%s", host);
	b.c = nsv_container_start(&o);
	r = nsv_target_open(name, resolve_and_replace, &b, &t, e);
	assert_true(b.again > 0);
	if (r == 0)
		assert_int_equal(nsv_target_pid(t), b.again);
	nsv_target_free(t);
	end(b.again);
	return r;
}

static void a_container_that_took_its_place_is_refused(void **state)
{
	struct nsv_error e = NSV_ERROR_INIT;

	/* Control: PID and namespace number alone open the other one. */
	assert_int_equal(open_replaced(true, &e), 0);
	assert_int_equal(open_replaced(false, &e), -ESRCH);
	assert_non_null(strstr(e.msg, "another process has its number"));
}

static void *outlive(void *data)
{
	char byte = 1;

	if (write(*(int *)data, &byte, 1) == 1)
		for (;;)
			(void)pause();
	return NULL;
}

static int lose_main_thread(void *data)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, outlive, data) != 0)
		return 1;
	(void)syscall(SYS_exit, 0);
	return 1;
}

/* A scan may have seen the main thread, or the one that lives on. */
static void both_threads_of_a_process_without_main_thread_count(void **state)
{
	int pipefd[2];
	struct nsv_test_container *c;
	struct nsv_target *t = NULL;
	uint64_t start;
	char path[64], text[64], byte;

	assert_int_equal(pipe2(pipefd, O_CLOEXEC), 0);
	c = nsv_container_start(&(struct nsv_container_opts){
	    .share_pid = true, .run = lose_main_thread, .data = &pipefd[1] });
	assert_int_equal(read(pipefd[0], &byte, 1), 1);
	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)c->pid);
	while (readlink(path, text, sizeof(text)) >= 0)
		(void)sched_yield();
	start = nsv_test_start_of(c->pid);
	assert_int_equal(nsv_target_open_pid(c->pid, 0, start, &t, NULL), 0);
	t = nsv_target_free(t);
	assert_int_equal(nsv_target_open_pid(c->pid, 0, start + 1000, &t, NULL), -ESRCH);
	nsv_container_stop(c);
	nsv_close(pipefd[0]);
	nsv_close(pipefd[1]);
}

/* Another process of the namespace would do, but which namespace has the number by now? */
static void nothing_stands_in_for_a_zombie(void **state)
{
	const uint64_t mntns = nsv_test_ns_of(getpid(), "mnt");
	struct nsv_target *t = NULL;
	siginfo_t info;
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(nsv_target_open_pid(child, mntns, nsv_test_start_of(child), &t, NULL),
			 -ESRCH);
	/* Control: without its start one does. */
	assert_int_equal(nsv_target_open_pid(child, mntns, 0, &t, NULL), 0);
	nsv_target_free(t);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_container_that_took_its_place_is_refused),
		cmocka_unit_test(both_threads_of_a_process_without_main_thread_count),
		cmocka_unit_test(nothing_stands_in_for_a_zombie),
	};

	return cmocka_run_group_tests_name("reach_started", tests, NULL, NULL);
}
