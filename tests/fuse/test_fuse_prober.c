/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_prober.c - the prober's answers are those of the process that could look itself, and
 * what does not look like an answer is none.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/skip.h"
#include "fuse/daemon/sandbox.h"
#include "fuse/prober/prober.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define MAX_FILES 100000

/* Of a failed check in a child. */
#define WANT(what)                                                             \
	do {                                                                   \
		if (!(what)) {                                                 \
			print_error("%s:%d: %s\n", __FILE__, __LINE__, #what); \
			return 1;                                              \
		}                                                              \
	} while (0)

static int procfs;

static pid_t start_other(void)
{
	pid_t pid;
	int fds[2];
	char byte;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0 || write(fds[1], "", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	nsv_close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	nsv_close(fds[0]);
	return pid;
}

static bool has_process(const struct process_group *g, pid_t pid)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->processes[i].pid == pid)
			return true;
	return false;
}

static int same_group(struct prober *p, pid_t pid, const struct probe_look *look)
{
	struct process_group second = { .mntns = look->mntns, .pid = pid };
	struct process_group first = { .next = &second, .mntns = 1, .pid = -1 };
	struct file_set there = { 0 };

	WANT(prober_find_processes(p, procfs, &first) == 0);
	WANT(first.n == 0 && has_process(&second, pid));
	WANT(prober_scan_processes(p, procfs, &second, &there, MAX_FILES) == 0);
	file_set_clear(&there);
	process_group_clear(&second);
	return 0;
}

static int ask_all(pid_t pid, const struct probe_look *wanted, struct prober *p)
{
	struct probe_list list = { 0 };
	struct probe_look look;

	/* Control: the process itself may not look any more. */
	WANT(prober_look(NULL, procfs, pid, &look) == 0);
	WANT(look.ns_result == -EACCES && look.root_result == -EACCES);
	WANT(prober_look(p, procfs, pid, &look) == 0);
	WANT(!memcmp(&look, wanted, sizeof(look)));
	WANT(prober_look(p, procfs, 0x7fffffff, &look) == 0);
	WANT(look.ns_result == -ENOENT && look.root_result == -ENOENT);
	WANT(prober_scan(p, procfs, true, &list) == 0);
	probe_list_clear(&list);
	return same_group(p, pid, wanted);
}

static int in_sandbox(pid_t pid)
{
	struct probe_look wanted;
	struct prober *p = NULL;
	int r;

	WANT(prober_look(NULL, procfs, pid, &wanted) == 0 && wanted.ns_result == 0);
	WANT(prober_new(procfs, &p) == 0);
	r = sandbox_enter(false, NULL);
	if (r > 0)
		return 77;
	WANT(r == 0);
	r = ask_all(pid, &wanted, p);
	/* It ends though nothing may be killed. */
	(void)prober_free(p);
	return r;
}

static void answers_are_those_of_the_outside(void **state)
{
	pid_t other, child;
	int status;

	if (geteuid() != 0)
		nsv_test_skip("only root makes namespaces here");
	procfs = nsv_procfs_open(NULL);
	other = start_other();
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)alarm(60);
		_exit(in_sandbox(other));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	(void)kill(other, SIGKILL);
	(void)waitpid(other, NULL, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		nsv_test_skip("this kernel has no Landlock, or has it turned off");
	assert_int_equal(status, 0);
}

/* ---- what travels ---- */

/* As probe.c packs a container; the texts follow. */
struct packed {
	struct probe_look look;
	uint64_t start, mntns, utsns;
	int32_t pid;
	uint32_t kind;
	uint32_t lengths[4];
	char texts[8];
};

static int read_packed(const struct packed *packed, size_t size, struct probe_list *list)
{
	/* Of its own, so that a sanitizer sees what is read beyond. */
	char *bytes = malloc(size ? size : 1);

	assert_non_null(bytes);
	memcpy(bytes, packed, size);
	return probe_list_read(bytes, size, list);
}

static void only_what_is_whole_is_believed(void **state)
{
	const size_t size = offsetof(struct packed, texts);
	struct packed good = { .pid = 1, .lengths = { 4, 0, 0, 4 }, .texts = "web\0www" };
	struct packed bad;
	struct probe_list list;

	assert_int_equal(read_packed(&good, size + 8, &list), 0);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.items[0].c.engine, "web");
	assert_string_equal(list.items[0].c.hostname, "www");
	assert_null(list.items[0].c.id);
	probe_list_clear(&list);
	assert_int_equal(read_packed(&good, 0, &list), 0);
	assert_int_equal(list.n, 0);
	probe_list_clear(&list);
	for (size_t cut = 1; cut < size + 8; cut++)
		assert_int_equal(read_packed(&good, cut, &list), -EBADMSG);
	bad = good;
	bad.lengths[3] = 5;
	assert_int_equal(read_packed(&bad, size + 8, &list), -EBADMSG);
	bad = good;
	bad.lengths[0] = UINT32_MAX;
	assert_int_equal(read_packed(&bad, size + 8, &list), -EBADMSG);
	bad = good;
	bad.lengths[0] = 3; /* no end */
	assert_int_equal(read_packed(&bad, size + 7, &list), -EBADMSG);
	bad = good;
	bad.pid = 0;
	assert_int_equal(read_packed(&bad, size + 8, &list), -EBADMSG);
	bad = good;
	bad.kind = NSV_KIND_HOST;
	assert_int_equal(read_packed(&bad, size + 8, &list), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_those_of_the_outside),
		cmocka_unit_test(only_what_is_whole_is_believed),
	};

	return cmocka_run_group_tests_name("fuse_prober", tests, NULL, NULL);
}
