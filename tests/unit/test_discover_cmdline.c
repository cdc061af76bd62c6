/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_discover_cmdline.c - command lines that are read, and some that never come: a FIFO without a
 * writer stands for a process that keeps its memory locked, as an open(2) of it waits likewise.
 * That such a process can be made at all is shown in tests/hostile/stuck.sh.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/skip.h"

#include "discover/cmdline.h"
#include "fixtures/tmp.h"
#include "reach/util.h"

#define STUCK_MAX 16 /* of those that do not answer, no more are waited for */

struct proc {
	char dir[32];
	int fd;
};

static int setup(void **state)
{
	static struct proc proc;
	nsv_autofd int fd = NSV_FD_NONE;

	(void)snprintf(proc.dir, sizeof(proc.dir), "/tmp/nsview-cmdline-XXXXXX");
	nsv_test_mkdtemp(proc.dir);
	proc.fd = open(proc.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(proc.fd, "1", 0755) < 0 || mkdirat(proc.fd, "2", 0755) < 0 ||
	    mkfifoat(proc.fd, "2/cmdline", 0600) < 0)
		return -1;
	fd = openat(proc.fd, "1/cmdline", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	*state = &proc;
	/* A reader that does not give up ends the test. */
	(void)alarm(40);
	return write(fd, "a\0b", 4) == 4 ? 0 : -1;
}

static int teardown(void **state)
{
	const struct proc *proc = *state;

	nsv_close(proc->fd);
	/* No helper stays. */
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? 0 : -1;
}

static void reads_well(struct nsv_cmdlines *c)
{
	char text[16] = "";

	assert_int_equal(nsv_cmdline_read(c, "1", text, sizeof(text)), 4);
	assert_memory_equal(text, "a\0b", 4);
}

static void a_command_line_is_read(void **state)
{
	const struct proc *proc = *state;
	struct nsv_cmdlines c = NSV_CMDLINES_INIT(proc->fd);
	char text[16] = "xxxxx";

	reads_well(&c);
	/* No more than there is room for. */
	assert_int_equal(nsv_cmdline_read(&c, "1", text, 2), 2);
	assert_memory_equal(text, "a\0xxx", 5);
	assert_int_equal(nsv_cmdline_read(&c, "3", text, sizeof(text)), -ENOENT);
	assert_int_equal(nsv_cmdline_read(&c, "1", text, NSV_CMDLINE_MAX + 1), -E2BIG);
	reads_well(&c);
	nsv_cmdlines_done(&c);
}

static void a_hung_process_is_given_up(void **state)
{
	const struct proc *proc = *state;
	struct nsv_cmdlines c = NSV_CMDLINES_INIT(proc->fd);
	char text[16];

	for (int i = 0; i < 2; i++) {
		assert_int_equal(nsv_cmdline_read(&c, "2", text, sizeof(text)), -ETIMEDOUT);
		/* Others are read after it. */
		reads_well(&c);
	}
	nsv_cmdlines_done(&c);
	assert_int_equal(c.helper.pid, 0);
}

static void many_hung_processes_cost_little(void **state)
{
	const struct proc *proc = *state;
	struct nsv_cmdlines c = NSV_CMDLINES_INIT(proc->fd);
	char text[16];

	for (int i = 0; i < STUCK_MAX; i++)
		assert_int_equal(nsv_cmdline_read(&c, "2", text, sizeof(text)), -ETIMEDOUT);
	/* From then on nobody is asked, nor a helper started. */
	assert_int_equal(nsv_cmdline_read(&c, "1", text, sizeof(text)), -ETIMEDOUT);
	assert_int_equal(c.helper.pid, 0);
	nsv_cmdlines_done(&c);
}

/* A pipe of the caller's has ended when the caller has closed it. */
static void the_helper_keeps_nothing_open(void **state)
{
	const struct proc *proc = *state;
	struct nsv_cmdlines c = NSV_CMDLINES_INIT(proc->fd);
	struct pollfd end = { .events = POLLIN };
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	reads_well(&c);
	assert_true(c.helper.pid > 0);
	nsv_close(ends[1]);
	end.fd = ends[0];
	assert_int_equal(poll(&end, 1, 10000), 1);
	nsv_close(ends[0]);
	nsv_cmdlines_done(&c);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_command_line_is_read),
		T(a_hung_process_is_given_up),
		T(many_hung_processes_cost_little),
		T(the_helper_keeps_nothing_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
