/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_target.c - pinning real processes: living, zombie, without a main
 * thread, re-used, of the kernel; and namespaces without a process.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/container.h"
#include "fixtures/skip.h"

#include <nsview/root.h>
#include <nsview/target.h>

#include "fixtures/tmp.h"
#include "reach/util.h"

static int open_spec(const char *spec, struct nsv_target **ret, struct nsv_error *e)
{
	return nsv_target_open(spec, NULL, NULL, ret, e);
}

static void refused(const char *spec, int err, const char *word)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_target *t = NULL;
	int r = open_spec(spec, &t, &e);

	if (r != -err || e.err != err || !strstr(e.msg, word) || t)
		fail_msg("%s: %d, \"%s\"", spec, r, e.msg);
}

static void a_living_process_is_pinned(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });
	struct nsv_target *t = NULL;
	char spec[64];
	struct stat st;

	assert_int_equal(open_spec(c->spec, &t, NULL), 0);
	assert_int_equal(nsv_target_pid(t), c->pid);
	assert_int_equal(nsv_target_alive(t), 0);
	assert_false(nsv_target_is_host(t));
	assert_int_equal(stat(c->nsfile, &st), 0);
	assert_true(nsv_target_mntns_ino(t) == st.st_ino);
	(void)snprintf(spec, sizeof(spec), "%s:%llu", c->spec, (unsigned long long)st.st_ino);
	t = nsv_target_free(t);
	assert_int_equal(open_spec(spec, &t, NULL), 0);
	nsv_container_stop(c);
	assert_int_equal(nsv_target_alive(t), -ESRCH);
	nsv_target_free(t);
}

static void another_inode_is_another_process(void **state)
{
	char spec[32];

	(void)snprintf(spec, sizeof(spec), "%d:12345", (int)getpid());
	refused(spec, ESRCH, "not 12345");
}

static void specs_that_name_nothing_are_refused(void **state)
{
	refused("", EINVAL, "empty");
	refused("0", EINVAL, "range");
	refused("99999999999", EINVAL, "range");
	refused("99999999999999999999999999", EINVAL, "range");
	refused("2147483646", ESRCH, "no process");
	refused("no-such-name", ENOENT, "no such container");
	refused("-5", ENOENT, "no such container");
	refused("10:", ENOENT, "no such container");
	refused("10:x", ENOENT, "no such container");
	refused("/no/such/file", ENOENT, "and a name has no slash: No such file");
	refused("/etc/passwd", EINVAL, "not a namespace file");
	refused("/", EINVAL, "not a namespace file");
	refused("/proc/self/ns/net", EINVAL, "network namespace");
	refused("/proc/self/ns/pid", EINVAL, "PID namespace");
	refused("/proc/self/ns/user", EINVAL, "user namespace");
}

static void a_kernel_thread_has_no_files(void **state)
{
	char comm[16] = "";
	nsv_autofd int fd = open("/proc/2/comm", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, comm, sizeof(comm) - 1) <= 0 || strcmp(comm, "kthreadd\n") != 0)
		nsv_test_skip("kernel threads are not seen from this PID namespace");
	refused("2", EOPNOTSUPP, "kernel thread");
}

static int by_name(const char *name, void *data, pid_t *ret, uint64_t *ret_mntns,
		   uint64_t *ret_start, struct nsv_error *e)
{
	if (strcmp(name, "web1") != 0)
		return nsv_error_set(e, ENOTUNIQ, NSV_STAGE_SPEC, "two of that name");
	*ret = *(pid_t *)data;
	*ret_mntns = *ret_start = 0;
	return 0;
}

static void names_are_asked_for_last(void **state)
{
	struct nsv_target *t = NULL;
	pid_t self = getpid();

	assert_int_equal(nsv_target_open("web1", by_name, &self, &t, NULL), 0);
	assert_int_equal(nsv_target_pid(t), self);
	assert_true(nsv_target_is_host(t));
	nsv_target_free(t);
	assert_int_equal(nsv_target_open("web2", by_name, &self, &t, NULL), -ENOTUNIQ);
}

static pid_t make_zombie(void)
{
	siginfo_t info;
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	return child;
}

