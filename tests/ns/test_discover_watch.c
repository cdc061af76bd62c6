/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_discover_watch.c - containers that come and go, told by events and by polling alike. Other
 * tests' containers come and go meanwhile: each test looks for its own.
 */
#include "fixtures/container.h"

#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <nsview/watch.h>

#include "discover/watch/watch.h"
#include "reach/util.h"

#define NAMED	 (NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES)
#define PATIENCE 20000 /* ms; a test that waits so long fails */

static struct nsv_watch *start(bool existing, bool events)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_watch *w = NULL;

	if (nsv_watch_open(NAMED, existing, 50, events, &w, &e) < 0)
		fail_msg("%s", e.msg);
	return w;
}

/* The next change of the container with this lead; its name into @name. */
static enum nsv_watch_kind next_of(struct nsv_watch *w, pid_t pid, char name[80])
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_watch_event change = { .size = sizeof(change) };
	int r;

	while ((r = nsv_watch_next(w, PATIENCE, &change, &e)) != 0) {
		if (r < 0)
			fail_msg("%s", e.msg);
		if (change.container->pid != pid)
			continue;
		(void)snprintf(name, 80, "%s", change.name ? change.name : "");
		return change.kind;
	}
	fail_msg("nothing is told of PID %d", (int)pid);
	return NSV_WATCH_WENT;
}

static void expect(struct nsv_watch *w, pid_t pid, enum nsv_watch_kind kind, const char *wanted)
{
	char name[80] = "";

	assert_int_equal(next_of(w, pid, name), kind);
	if (wanted)
		assert_string_equal(name, wanted);
}

static void come_and_go(bool events)
{
	struct nsv_watch *w = start(false, events);
	struct nsv_test_container *c;
	char name[80];
	pid_t pid;

	(void)snprintf(name, sizeof(name), "watch%d", (int)getpid());
	c = nsv_container_start(&(struct nsv_container_opts){ .hostname = name });
	pid = c->pid;
	expect(w, pid, NSV_WATCH_CAME, name);
	nsv_container_stop(c);
	expect(w, pid, NSV_WATCH_WENT, name);
	nsv_watch_free(w);
}

static void containers_come_and_go_by_events(void **state)
{
	struct nsv_watch *w = start(false, true);
	bool has = nsv_watch_has_events(w);

	nsv_watch_free(w);
	if (!has)
		nsv_test_skip("no process events here");
	come_and_go(true);
}

static void containers_come_and_go_by_polling(void **state)
{
	struct nsv_watch *w = start(false, false);

	assert_false(nsv_watch_has_events(w));
	nsv_watch_free(w);
	come_and_go(false);
}

static void running_containers_come_first(void **state)
{
	struct nsv_test_container *c =
	    nsv_container_start(&(struct nsv_container_opts){ .hostname = "first" });
	struct nsv_watch *w = start(true, true), *other = start(false, true);
	pid_t pid = c->pid;

	expect(w, pid, NSV_WATCH_CAME, "first");
	nsv_container_stop(c);
	expect(w, pid, NSV_WATCH_WENT, "first");
	/* Who did not ask for them is told of their end alone. */
	expect(other, pid, NSV_WATCH_WENT, "first");
	nsv_watch_free(w);
	nsv_watch_free(other);
}

static void the_fd_is_readable_when_a_container_comes(void **state)
{
	struct nsv_watch *w = start(false, true);
	struct nsv_test_container *c;
	struct nsv_watch_event change = { .size = sizeof(change) };
	bool came = false;
	pid_t pid;

	c = nsv_container_start(&(struct nsv_container_opts){ .hostname = "polled" });
	pid = c->pid;
	while (!came) {
		struct pollfd p = { nsv_watch_fd(w), POLLIN, 0 };

		assert_int_equal(poll(&p, 1, PATIENCE), 1);
		while (nsv_watch_next(w, 0, &change, NULL) == 1)
			came = came || change.container->pid == pid;
	}
	nsv_container_stop(c);
	nsv_watch_free(w);
}

/* Inside: forks a process that lives on, tells its PID, and ends when told to. */
struct survivor {
	int tell[2], end[2];
};

static int run_survivor(void *data)
{
	struct survivor *s = data;
	char byte;
	pid_t child = fork();

	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, 0);
		for (;;)
			(void)pause();
	}
	if (write(s->tell[1], &child, sizeof(child)) != sizeof(child))
		return 1;
	return read(s->end[0], &byte, 1) == 1 ? 0 : 1;
}

