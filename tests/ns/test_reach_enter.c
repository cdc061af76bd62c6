/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_reach_enter.c - what the helper of the setns route is, holds and gives away: nothing. */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixtures/child.h"

#include <nsview/root.h>
#include <nsview/target.h>

#include "reach/procfs.h"
#include "reach/util.h"

/* The child of this process that is the helper. */
static pid_t helper_pid(void)
{
	nsv_autofree char *line = NULL;
	char path[64];
	size_t size = 0;
	pid_t pid = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	assert_non_null(f);
	if (getline(&line, &size, f) > 0)
		for (char *p = line, *end; *p; p = end) {
			long n = strtol(p, &end, 10);

			if (end == p)
				break;
			pid = (pid_t)n; /* the newest comes last */
		}
	(void)fclose(f);
	return pid;
}

static bool status_says(pid_t pid, const char *line)
{
	char path[64];
	char text[8192];
	nsv_autofd int proc = nsv_procfs_open(NULL);

	(void)snprintf(path, sizeof(path), "%d/status", (int)pid);
	return nsv_read_text(proc, path, text, sizeof(text)) > 0 && strstr(text, line);
}

static unsigned count_fds(pid_t pid, bool *ret_leak)
{
	char path[64];
	struct dirent *entry;
	unsigned n = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char text[256] = "";

		if (entry->d_name[0] == '.')
			continue;
		n++;
		(void)readlinkat(dirfd(dir), entry->d_name, text, sizeof(text) - 1);
		/* All that it may hold: its socket, the host's /proc, the container's root. */
		if (strncmp(text, "socket:", 7) != 0 && strcmp(text, "/proc") != 0 &&
		    strcmp(text, "/") != 0)
			*ret_leak = true;
	}
	(void)closedir(dir);
	return n;
}

static void the_helper_gives_nothing_away(void **state)
{
	nsv_autofd int secret = open("/etc/shadow", O_RDONLY); /* NOLINT: inheritable on purpose */
	struct nsv_test_container *c = nsv_container_start(&(struct nsv_container_opts){ 0 });
	struct nsv_target *t = NULL;
	struct nsv_root *root = NULL;
	char path[64];
	struct stat st;
	bool leak = false;
	pid_t helper;

	assert_true(secret >= 0);
	assert_int_equal(nsv_target_open(c->spec, NULL, NULL, &t, NULL), 0);
	assert_int_equal(nsv_root_open(t, NSV_VIA_SETNS, &root, NULL), 0);
	nsv_close(nsv_root_open_file(root, "/etc/alpine-release", 0, NULL, NULL));
	helper = helper_pid();
	assert_true(helper > 0 && helper != c->pid);
	assert_true(nsv_test_ns_of(helper, "mnt") == nsv_test_ns_of(c->pid, "mnt"));
	assert_true(nsv_test_ns_of(helper, "pid") == nsv_test_ns_of(getpid(), "pid"));
	assert_true(status_says(helper, "\nNoNewPrivs:\t1\n"));
	/* It closes its own fd of what it sent after the answer, so that may take a moment. */
	for (unsigned tries = 0; tries < 100000 && count_fds(helper, &leak) != 3; tries++)
		(void)sched_yield();
	leak = false;
	assert_int_equal(count_fds(helper, &leak), 3);
	assert_false(leak);
	/* Undumpable: what is in its /proc/PID belongs to root, whoever it runs as. */
	(void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)helper);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 0);
	(void)nsv_root_free(root);
	(void)nsv_target_free(t);
	assert_int_equal(kill(helper, 0), -1);
	nsv_container_stop(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_helper_gives_nothing_away),
	};

	return cmocka_run_group_tests_name("reach_enter", tests, NULL, NULL);
}