static void a_zombie_is_named_as_one(void **state)
{
	pid_t child = make_zombie();
	char spec[32];
	struct stat st;
	struct nsv_target *t = NULL;

	(void)snprintf(spec, sizeof(spec), "%d", (int)child);
	refused(spec, ESRCH, "zombie");
	/* With the namespace named too, another process of it serves. */
	assert_int_equal(stat("/proc/self/ns/mnt", &st), 0);
	(void)snprintf(spec, sizeof(spec), "%d:%llu", (int)child, (unsigned long long)st.st_ino);
	assert_int_equal(open_spec(spec, &t, NULL), 0);
	assert_true(nsv_target_mntns_ino(t) == st.st_ino);
	nsv_target_free(t);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void *outlive(void *data)
{
	char byte = 1;

	(void)pthread_detach(pthread_self());
	assert_int_equal(write(*(int *)data, &byte, 1), 1);
	for (;;)
		(void)pause();
	return NULL;
}

/* Its main thread ends while another lives on: /proc/PID/root answers ENOENT from then on. */
static int lose_main_thread(void *data)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, outlive, data) != 0)
		return 1;
	/* Not pthread_exit(): it may want to load libgcc_s, which the container has not. */
	(void)syscall(SYS_exit, 0);
	return 1;
}

static void a_dead_main_thread_is_served_by_another(void **state)
{
	int pipefd[2];
	struct nsv_test_container *c;
	struct nsv_target *t = NULL;
	struct nsv_root *root = NULL;
	char path[64], text[64];
	char byte;

	assert_int_equal(pipe2(pipefd, O_CLOEXEC), 0);
	c = nsv_container_start(&(struct nsv_container_opts){
	    .share_pid = true, .run = lose_main_thread, .data = &pipefd[1] });
	assert_int_equal(read(pipefd[0], &byte, 1), 1);
	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)c->pid);
	/* Control: the naive way is shut as soon as the main thread is gone. */
	while (readlink(path, text, sizeof(text)) >= 0)
		(void)sched_yield();
	assert_int_equal(open_spec(c->spec, &t, NULL), 0);
	for (enum nsv_via via = NSV_VIA_PROC; via <= NSV_VIA_SETNS; via++) {
		nsv_autofd int fd = NSV_FD_NONE;

		assert_int_equal(nsv_root_open(t, via, &root, NULL), 0);
		fd = nsv_root_open_file(root, "/etc/alpine-release", 0, NULL, NULL);
		assert_true(fd >= 0);
		root = nsv_root_free(root);
	}
	nsv_target_free(t);
	nsv_container_stop(c);
	nsv_close(pipefd[0]);
	nsv_close(pipefd[1]);
}

static void a_thread_id_names_its_process(void **state)
{
	struct nsv_target *t = NULL;
	int pipefd[2];
	char spec[32];
	pid_t tid = 0;
	pthread_t thread;
	char byte;

	assert_int_equal(pipe2(pipefd, O_CLOEXEC), 0);
	assert_int_equal(pthread_create(&thread, NULL, outlive, &pipefd[1]), 0);
	assert_int_equal(read(pipefd[0], &byte, 1), 1);
	/* Thread IDs of this process are the names in /proc/self/task. */
	for (pid_t i = getpid() + 1; i < getpid() + 1000 && tid == 0; i++) {
		(void)snprintf(spec, sizeof(spec), "/proc/self/task/%d", (int)i);
		tid = access(spec, F_OK) == 0 ? i : 0;
	}
	assert_true(tid > 0);
	(void)snprintf(spec, sizeof(spec), "%d", (int)tid);
	assert_int_equal(open_spec(spec, &t, NULL), 0);
	assert_int_equal(nsv_target_pid(t), getpid());
	nsv_target_free(t);
}

static pid_t fork_with_pid(pid_t want)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&want,
		.set_tid_size = 1,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	return pid;
}

static void end_child(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void a_reused_pid_is_not_the_target(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .share_pid = true });
	struct nsv_target *t = NULL;
	struct nsv_root *root = NULL;
	struct nsv_error e = NSV_ERROR_INIT;
	pid_t pid = c->pid;
	pid_t other;
	char path[64];
	struct stat st;

	assert_int_equal(open_spec(c->spec, &t, NULL), 0);
	nsv_container_stop(c);
	other = fork_with_pid(pid);
	if (other < 0)
		nsv_test_skip("clone3(set_tid) is refused: %s", strerror(errno));
	assert_int_equal(other, pid);
	/* Control: by its number one would now read the other process's files. */
	(void)snprintf(path, sizeof(path), "/proc/%d/root/proc/version", (int)pid);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(nsv_root_open(t, NSV_VIA_AUTO, &root, &e), -ESRCH);
	assert_non_null(strstr(e.msg, "ended"));
	end_child(other);
	nsv_target_free(t);
}

