/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_ways.c - more than a hundred ways to change, run or reach something, each tried in a
 * child of its own in the sandbox, as root and in a user namespace. All are refused.
 *
 * Control: the same without the sandbox, which is possible, or fails by another error: the call was
 * looked at. With NSVIEW_WAYS=confined, under a service manager's own filter, there is none.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "fuse/daemon/sandbox.h"
#include "reach/util.h"
#include "ways.h"

#define WAYS_POSSIBLE 70 /* without the sandbox, as root, at least */

static char dir[] = "/tmp/nsv-ways-XXXXXX";
static pid_t victim;

enum outcome {
	POSSIBLE = 0, /* else an errno below 200 */
	NOT_READY = 200,
	NO_SANDBOX,
	ENDED,
};

/* In the child. Mounts and the host's name are its own. */
static int try_one(const struct way *way, bool in_sandbox)
{
	struct prey prey;

	if (unshare(CLONE_NEWNS | CLONE_NEWUTS) == 0)
		(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (ways_open(victim, &prey) < 0)
		return NOT_READY;
	if (in_sandbox && sandbox_enter(false, NULL) != 0)
		return NO_SANDBOX;
	return way->try(&prey) < 0 ? errno : POSSIBLE;
}

static int outcome(const struct way *way, bool in_sandbox)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		const int caught[] = { SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGSYS };
		const struct rlimit no_core = { 0 };

		/* By cmocka. */
		for (size_t i = 0; i < NSV_ARRAY_SIZE(caught); i++)
			(void)signal(caught[i], SIG_DFL);

		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)alarm(20);
		_exit(try_one(way, in_sandbox));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : ENDED;
}

static bool is_refusal(int result)
{
	/* systemd-nspawn's /proc/sys may only be read, which is seen before Landlock. */
	return result == EPERM || result == EACCES || result == ENOSYS || result == EROFS;
}

/* How many of them are not refused, or are refused to all. */
static unsigned try_all(const struct way *ways, size_t n, bool controls, unsigned *possible)
{
	unsigned failed = 0;

	for (size_t i = 0; i < n; i++) {
		int without, with;

		(void)ways_prepare();
		with = outcome(&ways[i], true);
		without = controls ? outcome(&ways[i], false) : POSSIBLE;
		*possible += without == POSSIBLE;
		if (!is_refusal(with)) {
			print_error("%s: %s\n", ways[i].name,
				    with == POSSIBLE ? "possible"
				    : with < 200     ? strerror(with)
						     : "no sandbox");
			failed++;
		}
		if (with == without)
			print_message("%s is refused here to all: %s\n", ways[i].name,
				      strerror(without));
	}
	return failed;
}

static unsigned try_both(bool controls, unsigned *possible)
{
	return try_all(ways_of_files, n_ways_of_files, controls, possible) +
	       try_all(ways_of_others, n_ways_of_others, controls, possible);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static pid_t start_victim(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	return pid;
}

static void end_victim(void)
{
	(void)kill(victim, SIGKILL);
	(void)waitpid(victim, NULL, 0);
}

static bool has_controls(void)
{
	const char *text = getenv("NSVIEW_WAYS");

	return !text || strcmp(text, "confined") != 0;
}

static void skip_where_all_is_allowed(void)
{
	if (geteuid() != 0)
		nsv_test_skip("only root can do what is refused");
}

static void skip_without_landlock(void)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(sandbox_enter(false, NULL) & 0xff);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
		nsv_test_skip("this kernel has no Landlock, or has it turned off");
	assert_int_equal(status, 0);
}

static void no_way_for_root(void **state)
{
	unsigned possible = 0;

	skip_where_all_is_allowed();
	skip_without_landlock();
	victim = start_victim();
	assert_int_equal(try_both(has_controls(), &possible), 0);
	end_victim();
	print_message("%zu ways, %u possible without the sandbox\n",
		      n_ways_of_files + n_ways_of_others, possible);
	assert_true(possible >= WAYS_POSSIBLE);
}

/* All capabilities there, and none on the host. */
static int try_in_userns(void)
{
	unsigned possible = 0;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return 2;
	write_text("/proc/self/setgroups", "deny");
	write_text("/proc/self/uid_map", "0 0 1");
	write_text("/proc/self/gid_map", "0 0 1");
	victim = start_victim();
	if (try_both(true, &possible) || possible < WAYS_POSSIBLE / 2)
		return 3;
	end_victim();
	return 0;
}

static void no_way_in_a_user_namespace(void **state)
{
	pid_t pid;
	int status;

	skip_where_all_is_allowed();
	skip_without_landlock();
	if (!has_controls())
		nsv_test_skip("the service manager allows none");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(try_in_userns());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int go_there(void **state)
{
	nsv_test_mkdtemp(dir);
	return chdir(dir);
}

static int go_back(void **state)
{
	return chdir("/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_way_for_root, go_there, go_back),
		cmocka_unit_test(no_way_in_a_user_namespace),
	};

	return cmocka_run_group_tests_name("fuse_ways", tests, NULL, NULL);
}
