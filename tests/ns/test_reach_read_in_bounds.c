/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_read_in_bounds.c - what is not read in a container's namespaces: other than procfs,
 * more than was asked for, for longer than was said.
 */
#include "reach/read_in.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/child.h"
#include "fixtures/forbid.h"
#include "reach/pinned.h"
#include "reach/proc_reader.h"
#include "reach/util.h"

#define SECONDS 60
#define MAX	65536

static struct nsv_test_container *start(void)
{
	return nsv_container_start(&(struct nsv_container_opts){ .hostname = "inside-of-it" });
}

static struct nsv_target *open_target(const struct nsv_test_container *c)
{
	struct nsv_target *t = NULL;

	return nsv_target_open_pid(c->pid, 0, 0, &t, NULL) < 0 ? NULL : t;
}

/* In the host's own /proc. */
static int read_in(const struct nsv_target *t, int namespaces, const char *path, size_t max,
		   unsigned seconds, char **ret_text, size_t *ret_len, struct nsv_error *e)
{
	const struct nsv_in in = {
		.target = t, .root = t->procfs, .depends = (unsigned)namespaces, .seconds = seconds
	};

	return nsv_read_in(&in, path, max, ret_text, ret_len, NULL, e);
}

static int reads(const struct nsv_target *t, int namespaces, const char *path, size_t max,
		 unsigned seconds)
{
	nsv_autofree char *text = NULL;
	size_t len = 0;
	int r = read_in(t, namespaces, path, max, seconds, &text, &len, NULL);

	assert_true(r < 0 ? !text : text && text[len] == '\0');
	return r < 0 ? r : (int)len;
}

static void nothing_but_procfs_is_read(void **state)
{
	struct nsv_test_container *c = start();
	struct nsv_target *t = open_target(c);
	const size_t len = strlen("inside-of-it\n");
	char *text = NULL;
	size_t text_len;

	assert_non_null(t);
	assert_int_equal(reads(t, CLONE_NEWUTS, "sys/kernel/hostname", len, SECONDS), len);
	assert_int_equal(reads(t, CLONE_NEWUTS, "sys/kernel/hostname", len - 1, SECONDS), -E2BIG);
	assert_int_equal(reads(t, CLONE_NEWUTS, "sys/kernel/none", MAX, SECONDS), -ENOENT);
	assert_int_equal(reads(t, CLONE_NEWUTS, "sys/kernel", MAX, SECONDS), -EISDIR);
	assert_int_equal(reads(t, CLONE_NEWUTS, "../etc/passwd", MAX, SECONDS), -ENOENT);
	assert_int_equal(reads(t, CLONE_NEWUTS, "/etc/passwd", MAX, SECONDS), -ENOENT);
	assert_int_equal(reads(t, CLONE_NEWUTS, "self/root/etc/passwd", MAX, SECONDS), -ELOOP);
	/* Below the container's root there is more. */
	assert_int_equal(
	    nsv_read_in(&(struct nsv_in){ .target = t, .root = t->root, .seconds = SECONDS },
			"/etc/passwd", MAX, &text, &text_len, NULL, NULL),
	    -EXDEV);
	assert_int_equal(reads(t, CLONE_NEWNS, "uptime", MAX, SECONDS), -EINVAL);
	assert_int_equal(reads(t, NSV_READER_PID, "uptime", MAX, SECONDS), -EINVAL);
	assert_int_equal(reads(t, CLONE_NEWUTS, "uptime", NSV_READ_IN_MAX + 1, SECONDS), -EINVAL);
	nsv_container_stop(c);
	assert_int_equal(reads(t, CLONE_NEWUTS, "sys/kernel/hostname", MAX, SECONDS), -ESRCH);
	nsv_target_free(t);
}

static int what_hangs(const struct nsv_test_container *c)
{
	struct nsv_target *t = open_target(c);
	nsv_autofd int listener = nsv_test_hang(SYS_openat2);
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC };
	pid_t plain;

	if (!t || listener < 0)
		return 1;
	/* Control: a plain reader is still at it when the bounded one has given up. */
	plain = fork();
	if (plain == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(syscall(SYS_openat2, AT_FDCWD, "/proc/uptime", &how, sizeof(how)) < 0);
	}
	if (reads(t, CLONE_NEWUTS, "sys/kernel/hostname", MAX, 1) != -ETIMEDOUT)
		return 2;
	if (waitpid(plain, NULL, WNOHANG) != 0)
		return 3;
	(void)kill(plain, SIGKILL);
	(void)waitpid(plain, NULL, 0);
	/* No helper is left. */
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? 0 : 4;
}

static void what_hangs_is_given_up(void **state)
{
	struct nsv_test_container *c = start();

	nsv_test_in_child(what_hangs, c);
	nsv_container_stop(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_but_procfs_is_read),
		cmocka_unit_test(what_hangs_is_given_up),
	};

	return cmocka_run_group_tests_name("reach_read_in_bounds", tests, NULL, NULL);
}
