/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_discover_scan.c - real containers in the host's own /proc: how they are found, that nothing
 * in them hides them, and who their parent is.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/container.h"
#include "fixtures/skip.h"

#include <nsview/discover.h>

#include "reach/util.h"

static struct nsv_scan *scan(unsigned flags)
{
	struct nsv_scan_options o = NSV_SCAN_OPTIONS_INIT;
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_scan *s = NULL;

	o.flags = flags | NSV_SCAN_NAMESPACES;
	if (nsv_scan_new(&o, &s, &e) < 0)
		fail_msg("%s", e.msg);
	return s;
}

static const struct nsv_container *found(const struct nsv_scan *s, pid_t pid)
{
	const struct nsv_container *c = nsv_scan_find_pid(s, pid);

	if (!c)
		fail_msg("%d was not found", (int)pid);
	return c;
}

static uint64_t inode(pid_t pid, const char *kind)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kind);
	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void a_container_is_found(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });
	struct nsv_scan *s = scan(NSV_SCAN_PROCS);
	const struct nsv_container *k = found(s, c->pid);

	assert_int_equal(k->kind, NSV_KIND_CONTAINER);
	assert_int_equal(k->pid, c->pid);
	assert_int_equal(k->uid, 0);
	assert_true(k->mntns == inode(c->pid, "mnt"));
	assert_true(k->pidns == inode(c->pid, "pid"));
	assert_true(k->utsns == inode(c->pid, "uts"));
	assert_true(k->userns == inode(c->pid, "user"));
	assert_true(k->n_pids >= 1);
	assert_int_equal(k->pids[k->n_pids - 1], c->pid);
	assert_string_equal(k->rootfs, "tmpfs");
	assert_null(k->engine);
	assert_null(nsv_scan_find_pid(s, getpid()));
	nsv_scan_free(s);
	(void)nsv_container_stop(c);
}

static void the_root_has_a_file_system_type(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .overlay = true });
	struct nsv_scan *s = scan(0);

	assert_string_equal(found(s, c->pid)->rootfs, "overlay");
	nsv_scan_free(s);
	(void)nsv_container_stop(c);
	/* A folder that is no mount: its file system is told all the same. */
	c = nsv_container_start(&(struct nsv_container_opts){ .chroot_only = true });
	s = scan(0);
	assert_non_null(found(s, c->pid)->rootfs);
	nsv_scan_free(s);
	(void)nsv_container_stop(c);
}

static void a_mapped_user_is_the_hosts_number(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .userns = true });
	struct nsv_scan *s = scan(0);

	assert_int_equal(found(s, c->pid)->uid, NSV_TEST_SUBID);
	nsv_scan_free(s);
	(void)nsv_container_stop(c);
}

/* 65,536 groups make its status longer than any small buffer. */
static int take_all_groups(void *data)
{
	gid_t *groups = calloc(65536, sizeof(*groups));

	if (!groups)
		return -ENOMEM;
	for (unsigned i = 0; i < 65536; i++)
		groups[i] = 100000 + i;
	return setgroups(65536, groups) < 0 ? -errno : 0;
}

static void many_groups_hide_nothing(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .setup = take_all_groups });
	struct nsv_scan *s = scan(0);

	assert_int_equal(found(s, c->pid)->pid, c->pid);
	nsv_scan_free(s);
	(void)nsv_container_stop(c);
}

static int have_a_child(void *data)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	return pid < 0 ? -errno : 0;
}

/* Nobody in it is PID 1 of anything: the oldest stands for it. */
static void several_processes_in_the_hosts_pid_namespace_are_a_container(void **state)
{
	struct nsv_test_container *c = nsv_container_start(
	    &(struct nsv_container_opts){ .share_pid = true, .setup = have_a_child });
	struct nsv_scan *s = scan(0);

	assert_int_equal(found(s, c->pid)->pid, c->pid);
	assert_int_equal(found(s, c->pid)->n_pids, 2);
	nsv_scan_free(s);
	(void)nsv_container_stop(c);
}

/* Without what its caller does not need, all else is the same. */
static void the_root_may_be_left_out(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });
	struct nsv_scan *s = scan(NSV_SCAN_NO_ROOTFS), *whole = scan(0);

	assert_null(found(s, c->pid)->rootfs);
	assert_string_equal(found(whole, c->pid)->rootfs, "tmpfs");
	assert_true(found(s, c->pid)->start == found(whole, c->pid)->start);
	nsv_scan_free(whole);
	nsv_scan_free(s);
	(void)nsv_container_stop(c);
}

static int take_a_name(void *data)
{
	return prctl(PR_SET_NAME, "a) S 0\n(b") < 0 ? -errno : 0;
}

static void a_comm_with_blanks_shifts_no_field(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .setup = take_a_name });
	struct nsv_scan *s = scan(0);

	assert_int_equal(found(s, c->pid)->pid, c->pid);
	assert_true(found(s, c->pid)->start > 0);
	nsv_scan_free(s);
	(void)nsv_container_stop(c);
}

static void *sleep_on(void *data)
{
	for (;;)
		(void)pause();
	return NULL;
}

static int end_main_thread(void *data)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, sleep_on, NULL) != 0)
		return 1;
	syscall(SYS_exit, 0); /* this thread only */
	return 1;
}

