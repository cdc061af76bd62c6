/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_discover_hostnames.c - hostnames of real UTS namespaces, of every kind that the kernel
 * takes. */
#include "fixtures/container.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

#include "discover/internal.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define OWNER	    54321
#define NAME_64	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define N_CROWD	    1000
#define CROWD_MS    1000 /* some 20; the machine may be busy */
#define THREAD_RUNS 200

static void scan_init(struct nsv_scan *scan, struct nsv_container *containers, size_t n)
{
	*scan = (struct nsv_scan){ .containers = containers, .n = n };
	scan->procfs = nsv_procfs_open(NULL);
	assert_true(scan->procfs >= 0);
	scan->utsns = nsv_ns_inode(scan->procfs, "self/ns/uts");
}

static void scan_done(struct nsv_scan *scan)
{
	nsv_arena_done(&scan->arena);
	nsv_close(scan->procfs);
}

static struct nsv_container of_pid(int procfs, pid_t pid)
{
	struct nsv_container c = { .pid = pid };
	char path[32];

	(void)snprintf(path, sizeof(path), "%d/ns/uts", (int)pid);
	c.utsns = nsv_ns_inode(procfs, path);
	(void)snprintf(path, sizeof(path), "%d/ns/mnt", (int)pid);
	c.mntns = nsv_ns_inode(procfs, path);
	return c;
}

static int set_name(void *data)
{
	return sethostname(data, strlen(data)) < 0 ? -errno : 0;
}

static void every_name_that_the_kernel_accepts(void **state)
{
	static const char *const names[] = {
		"web1", "",   ".",	 "..",	  "a/b",   "-oX",
		"1010", "\n", "\033[2J", NAME_64, "pod:x", "\377\001"
	};
	struct nsv_test_container *ct[NSV_ARRAY_SIZE(names)];
	struct nsv_container c[NSV_ARRAY_SIZE(names)];
	struct nsv_scan scan;

	scan_init(&scan, c, NSV_ARRAY_SIZE(names));
	for (size_t i = 0; i < scan.n; i++) {
		struct nsv_container_opts o = { .setup = set_name, .data = (void *)names[i] };

		ct[i] = nsv_container_start(&o);
		c[i] = of_pid(scan.procfs, ct[i]->pid);
	}
	nsv_hostnames_fill(&scan);
	for (size_t i = 0; i < scan.n; i++) {
		assert_non_null(c[i].hostname);
		assert_string_equal(c[i].hostname, names[i]);
		(void)nsv_container_stop(ct[i]);
	}
	scan_done(&scan);
}

static void the_namespace_of_the_host_is_not_joined(void **state)
{
	struct nsv_container_opts o = { .share_uts = true };
	struct nsv_test_container *ct = nsv_container_start(&o);
	struct nsv_container c;
	struct nsv_scan scan;
	struct utsname own;

	scan_init(&scan, &c, 1);
	c = of_pid(scan.procfs, ct->pid);
	assert_int_equal(c.utsns, scan.utsns);
	nsv_hostnames_fill(&scan);
	assert_int_equal(uname(&own), 0);
	assert_string_equal(c.hostname, own.nodename);
	scan_done(&scan);
	(void)nsv_container_stop(ct);
}

/* The scan saw another process under that PID. Control: with what is true now there is a name. */
static void a_reused_pid_has_no_name(void **state)
{
	struct nsv_container_opts o = { .hostname = "later" };
	struct nsv_test_container *ct = nsv_container_start(&o);
	struct nsv_container c[2];
	struct nsv_scan scan;

	scan_init(&scan, c, 2);
	c[0] = c[1] = of_pid(scan.procfs, ct->pid);
	c[0].utsns += 100000;
	nsv_hostnames_fill(&scan);
	assert_null(c[0].hostname);
	assert_string_equal(c[1].hostname, "later");
	scan_done(&scan);
	(void)nsv_container_stop(ct);
}

static void *live_on(void *data)
{
	for (;;)
		(void)pause();
	return data;
}

static int end_the_main_thread(void *data)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, live_on, NULL) != 0)
		return 1;
	/* pthread_exit(3) would load a library, which is not there inside. */
	(void)syscall(SYS_exit, 0);
	return 1;
}

static bool main_thread_has_ended(int procfs, pid_t pid)
{
	struct nsv_proc p;
	char name[16];

	(void)snprintf(name, sizeof(name), "%d", (int)pid);
	return nsv_proc_read(procfs, name, &p) < 0 || p.state == 'Z';
}

static void a_thread_answers_after_the_main_thread_ended(void **state)
{
	struct nsv_container_opts o = { .hostname = "headless", .run = end_the_main_thread };
	struct nsv_test_container *ct = nsv_container_start(&o);
	struct nsv_scan_options options = NSV_SCAN_OPTIONS_INIT;
	nsv_autofd int procfs = nsv_procfs_open(NULL);
	const struct nsv_container *c = NULL;
	struct nsv_scan *scan = NULL;

	while (!main_thread_has_ended(procfs, ct->pid))
		(void)sched_yield();
	options.flags = NSV_SCAN_HOSTNAMES;
	assert_int_equal(nsv_scan_new(&options, &scan, NULL), 0);
	c = nsv_scan_find_pid(scan, ct->pid);
	assert_non_null(c);
	assert_non_null(c->hostname);
	assert_string_equal(c->hostname, "headless");
	(void)nsv_scan_free(scan);
	(void)nsv_container_stop(ct);
}

