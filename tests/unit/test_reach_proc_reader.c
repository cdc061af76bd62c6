/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_reach_proc_reader.c - what files of proc(5) depend on, and where in procfs a path leads. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "fixtures/skip.h"
#include "reach/proc_reader.h"
#include "reach/util.h"

static void test_table(void **state)
{
	const unsigned all = NSV_READER_NAMESPACES | NSV_READER_ROOT;
	const struct {
		const char *path;
		unsigned depends;
	} rows[] = {
		{ "sys/net/core/somaxconn", CLONE_NEWNET | CLONE_NEWUSER },
		{ "sys/net", CLONE_NEWNET | CLONE_NEWUSER },
		{ "sys/kernel/shmmax", CLONE_NEWIPC },
		{ "sys/kernel/shm_rmid_forced", CLONE_NEWIPC },
		{ "sys/kernel/sem", CLONE_NEWIPC },
		{ "sys/fs/mqueue/msg_max", CLONE_NEWIPC },
		{ "sys/kernel/hostname", CLONE_NEWUTS },
		{ "sys/kernel/ns_last_pid", NSV_READER_PID },
		{ "sys/kernel", 0 },
		{ "sys/kernel/overflowuid", 0 },
		{ "sys/fs/file-max", 0 },
		{ "sys/user/max_uts_namespaces", CLONE_NEWUSER },
		{ "sys/unheard/of", all },
		{ "sys/network", all },
		{ "sysvipc/shm", CLONE_NEWIPC | CLONE_NEWUSER },
		{ "uptime", CLONE_NEWTIME },
		{ "loadavg", NSV_READER_PID },
		{ "keys", NSV_READER_SELF },
		{ "key-users", CLONE_NEWUSER },
		{ "meminfo", 0 },
		{ "pressure/cpu", 0 },
		{ "unheard-of", all },
		{ "fs/nfs/exports", all },
		{ "1/status", CLONE_NEWUSER },
		{ "1/task/22/status", CLONE_NEWUSER },
		{ "1/stat", CLONE_NEWTIME },
		{ "1/cgroup", CLONE_NEWCGROUP },
		{ "1/net/tcp", CLONE_NEWUSER },
		{ "1/maps", NSV_READER_ROOT },
		{ "1/environ", 0 },
		{ "1/unheard-of", all },
		{ "?", all },
		{ "", all },
	};

	(void)state;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(rows); i++)
		if (nsv_proc_reader(rows[i].path) != rows[i].depends)
			fail_msg("%s: %#x", rows[i].path, nsv_proc_reader(rows[i].path));
	assert_int_equal(nsv_proc_reader_of_name("1/status"), 0);
	assert_int_equal(nsv_proc_reader_of_name("sys/kernel/ns_last_pid"), 0);
	assert_int_equal(nsv_proc_reader_of_name("sys/kernel/hostname"), CLONE_NEWUTS);
}

/* No process differs from itself, but for what is nobody else's. */
static void test_itself(void **state)
{
	nsv_autofd int procfs = open("/proc", O_PATH | O_CLOEXEC);
	nsv_autofd int self = open("/proc/self", O_PATH | O_CLOEXEC);
	const unsigned all = NSV_READER_NAMESPACES | NSV_READER_PID;

	(void)state;
	assert_int_equal(nsv_proc_differs(procfs, self, all), 0);
	assert_int_equal(nsv_proc_differs(procfs, self, all | NSV_READER_SELF), NSV_READER_SELF);
}

static void test_path(void **state)
{
	nsv_autofd int self = open("/proc/self", O_PATH | O_CLOEXEC);
	nsv_autofd int fd = open("/proc/sys/kernel/hostname", O_PATH | O_CLOEXEC);
	nsv_autofree char *within = NULL;
	char *none = NULL;

	(void)state;
	assert_int_equal(nsv_proc_path(self, fd, "/proc/sys/kernel/hostname", &within), 0);
	assert_string_equal(within, "sys/kernel/hostname");
	assert_int_equal(nsv_proc_path(self, fd, "/procs", &none), -ENOENT);
	assert_int_equal(nsv_proc_path(self, fd, "/", &none), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_itself),
		cmocka_unit_test(test_path),
	};

	return cmocka_run_group_tests_name("reach_proc_reader", tests, NULL, NULL);
}
