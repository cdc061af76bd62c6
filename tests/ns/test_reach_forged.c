/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_forged.c - /proc/self means the target's process, and nobody once the target is gone
 * or the /proc that is seen there lies. The control shows that a plain reader believes the lie.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/skip.h"

#include "fixtures/tmp.h"
#include "reach/resolve.h"
#include "reach/util.h"

static const char *const self_paths[] = { "/proc/self/status", "/proc/thread-self/status" };

/* Another process than the one that looks: our parent. */
static struct nsv_proc read_parent(int procfs)
{
	struct nsv_proc p;
	char name[16];

	(void)snprintf(name, sizeof(name), "%d", (int)getppid());
	assert_int_equal(nsv_proc_read(procfs, name, &p), 0);
	return p;
}

static int resolve_self(const struct nsv_proc *self, const char *path, bool walk,
			char **ret_canonical)
{
	nsv_autofd int procfs = nsv_procfs_open(NULL);
	nsv_autofd int host = open("/", O_PATH | O_CLOEXEC);
	const struct nsv_confine c = {
		.root = host, .procfs = procfs, .self = self, .no_openat2 = walk
	};

	return nsv_resolve(&c, path, false, ret_canonical, NULL);
}

static void self_means_the_target(void **state)
{
	nsv_autofd int procfs = nsv_procfs_open(NULL);
	struct nsv_proc parent = read_parent(procfs);
	char expected[64];

	(void)snprintf(expected, sizeof(expected), "/proc/%d/status", (int)getppid());
	for (int walk = 0; walk <= 1; walk++) {
		nsv_autofree char *canonical = NULL;
		nsv_autofd int fd = resolve_self(&parent, self_paths[0], walk, &canonical);

		assert_true(fd >= 0);
		assert_string_equal(canonical, expected);
	}
}

static void self_is(const struct nsv_proc *self, int expected)
{
	for (size_t i = 0; i < 2 * NSV_ARRAY_SIZE(self_paths); i++) {
		nsv_autofree char *canonical = NULL;
		nsv_autofd int fd = resolve_self(self, self_paths[i / 2], i % 2, &canonical);

		assert_int_equal(fd < 0 ? fd : 0, expected);
	}
}

/* What the target was pinned as is not what its number stands for now. */
static void self_is_nobody_once_the_pid_is_anothers(void **state)
{
	nsv_autofd int procfs = nsv_procfs_open(NULL);
	const struct nsv_proc now = read_parent(procfs);
	struct nsv_proc other = now;

	self_is(&now, 0);
	other.start++;
	self_is(&other, -ENOENT);
	/* It was in a PID namespace below, where it had a number that no process has here. */
	other = now;
	other.tgids[other.levels++] = INT32_MAX - 1;
	self_is(&other, -ENOENT);
}

/*
 * In a mount namespace of its own, which is gone with the process: @lie lies over a file of our
 * parent, and tells of @claimed. 0, or the step that failed.
 */
static int lie_is_noticed(const char *file, const char *lie, const struct nsv_proc *claimed)
{
	nsv_autofd int procfs = NSV_FD_NONE;
	nsv_autofree char *canonical = NULL;
	nsv_autofd int fd = NSV_FD_NONE;
	struct nsv_proc seen;
	char path[64], name[16];

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 1;
	procfs = nsv_procfs_open(NULL);
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)getppid(), file);
	if (mount(lie, path, NULL, MS_BIND, NULL) < 0)
		return 2;
	/* Control: who only reads is told what the container wants. */
	(void)snprintf(name, sizeof(name), "%d", (int)getppid());
	if (nsv_proc_read(procfs, name, &seen) < 0 || seen.start != claimed->start ||
	    seen.levels != claimed->levels)
		return 3;
	fd = resolve_self(claimed, self_paths[0], false, &canonical);
	return fd == -ENOENT ? 0 : 4;
}

static void write_lies(const char *dir, const struct nsv_proc *claimed)
{
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/stat", dir);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fprintf(f, "%d (lie) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 %llu 0 0\n",
			    (int)claimed->tgids[0], (unsigned long long)claimed->start) > 0);
	assert_int_equal(fclose(f), 0);
	(void)snprintf(path, sizeof(path), "%s/status", dir);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fprintf(f, "Name:\tlie\nNStgid:\t%d\t7\nNSpid:\t%d\t7\n",
			    (int)claimed->tgids[0], (int)claimed->tgids[0]) > 0);
	assert_int_equal(fclose(f), 0);
}