/* Stops @child where it comes back from pidfd_open(2) with an fd. */
static bool stop_after_pidfd_open(pid_t child)
{
	struct __ptrace_syscall_info info;
	uint64_t nr = 0;
	int status;

	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0)
		return false;
	for (;;) {
		if (ptrace(PTRACE_SYSCALL, child, 0, 0) < 0 ||
		    waitpid(child, &status, 0) != child || !WIFSTOPPED(status) ||
		    ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) < 0)
			return false;
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
			nr = info.entry.nr;
		else if (info.op == PTRACE_SYSCALL_INFO_EXIT && nr == SYS_pidfd_open &&
			 info.exit.rval >= 0)
			return true;
	}
}

static void open_when_traced(const char *spec)
{
	struct nsv_target *t = NULL;

	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	(void)raise(SIGSTOP);
	_exit(-open_spec(spec, &t, NULL));
}

/*
 * Between the pidfd and /proc/PID the process ends, and another one gets the number: all that is
 * read of it is of the other. Control: without that the target opens.
 */
static void a_pid_reused_while_it_is_opened_is_noticed(void **state)
{
	for (int reused = 0; reused <= 1; reused++) {
		struct nsv_test_container *c =
		    nsv_container_start(&(struct nsv_container_opts){ .share_pid = true });
		pid_t pid = c->pid, other = 0, child = fork();
		int status;

		if (child == 0)
			open_when_traced(c->spec);
		assert_true(stop_after_pidfd_open(child));
		if (reused) {
			c = nsv_container_stop(c);
			other = fork_with_pid(pid);
		}
		assert_int_equal(ptrace(PTRACE_DETACH, child, 0, 0), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		(void)nsv_container_stop(c);
		if (other < 0)
			nsv_test_skip("clone3(set_tid) is refused: %s", strerror(errno));
		if (reused)
			end_child(other);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), reused ? ESRCH : 0);
	}
}

static int write_file(void *data)
{
	FILE *f = fopen("/etc/kept", "we");

	return !f || fputs("kept\n", f) < 0 || fclose(f) != 0 ? -EIO : 0;
}

static void a_namespace_outlives_its_processes(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .setup = write_file });
	char dir[] = "/tmp/nsview-mntns-XXXXXX";
	char file[sizeof(dir) + 4];
	struct nsv_target *t = NULL;
	struct nsv_root *root = NULL;
	nsv_autofd int fd = NSV_FD_NONE;
	char text[8] = "";
	int mounted;

	nsv_test_mkdtemp(dir);
	(void)snprintf(file, sizeof(file), "%s/mnt", dir);
	nsv_close(open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	mounted = mount(c->nsfile, file, NULL, MS_BIND, NULL);
	nsv_container_stop(c);
	assert_int_equal(mounted, 0);
	assert_int_equal(open_spec(file, &t, NULL), 0);
	assert_int_equal(nsv_target_pid(t), 0);
	assert_int_equal(nsv_target_pidfd(t), -EBADF);
	assert_int_equal(nsv_root_open(t, NSV_VIA_PROC, &root, NULL), -EINVAL);
	assert_int_equal(nsv_root_open(t, NSV_VIA_AUTO, &root, NULL), 0);
	assert_int_equal(nsv_root_via(root), NSV_VIA_SETNS);
	fd = nsv_root_open_file(root, "/etc/kept", 0, NULL, NULL);
	assert_int_equal(read(fd, text, 5), 5);
	assert_string_equal(text, "kept\n");
	nsv_root_free(root);
	nsv_target_free(t);
}

/* As another user, without a capability: what kind of refusal is it? */
static int refused_as_nobody(const char *spec)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_target *t = NULL;

	if (setgid(65534) < 0 || setuid(65534) < 0)
		return 1;
	if (open_spec(spec, &t, &e) != -EACCES && e.err != EPERM)
		return 2;
	return strstr(e.msg, "needs root or CAP_SYS_PTRACE over PID") ? 0 : 3;
}

static void a_stranger_is_told_what_is_needed(void **state)
{
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(refused_as_nobody(c->spec));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	nsv_container_stop(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_living_process_is_pinned),
		cmocka_unit_test(another_inode_is_another_process),
		cmocka_unit_test(specs_that_name_nothing_are_refused),
		cmocka_unit_test(a_kernel_thread_has_no_files),
		cmocka_unit_test(names_are_asked_for_last),
		cmocka_unit_test(a_zombie_is_named_as_one),
		cmocka_unit_test(a_dead_main_thread_is_served_by_another),
		cmocka_unit_test(a_reused_pid_is_not_the_target),
		cmocka_unit_test(a_pid_reused_while_it_is_opened_is_noticed),
		cmocka_unit_test(a_namespace_outlives_its_processes),
		cmocka_unit_test(a_stranger_is_told_what_is_needed),
		/* Last: it leaves a thread behind. */
		cmocka_unit_test(a_thread_id_names_its_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