static pid_t sleeper(int ready)
{
	pid_t pid = fork();

	if (pid == 0) {
		char name[32];

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)snprintf(name, sizeof(name), "crowd%d", (int)getpid());
		if (unshare(CLONE_NEWUTS) < 0 || sethostname(name, strlen(name)) < 0 ||
		    write(ready, "x", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	return pid;
}

static void a_thousand_hostnames_at_once(void **state)
{
	static struct nsv_container c[N_CROWD];
	struct timespec from, to;
	struct nsv_scan scan;
	int ready[2];
	long ms;

	if (geteuid() != 0)
		nsv_test_skip("UTS namespaces are made as root");
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	scan_init(&scan, c, N_CROWD);
	for (size_t i = 0; i < scan.n; i++) {
		char byte;
		pid_t pid = sleeper(ready[1]);

		assert_true(pid > 0);
		assert_int_equal(read(ready[0], &byte, 1), 1);
		c[i] = of_pid(scan.procfs, pid);
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	nsv_hostnames_fill(&scan);
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
	for (size_t i = 0; i < scan.n; i++) {
		char name[32];

		(void)kill(c[i].pid, SIGKILL);
		(void)waitpid(c[i].pid, NULL, 0);
		(void)snprintf(name, sizeof(name), "crowd%d", (int)c[i].pid);
		assert_non_null(c[i].hostname);
		assert_string_equal(c[i].hostname, name);
	}
	print_message("%d hostnames in %ld ms\n", N_CROWD, ms);
	assert_true(ms < CROWD_MS);
	scan_done(&scan);
	nsv_close(ready[0]);
	nsv_close(ready[1]);
}

/* The exit status of a child that looks as an ordinary user: 0 where all are @wanted, else 1. */
static int as_user(uid_t uid, struct nsv_test_container *const *cts, const char *const *wanted,
		   size_t n)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		struct nsv_container c[2];
		struct nsv_scan scan;
		bool right = true;

		if (setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0 ||
		    prctl(PR_SET_DUMPABLE, 1) < 0)
			_exit(2);
		scan_init(&scan, c, n);
		for (size_t i = 0; i < n; i++)
			c[i] = of_pid(scan.procfs, cts[i]->pid);
		nsv_hostnames_fill(&scan);
		for (size_t i = 0; i < n; i++)
			right &= wanted[i] ? c[i].hostname && !strcmp(c[i].hostname, wanted[i])
					   : !c[i].hostname;
		scan_done(&scan);
		_exit(right ? 0 : 1);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

/* Of two user namespaces neither leads to the other's. */
static void the_owner_of_rootless_containers_sees_their_names(void **state)
{
	static const char *const names[] = { "rootless-1", "rootless-2" };
	static const char *const none[] = { NULL, NULL };
	struct nsv_container_opts o = { .userns = true, .owner = OWNER };
	struct nsv_test_container *cts[2];

	for (size_t i = 0; i < 2; i++) {
		o.hostname = names[i];
		cts[i] = nsv_container_start(&o);
	}
	assert_int_equal(as_user(OWNER, cts, names, 2), 0);
	assert_int_equal(as_user(OWNER + 1, cts, none, 2), 0);
	(void)nsv_container_stop(cts[0]);
	(void)nsv_container_stop(cts[1]);
}

static bool stop_threads;

static void *allocate(void *data)
{
	while (!__atomic_load_n(&stop_threads, __ATOMIC_RELAXED))
		free(malloc(rand() % 10000 + 1));
	return data;
}

/* A fork while other threads hold the allocator's locks. */
static void callers_may_have_threads(void **state)
{
	struct nsv_container_opts o = { .hostname = "threads" };
	struct nsv_test_container *ct = nsv_container_start(&o);
	pthread_t threads[3];

	for (size_t i = 0; i < NSV_ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, allocate, NULL), 0);
	for (int i = 0; i < THREAD_RUNS; i++) {
		struct nsv_container c;
		struct nsv_scan scan;

		scan_init(&scan, &c, 1);
		c = of_pid(scan.procfs, ct->pid);
		nsv_hostnames_fill(&scan);
		assert_string_equal(c.hostname, "threads");
		scan_done(&scan);
	}
	__atomic_store_n(&stop_threads, true, __ATOMIC_RELAXED);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	/* No child is left, and the caller is where it was. */
	(void)nsv_container_stop(ct);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_that_the_kernel_accepts),
		cmocka_unit_test(the_namespace_of_the_host_is_not_joined),
		cmocka_unit_test(a_reused_pid_has_no_name),
		cmocka_unit_test(a_thread_answers_after_the_main_thread_ended),
		cmocka_unit_test(a_thousand_hostnames_at_once),
		cmocka_unit_test(the_owner_of_rootless_containers_sees_their_names),
		cmocka_unit_test(callers_may_have_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