static int status_of(pid_t child)
{
	int status;

	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* The target has ended, another process has its number, and the container wants it to be the one.
 */
static void a_file_over_its_files_is_noticed(void **state)
{
	static const char *const files[] = { "stat", "status" };
	nsv_autofd int procfs = nsv_procfs_open(NULL);
	char dir[] = "/tmp/nsview-lie-XXXXXX", lie[sizeof(dir) + 8], name[16];
	struct nsv_proc claimed[2];

	if (geteuid() != 0)
		nsv_test_skip("a mount namespace needs root");
	nsv_test_mkdtemp(dir);
	(void)snprintf(name, sizeof(name), "%d", (int)getpid());
	assert_int_equal(nsv_proc_read(procfs, name, &claimed[0]), 0);
	claimed[1] = claimed[0];
	claimed[0].start += 12345;
	claimed[1].levels = 2;
	claimed[1].tgids[1] = claimed[1].tids[1] = 7;
	write_lies(dir, &claimed[0]);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(files); i++) {
		pid_t child = fork();

		(void)snprintf(lie, sizeof(lie), "%s/%s", dir, files[i]);
		if (child == 0)
			_exit(lie_is_noticed(files[i], lie, &claimed[i]));
		assert_int_equal(status_of(child), 0);
	}
}

/* A FIFO, which would keep a plain reader waiting, or not, but is never what it should be. */
static int a_fifo_is_noticed(const char *file, const char *fifo, const struct nsv_proc *self)
{
	nsv_autofree char *canonical = NULL;
	nsv_autofd int fd = NSV_FD_NONE;
	char path[64];

	(void)alarm(30);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 1;
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)getppid(), file);
	if (mount(fifo, path, NULL, MS_BIND, NULL) < 0)
		return 2;
	fd = resolve_self(self, self_paths[0], false, &canonical);
	return fd == -ENOENT ? 0 : 3;
}

static void a_fifo_over_its_files_is_noticed(void **state)
{
	static const char *const files[] = { "stat", "status" };
	nsv_autofd int procfs = nsv_procfs_open(NULL);
	char dir[] = "/tmp/nsview-lie-XXXXXX", fifo[sizeof(dir) + 8];
	struct nsv_proc self;
	char name[16];

	if (geteuid() != 0)
		nsv_test_skip("a mount namespace needs root");
	nsv_test_mkdtemp(dir);
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	(void)snprintf(name, sizeof(name), "%d", (int)getpid());
	assert_int_equal(nsv_proc_read(procfs, name, &self), 0);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(files); i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(a_fifo_is_noticed(files[i], fifo, &self));
		assert_int_equal(status_of(child), 0);
	}
}

/* With a self/fd/N that somebody made. */
static void a_reopened_file_is_the_very_one(void **state)
{
	char dir[] = "/tmp/nsview-forged-XXXXXX";
	nsv_autofd int fd = open("/etc/passwd", O_PATH | O_CLOEXEC);
	nsv_autofd int procfs = NSV_FD_NONE;
	char link[32];
	struct stat st;

	nsv_test_mkdtemp(dir);
	procfs = open(dir, O_PATH | O_CLOEXEC);
	assert_int_equal(mkdirat(procfs, "self", 0755), 0);
	assert_int_equal(mkdirat(procfs, "self/fd", 0755), 0);
	(void)snprintf(link, sizeof(link), "self/fd/%d", fd);
	assert_int_equal(symlinkat("/etc/group", procfs, link), 0);
	/* Control: it opens well, as something else. */
	assert_int_equal(fstatat(procfs, link, &st, 0), 0);
	assert_int_equal(nsv_reopen_through(procfs, fd, false, NULL, NULL), -ESTALE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(self_means_the_target),
		cmocka_unit_test(self_is_nobody_once_the_pid_is_anothers),
		cmocka_unit_test(a_file_over_its_files_is_noticed),
		cmocka_unit_test(a_fifo_over_its_files_is_noticed),
		cmocka_unit_test(a_reopened_file_is_the_very_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