static bool main_thread_has_ended(pid_t pid)
{
	char path[64], text[512];
	nsv_autofd int fd = NSV_FD_NONE;
	const char *end;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (n <= 0)
		return false;
	text[n] = '\0';
	end = strrchr(text, ')');
	return end && end[2] == 'Z';
}

static void a_dead_main_thread_hides_nothing(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .run = end_main_thread });
	struct nsv_scan *s;

	while (!main_thread_has_ended(c->pid))
		(void)sched_yield();
	s = scan(0);
	assert_int_equal(found(s, c->pid)->pid, c->pid);
	assert_string_equal(found(s, c->pid)->rootfs, "tmpfs");
	nsv_scan_free(s);
	(void)nsv_container_stop(c);
}

/* What the host does for a service with PrivateTmp=: its own mounts, the same root. */
static void a_service_is_no_container(void **state)
{
	int ready[2];
	struct nsv_scan *s;
	char c;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		c = unshare(CLONE_NEWNS) == 0 ? 'y' : 'n';
		(void)!write(ready[1], &c, 1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	if (c == 'y') {
		s = scan(0);
		assert_null(nsv_scan_find_pid(s, pid));
		nsv_scan_free(s);
		s = scan(NSV_SCAN_ALL);
		assert_int_equal(found(s, pid)->kind, NSV_KIND_SERVICE);
		assert_int_equal(found(s, getpid())->kind, NSV_KIND_HOST);
		nsv_scan_free(s);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	nsv_close(ready[0]);
	nsv_close(ready[1]);
	if (c != 'y')
		nsv_test_skip("a mount namespace can't be made here");
}

/* A container within: its own tmpfs for a root, in its own PID namespace; the one in between ends,
 * so that it is PID 1 of the outer container who adopts it. */
static int start_inner(void *data)
{
	pid_t between = fork();
	int status;

	if (between < 0)
		return -errno;
	if (between == 0) {
		pid_t inner;

		if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0)
			_exit(1);
		inner = fork();
		if (inner != 0)
			_exit(inner < 0);
		if (mount("inner", "/tmp", "tmpfs", 0, NULL) < 0 || chroot("/tmp") < 0 ||
		    chdir("/") < 0)
			_exit(1);
		for (;;)
			(void)pause();
	}
	return waitpid(between, &status, 0) == between && status == 0 ? 0 : -EIO;
}

static const struct nsv_container *child_of(const struct nsv_scan *s, const struct nsv_container *c)
{
	const struct nsv_container *k;

	for (size_t i = 0; (k = nsv_scan_get(s, i)); i++)
		if (k->parent >= 0 && nsv_scan_get(s, (size_t)k->parent) == c)
			return k;
	return NULL;
}

static void a_nested_container_has_a_parent(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .setup = start_inner });
	const struct nsv_container *inner = NULL;
	struct nsv_scan *s = NULL;

	/* It is there; the chroot(2) may be a moment off. */
	while (!inner && kill(c->pid, 0) == 0) {
		(void)nsv_scan_free(s);
		s = scan(NSV_SCAN_PARENTS);
		inner = child_of(s, found(s, c->pid));
	}
	assert_true(inner && inner->pidns != found(s, c->pid)->pidns);
	assert_int_equal(found(s, c->pid)->parent, -1);
	nsv_scan_free(s);
	(void)nsv_container_stop(c);
}

static void its_monitor_is_an_ancestor(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });
	struct nsv_scan *s = scan(0);
	struct nsv_role role = { .size = sizeof(role) };
	bool below = false;

	assert_int_equal(nsv_role_of(s, getpid(), &role, NULL), 0);
	assert_int_equal(role.kind, NSV_ROLE_ANCESTOR);
	for (size_t i = 0; i < role.n_pids; i++)
		below = below || role.pids[i] == c->pid;
	assert_true(below);
	nsv_role_done(&role);
	assert_int_equal(nsv_role_of(s, c->pid, &role, NULL), 0);
	assert_int_equal(role.kind, NSV_ROLE_NONE);
	nsv_role_done(&role);
	nsv_scan_free(s);
	(void)nsv_container_stop(c);
}

/* Containers and processes come and go all the while: a scan is never an error. */
static void races_are_no_errors(void **state)
{
	pid_t churn = fork();

	if (churn == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			pid_t pid = fork();

			if (pid == 0) {
				(void)unshare(CLONE_NEWNS);
				(void)!chroot("/proc");
				_exit(0);
			}
			if (pid > 0)
				(void)waitpid(pid, NULL, 0);
		}
	}
	for (int i = 0; i < 100; i++)
		(void)nsv_scan_free(scan(NSV_SCAN_PARENTS | NSV_SCAN_ALL | NSV_SCAN_PROCS));
	(void)kill(churn, SIGKILL);
	(void)waitpid(churn, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_container_is_found),
		cmocka_unit_test(the_root_has_a_file_system_type),
		cmocka_unit_test(a_mapped_user_is_the_hosts_number),
		cmocka_unit_test(many_groups_hide_nothing),
		cmocka_unit_test(several_processes_in_the_hosts_pid_namespace_are_a_container),
		cmocka_unit_test(the_root_may_be_left_out),
		cmocka_unit_test(a_comm_with_blanks_shifts_no_field),
		cmocka_unit_test(a_dead_main_thread_hides_nothing),
		cmocka_unit_test(a_service_is_no_container),
		cmocka_unit_test(a_nested_container_has_a_parent),
		cmocka_unit_test(its_monitor_is_an_ancestor),
		cmocka_unit_test(races_are_no_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
