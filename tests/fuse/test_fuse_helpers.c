/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_helpers.c - an ordinary user's helper processes seen from outside: their privileges,
 * their open files, that they can't be traced, and that they always end with the daemon.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/container.h"
#include "fixtures/skip.h"
#include "fuse/owner/owner.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define USER	    65534
#define REQUESTS    20
#define OWN_FDS	    5		       /* a worker's: the standard ones, its socket, procfs */
#define WORKER_CAPS "000000000000000c" /* DAC_READ_SEARCH, FOWNER */
#define NO_CAPS	    "0000000000000000"
#define PATIENCE_MS 20000

/* A stand-in for the daemon, with one container of its user's. */
struct setup {
	struct nsv_test_container *container;
	pid_t daemon, spawner, worker;
};

struct pids {
	pid_t spawner, worker;
};

static pid_t only_child(pid_t pid)
{
	char path[64];
	int child = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(path, "re");
	if (f) {
		char text[32];

		if (fgets(text, sizeof(text), f))
			child = atoi(text);
		(void)fclose(f);
	}
	return child;
}

/* Sends many requests, each with an fd, reports the helpers' PIDs, and stays. */
static _Noreturn void be_daemon(int procfs, int userns, int out)
{
	nsv_autofd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct owner *o = NULL;
	struct owner_ns *ns;
	struct pids pids;
	struct statx st;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setgroups(0, NULL) < 0 || setresgid(USER, USER, USER) < 0 ||
	    setresuid(USER, USER, USER) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    prctl(PR_SET_DUMPABLE, 1) < 0 || owner_new(procfs, &o) < 0)
		_exit(1);
	ns = owner_ns_get(o, userns);
	for (int i = 0; i < REQUESTS; i++)
		if (owner_statx(ns, root, AT_STATX_DONT_SYNC, &st) < 0)
			_exit(2);
	pids = (struct pids){ owner_session(o), only_child(owner_session(o)) };
	if (write(out, &pids, sizeof(pids)) != sizeof(pids))
		_exit(3);
	for (;;)
		(void)pause();
}

static int begin(void **state)
{
	static struct setup s;
	const struct nsv_container_opts opts = { .hostname = "nsv-helpers",
						 .userns = true,
						 .owner = USER };
	nsv_autofd int procfs = nsv_procfs_open(NULL), userns = NSV_FD_NONE;
	struct pids pids;
	char path[64];
	int fds[2];

	s.container = nsv_container_start(&opts);
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)s.container->pid);
	userns = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(userns >= 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	s.daemon = fork();
	assert_true(s.daemon >= 0);
	if (s.daemon == 0)
		be_daemon(procfs, userns, fds[1]);
	nsv_close(fds[1]);
	assert_int_equal(read(fds[0], &pids, sizeof(pids)), sizeof(pids));
	nsv_close(fds[0]);
	s.spawner = pids.spawner;
	s.worker = pids.worker;
	assert_true(s.spawner > 0 && s.worker > 0);
	*state = &s;
	return 0;
}

static int end(void **state)
{
	struct setup *s = *state;

	if (!s)
		return 0;
	if (s->daemon > 0) {
		(void)kill(s->daemon, SIGKILL);
		(void)waitpid(s->daemon, NULL, 0);
	}
	s->container = nsv_container_stop(s->container);
	return 0;
}

static bool status_has(pid_t pid, const char *line)
{
	char path[64], text[256];
	bool found = false;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && !found && fgets(text, sizeof(text), f))
		found = strncmp(text, line, strlen(line)) == 0;
	if (f)
		(void)fclose(f);
	return found;
}

static void they_can_gain_nothing(void **state)
{
	const struct setup *s = *state;
	const pid_t helpers[] = { s->spawner, s->worker };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(helpers); i++) {
		assert_true(status_has(helpers[i], "NoNewPrivs:\t1"));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
		assert_true(status_has(helpers[i], "Seccomp:\t2"));
#endif
		assert_true(status_has(helpers[i], "CapInh:\t" NO_CAPS));
	}
	assert_true(status_has(s->spawner, "CapPrm:\t" NO_CAPS));
	assert_true(status_has(s->worker, "CapPrm:\t" WORKER_CAPS));
	assert_true(status_has(s->worker, "CapEff:\t" WORKER_CAPS));
}

/* By whom its files in /proc are: the process's user, or root where it is not dumpable. */
static uid_t may_look_into(pid_t pid)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	assert_int_equal(stat(path, &st), 0);
	return st.st_uid;
}

static void nobody_looks_into_them(void **state)
{
	const struct setup *s = *state;

	assert_int_equal(may_look_into(s->spawner), 0);
	assert_int_equal(may_look_into(s->worker), 0);
	/* Control. */
	assert_int_equal(may_look_into(s->daemon), USER);
}

static unsigned count_fds(pid_t pid)
{
	char path[64];
	unsigned n = 0;
	DIR *d;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	assert_non_null(d);
	while (readdir(d))
		n++;
	(void)closedir(d);
	return n - 2;
}

/* The fds of the last request may still be open; all others are closed. */
static void what_they_were_handed_is_closed(void **state)
{
	const struct setup *s = *state;

	assert_in_range(count_fds(s->worker), OWN_FDS, OWN_FDS + 2);
	assert_in_range(count_fds(s->spawner), OWN_FDS, OWN_FDS + 3);
}

static bool ends(int pidfd)
{
	struct pollfd fd = { .fd = pidfd, .events = POLLIN };

	return poll(&fd, 1, PATIENCE_MS) == 1;
}

/* Stopped helpers see no end of a socket, like helpers that hang in a container. */
static void they_end_with_the_daemon(void **state)
{
	struct setup *s = *state;
	const pid_t helpers[] = { s->worker, s->spawner };
	int pidfds[NSV_ARRAY_SIZE(helpers)];
	bool ended = true;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(helpers); i++) {
		pidfds[i] = (int)syscall(SYS_pidfd_open, helpers[i], 0);
		assert_true(pidfds[i] >= 0);
		assert_int_equal(kill(helpers[i], SIGSTOP), 0);
	}
	assert_int_equal(kill(s->daemon, SIGKILL), 0);
	assert_int_equal(waitpid(s->daemon, NULL, 0), s->daemon);
	s->daemon = 0;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(helpers); i++) {
		ended = ended && ends(pidfds[i]);
		(void)syscall(SYS_pidfd_send_signal, pidfds[i], SIGKILL, NULL, 0);
		nsv_close(pidfds[i]);
	}
	assert_true(ended);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_can_gain_nothing),
		cmocka_unit_test(nobody_looks_into_them),
		cmocka_unit_test(what_they_were_handed_is_closed),
		cmocka_unit_test(they_end_with_the_daemon),
	};

	return cmocka_run_group_tests_name("fuse_helpers", tests, begin, end);
}