static void a_group_outlives_its_lead(void **state)
{
	struct survivor s = { { -1, -1 }, { -1, -1 } };
	struct nsv_watch *w;
	struct nsv_test_container *c, *later;
	struct nsv_watch_event change = { .size = sizeof(change) };
	pid_t lead, child = 0;

	assert_int_equal(pipe(s.tell), 0);
	assert_int_equal(pipe(s.end), 0);
	w = start(false, true);
	c = nsv_container_start(&(struct nsv_container_opts){
	    .hostname = "living", .share_pid = true, .run = run_survivor, .data = &s });
	lead = c->pid;
	assert_int_equal(read(s.tell[0], &child, sizeof(child)), sizeof(child));
	expect(w, lead, NSV_WATCH_CAME, "living");

	assert_int_equal(write(s.end[1], "x", 1), 1);
	(void)nsv_container_wait(c);
	later = nsv_container_start(&(struct nsv_container_opts){ .hostname = "later" });
	do {
		assert_int_equal(nsv_watch_next(w, PATIENCE, &change, NULL), 1);
		if (change.container->pid == lead)
			fail_msg("gone, although a process of it lives");
	} while (change.container->pid != later->pid);

	(void)kill(child, SIGKILL);
	expect(w, lead, NSV_WATCH_WENT, "living");
	nsv_container_stop(later);
	nsv_container_stop(c);
	nsv_watch_free(w);
	for (int i = 0; i < 2; i++) {
		nsv_close(s.tell[i]);
		nsv_close(s.end[i]);
	}
}

/* Inside: a service with mounts of its own, as a system container has them. */
static int run_service(void *data)
{
	pid_t child = fork();

	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNS))
			_exit(1);
	}
	for (;;)
		(void)pause();
}

static void a_service_inside_is_not_reported(void **state)
{
	struct nsv_watch *w = start(false, true);
	struct nsv_test_container *c = nsv_container_start(
	    &(struct nsv_container_opts){ .hostname = "system", .run = run_service });
	struct nsv_test_container *later;
	struct nsv_watch_event change = { .size = sizeof(change) };
	pid_t pid = c->pid;
	int told = 0;

	expect(w, pid, NSV_WATCH_CAME, "system");
	later = nsv_container_start(&(struct nsv_container_opts){ .hostname = "later" });
	do {
		assert_int_equal(nsv_watch_next(w, PATIENCE, &change, NULL), 1);
		told += change.name && !strcmp(change.name, "system");
	} while (change.container->pid != later->pid);
	assert_int_equal(told, 0);
	nsv_container_stop(later);
	nsv_container_stop(c);
	expect(w, pid, NSV_WATCH_WENT, "system");
	nsv_watch_free(w);
}

static size_t count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	(void)closedir(d);
	return n;
}

/* The least that is a container: a mount namespace and another root. */
static pid_t spawn_small(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNS) || chroot("/usr"))
		_exit(1);
	for (;;)
		(void)pause();
}

#define BATCH 50

static void expect_all(struct nsv_watch *w, const pid_t *pids, enum nsv_watch_kind kind)
{
	struct nsv_watch_event change = { .size = sizeof(change) };

	for (size_t n = 0; n < BATCH;) {
		assert_int_equal(nsv_watch_next(w, PATIENCE, &change, NULL), 1);
		for (size_t i = 0; i < BATCH; i++)
			n += change.kind == kind && change.container->pid == pids[i];
	}
}

static void many_containers_leak_nothing(void **state)
{
	const char *many = getenv("NSVIEW_TEST_MANY");
	size_t total = many ? strtoul(many, NULL, 10) : 200, fds;
	struct nsv_watch *w = start(false, true);
	pid_t pids[BATCH];

	fds = count_fds();
	for (size_t done = 0; done < total; done += BATCH) {
		for (size_t i = 0; i < BATCH; i++)
			pids[i] = spawn_small();
		expect_all(w, pids, NSV_WATCH_CAME);
		for (size_t i = 0; i < BATCH; i++)
			(void)kill(pids[i], SIGKILL);
		expect_all(w, pids, NSV_WATCH_WENT);
		for (size_t i = 0; i < BATCH; i++)
			(void)waitpid(pids[i], NULL, 0);
	}
	assert_in_range(count_fds(), 1, fds + 20); /* others' containers hold some */
	nsv_watch_free(w);
}

static void a_user_polls(void **state)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		struct nsv_watch_options options = NSV_WATCH_OPTIONS_INIT;
		struct nsv_watch *w = NULL;

		options.existing = true;
		if (setgid(65534) || setuid(65534))
			_exit(2);
		if (nsv_watch_new(&options, &w, NULL) < 0)
			_exit(3);
		nsv_watch_free(w);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void no_change_returns_0(void **state)
{
	struct nsv_watch *w = start(false, false);
	struct nsv_watch_event change = { .size = sizeof(change) };
	int r;

	while ((r = nsv_watch_next(w, 0, &change, NULL)) == 1)
		;
	assert_int_equal(r, 0);
	nsv_watch_free(w);
	assert_null(nsv_watch_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(containers_come_and_go_by_events),
		cmocka_unit_test(containers_come_and_go_by_polling),
		cmocka_unit_test(running_containers_come_first),
		cmocka_unit_test(the_fd_is_readable_when_a_container_comes),
		cmocka_unit_test(a_group_outlives_its_lead),
		cmocka_unit_test(a_service_inside_is_not_reported),
		cmocka_unit_test(many_containers_leak_nothing),
		cmocka_unit_test(a_user_polls),
		cmocka_unit_test(no_change_returns_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
