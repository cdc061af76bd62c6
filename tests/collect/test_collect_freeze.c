/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The race between the look at a cgroup and the freezing: a process is moved in just between, by
 * the callback that tells which processes are the container's.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "collect/freeze.h"
#include "fixtures/skip.h"
#include "reach/procfs.h"
#include "reach/util.h"

struct scene {
	unsigned version;
	char top[256], group[300];
	int procfs, procdir;
	pid_t member, stranger;
	unsigned calls;
	unsigned in_at, out_at; /* at which call the stranger comes and goes; 0: never */
};

static pid_t start_process(void)
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

static void end_process(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static void move(const char *group, pid_t pid)
{
	char path[400];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fprintf(f, "%d", (int)pid);
	assert_int_equal(fclose(f), 0);
}

static bool is_asked(const struct scene *s)
{
	char path[400], text[8];
	nsv_autofd int fd = NSV_FD_NONE;

	(void)snprintf(path, sizeof(path), "%s/%s", s->group,
		       s->version == 2 ? "cgroup.freeze" : "freezer.self_freezing");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(read(fd, text, sizeof(text)) > 0);
	return *text == '1';
}

/* Where the hierarchy is mounted. */
static void find_top(struct scene *s)
{
	char command[128];
	FILE *p;

	(void)snprintf(command, sizeof(command), "findmnt -n %s -o TARGET | head -n 1",
		       s->version == 2 ? "-t cgroup2" : "-t cgroup -O freezer");
	p = popen(command, "r"); /* NOLINT(cert-env33-c,bugprone-command-processor) */
	assert_non_null(p);
	if (!fgets(s->top, sizeof(s->top), p))
		s->top[0] = '\0';
	(void)pclose(p);
	s->top[strcspn(s->top, "\n")] = '\0';
	if (!*s->top)
		nsv_test_skip("no such hierarchy is mounted");
}

static void set_scene(struct scene *s, unsigned version)
{
	char path[32];

	if (geteuid() != 0)
		nsv_test_skip("cgroups are made by root");
	*s = (struct scene){ .version = version, .procdir = NSV_FD_NONE };
	find_top(s);
	(void)snprintf(s->group, sizeof(s->group), "%s/nsview-test-%d", s->top, (int)getpid());
	assert_int_equal(mkdir(s->group, 0755), 0);
	s->procfs = nsv_procfs_open(NULL);
	assert_true(s->procfs >= 0);
	s->member = start_process();
	s->stranger = start_process();
	move(s->group, s->member);
	(void)snprintf(path, sizeof(path), "%d", (int)s->member);
	s->procdir = openat(s->procfs, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(s->procdir >= 0);
}

static void clear_scene(struct scene *s)
{
	end_process(s->member);
	end_process(s->stranger);
	nsv_close(s->procfs);
	nsv_close(s->procdir);
	assert_int_equal(rmdir(s->group), 0);
}

static int members(void *data, pid_t **ret, size_t *ret_n)
{
	struct scene *s = data;
	pid_t *list = malloc(sizeof(*list));

	assert_non_null(list);
	list[0] = s->member;
	*ret = list;
	*ret_n = 1;
	s->calls++;
	if (s->calls == s->in_at)
		move(s->group, s->stranger);
	if (s->calls == s->out_at)
		move(s->top, s->stranger);
	return 0;
}

static int freeze(struct scene *s, struct nsv_frozen **f, struct nsv_error *e)
{
	const struct nsv_freeze_plan plan = { .procfs = s->procfs,
					      .procdir = s->procdir,
					      .seconds = 60,
					      .members = members,
					      .data = s };

	return nsv_freeze(&plan, f, e);
}

static void comes_in(unsigned version)
{
	struct nsv_frozen *f = NULL;
	struct nsv_error e = NSV_ERROR_INIT;
	char name[16];
	struct scene s;

	set_scene(&s, version);
	s.in_at = 1;
	assert_int_equal(freeze(&s, &f, &e), -EBUSY);
	assert_null(f);
	(void)snprintf(name, sizeof(name), "%d", (int)s.stranger);
	assert_non_null(strstr(e.msg, name));
	assert_false(is_asked(&s));
	assert_true(s.calls > 2);
	clear_scene(&s);
}

static void passes_by(unsigned version)
{
	struct nsv_freeze_report report;
	struct nsv_frozen *f = NULL;
	struct nsv_error e = NSV_ERROR_INIT;
	struct scene s;

	/* As a process does that an engine starts in the container. */
	set_scene(&s, version);
	s.in_at = 1;
	s.out_at = 3;
	assert_int_equal(freeze(&s, &f, &e), 0);
	assert_true(is_asked(&s));
	nsv_thaw(f, &report);
	assert_false(is_asked(&s));
	assert_int_equal(report.end, NSV_FREEZE_DONE);
	assert_int_equal(report.version, version);
	assert_true(report.all_stopped);
	assert_true(report.from && report.until >= report.from);
	(void)nsv_frozen_free(f);
	clear_scene(&s);
}

static void forgotten(unsigned version)
{
	struct nsv_frozen *f = NULL;
	struct scene s;

	/* Freed without a thaw of its own. */
	set_scene(&s, version);
	assert_int_equal(freeze(&s, &f, NULL), 0);
	assert_true(is_asked(&s));
	(void)nsv_frozen_free(f);
	assert_false(is_asked(&s));
	clear_scene(&s);
}

#define BOTH(what)                          \
	static void what##_v1(void **state) \
	{                                   \
		(void)state;                \
		what(1);                    \
	}                                   \
	static void what##_v2(void **state) \
	{                                   \
		(void)state;                \
		what(2);                    \
	}

BOTH(comes_in)
BOTH(passes_by)
BOTH(forgotten)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_in_v1),	cmocka_unit_test(comes_in_v2),
		cmocka_unit_test(passes_by_v1), cmocka_unit_test(passes_by_v2),
		cmocka_unit_test(forgotten_v1), cmocka_unit_test(forgotten_v2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
