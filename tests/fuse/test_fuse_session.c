// SPDX-License-Identifier: GPL-2.0-or-later
/* test_fuse_session.c - a hung request delays no other, and the session uses few threads. */
#include "fuse/session/session.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/fuse.h>

#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "fuse/minifs.h"
#include "fuse/session/requests.h"
#include "reach/util.h"

#define MAX_THREADS 24
#define MAX_IDLE    2
#define HUNG	    16 /* more than the kernel lets read ahead at a time if not told otherwise */
#define FILES	    40
#define STUCK_EXIT  7

static char source[64];
static long stuck_us; /* for the next start; 0: the default */

static void fill(const char *name)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", source, name);
	f = fopen(path, "we");
	assert_non_null(f);
	for (int i = 0; i < 2000; i++)
		assert_true(fprintf(f, "%s\n", name) > 0);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	char name[32];

	(void)snprintf(source, sizeof(source), "/tmp/nsview-session.XXXXXX");
	nsv_test_mkdtemp(source);
	for (int i = 0; i < FILES; i++) {
		(void)snprintf(name, sizeof(name), "file%d", i);
		fill(name);
	}
	for (int i = 0; i < HUNG; i++) {
		(void)snprintf(name, sizeof(name), "hang%d", i);
		fill(name);
	}
	return 0;
}

static bool sanitized(const char *by)
{
	const char *s = getenv("NSVIEW_SANITIZE");

	return s && *s && strstr(s, by);
}

/* In the child. */
static int loop(struct fuse_session *se, struct minifs_shared *shared)
{
	struct session_options o = SESSION_OPTIONS_INIT;
	sigset_t set;
	int res;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	o.stop_fd = signalfd(-1, &set, SFD_CLOEXEC);
	o.max_threads = MAX_THREADS;
	o.max_idle = MAX_IDLE;
	o.grace_ms = 300;
	o.stuck_us = stuck_us;
	res = session_run(se, &o);
	nsv_close(o.stop_fd);
	if (res == 1)
		_exit(STUCK_EXIT);
	return res;
}

static void start(struct minifs *fs)
{
	const struct minifs_options options = { .source = source, .min_size = -1, .loop = loop };

	minifs_start(fs, &options);
}

/* The number of bytes, or -errno; all of them are checked. */
static ssize_t read_file(const struct minifs *fs, const char *name)
{
	nsv_autofree char *got = malloc(1 << 16);
	nsv_autofd int fd = NSV_FD_NONE;
	size_t len = strlen(name);
	ssize_t n, all = 0;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", fs->mountpoint, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !got)
		return -errno;
	while ((n = read(fd, got + all, (size_t)((1 << 16) - all))) > 0)
		all += n;
	if (n < 0)
		return -errno;
	for (ssize_t i = 0; i < all; i += (ssize_t)len + 1)
		if (memcmp(got + i, name, len) != 0)
			return -EBADMSG;
	return all;
}

/* Children that read a file that hangs; they answer by their exit status. */
static void read_hung(const struct minifs *fs, unsigned n, pid_t *pids)
{
	for (unsigned i = 0; i < n; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "hang%u", i);
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			nsv_close(fs->let_go);
			_exit(read_file(fs, name) > 0 ? 0 : 1);
		}
	}
	while (atomic_load(&fs->shared->hung) < n)
		(void)sched_yield();
}

static unsigned reap(const pid_t *pids, unsigned n)
{
	unsigned good = 0;

	for (unsigned i = 0; i < n; i++) {
		int status = -1;

		while (waitpid(pids[i], &status, 0) < 0 && errno == EINTR)
			;
		good += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	return good;
}

static long long counter_of(const char *path, const char *field)
{
	char line[256];
	long long value = -1;
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, field, strlen(field)))
			value = strtoll(line + strlen(field), NULL, 10);
	if (f)
		(void)fclose(f);
	return value;
}

static long long threads_of(pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	return counter_of(path, "Threads:");
}

static void read_all(const struct minifs *fs)
{
	char name[32];

	for (int i = 0; i < FILES; i++) {
		(void)snprintf(name, sizeof(name), "file%d", i);
		assert_int_equal(read_file(fs, name), 2000 * (strlen(name) + 1));
	}
}

static void *reader(void *arg)
{
	struct minifs *fs = arg;
	char name[32];

	for (int i = 0; i < FILES * 5; i++) {
		(void)snprintf(name, sizeof(name), "file%d", i % FILES);
		if (read_file(fs, name) != (ssize_t)(2000 * (strlen(name) + 1)))
			return "wrong bytes";
	}
	return NULL;
}

static void test_several_readers(void **state)
{
	pthread_t threads[4];
	struct minifs fs;

	start(&fs);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, &fs), 0);
	for (int i = 0; i < 4; i++) {
		void *trouble;

		assert_int_equal(pthread_join(threads[i], &trouble), 0);
		assert_null(trouble);
	}
	assert_true(threads_of(fs.pid) <= MAX_THREADS + 1 + sanitized("thread"));
	assert_int_equal(minifs_stop(&fs, SIGTERM), 0);
}

/*
 * A client that shares the daemon's processor, and takes it as soon as it is woken, has its next
 * request there before the daemon looks: that is no reason for another thread.
 */
static void test_one_client_needs_one_thread(void **state)
{
	const struct sched_param first = { .sched_priority = 1 }, as_before = { 0 };
	cpu_set_t all, one;
	struct minifs fs;
	struct stat st;
	char path[128];

	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE && !CPU_COUNT(&one); cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	/* Others may keep the processor from the daemon: no request is stuck. */
	stuck_us = 60000000;
	start(&fs);
	stuck_us = 0;
	if (sched_setscheduler(0, SCHED_FIFO, &first) < 0)
		nsv_test_skip("no real-time priority");
	(void)snprintf(path, sizeof(path), "%s/file0", fs.mountpoint);
	for (int i = 0; i < 2000; i++)
		assert_int_equal(stat(path, &st), 0);
	assert_int_equal(sched_setscheduler(0, SCHED_OTHER, &as_before), 0);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	/* The first thread waits for signals. */
	assert_int_equal(threads_of(fs.pid), 2 + sanitized("thread"));
	assert_int_equal(minifs_stop(&fs, SIGTERM), 0);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void test_hung_reads_hold_up_nobody(void **state)
{
	pid_t pids[HUNG];
	struct minifs fs;
	int64_t began;

	start(&fs);
	read_all(&fs);
	read_hung(&fs, HUNG, pids);
	began = now_ms();
	read_all(&fs);
	/* Each request waiting for the manager's look would take 2 ms times 120. */
	if (!sanitized(""))
		assert_true(now_ms() - began < 5000);
	assert_int_equal(atomic_load(&fs.shared->hung), HUNG);
	assert_true(threads_of(fs.pid) <= MAX_THREADS + 1 + sanitized("thread"));
	minifs_let_go(&fs);
	assert_int_equal(reap(pids, HUNG), HUNG);
	read_all(&fs);
	/* One that leads, the manager, and those without work; and the sanitizer's own. */
	began = now_ms();
	while (threads_of(fs.pid) > 2 + MAX_IDLE + (unsigned)sanitized("thread") &&
	       now_ms() - began < 20000)
		(void)sched_yield();
	assert_true(threads_of(fs.pid) <= 2 + MAX_IDLE + (unsigned)sanitized("thread"));
	assert_int_equal(minifs_stop(&fs, SIGTERM), 0);
}

static void test_ends_with_hung_reads(void **state)
{
	pid_t pids[2];
	struct minifs fs;
	int status;

	start(&fs);
	read_hung(&fs, 2, pids);
	status = minifs_stop(&fs, SIGTERM);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), STUCK_EXIT);
	assert_int_equal(reap(pids, 2), 0);
}

static void test_ends_when_unmounted(void **state)
{
	struct minifs fs;

	start(&fs);
	read_all(&fs);
	assert_int_equal(umount2(fs.mountpoint, 0), 0);
	assert_int_equal(minifs_stop(&fs, 0), 0);
}

/* All voluntary context switches of all its threads. */
static long long wakeups(pid_t pid)
{
	char path[320];
	long long sum = 0;
	struct dirent *d;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	assert_non_null(dir);
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/task/%s/status", (int)pid, d->d_name);
		sum += counter_of(path, "voluntary_ctxt_switches:");
	}
	(void)closedir(dir);
	return sum;
}

static void test_sleeps_without_work(void **state)
{
	const struct timespec while_ = { .tv_nsec = 100000000 };
	long long was = -1, is = -2;
	struct minifs fs;

	start(&fs);
	read_all(&fs);
	for (int i = 0; i < 100 && was != is; i++) {
		was = wakeups(fs.pid);
		(void)nanosleep(&while_, NULL);
		is = wakeups(fs.pid);
	}
	/* The sanitizer's own thread doesn't sleep. */
	if (!sanitized("thread"))
		assert_int_equal(was, is);
	read_all(&fs);
	assert_int_equal(minifs_stop(&fs, SIGTERM), 0);
}

/* Whether the request is refused as this process' own or a helper's: it would wait for itself. */
static bool is_own(pid_t asker, uint32_t opcode, pid_t helpers)
{
	struct fuse_in_header in = {
		.len = sizeof(in), .opcode = opcode, .unique = 7, .pid = (uint32_t)asker
	};
	const struct fuse_buf buf = { .size = sizeof(in), .mem = &in };

	return request_is_own(&buf, getpid(), (const pid_t[]){ 0, helpers }, 2);
}

static void *ask_from_thread(void *arg)
{
	*(bool *)arg = is_own(gettid(), FUSE_LOOKUP, 0);
	return NULL;
}

static void test_own_requests_are_known(void **state)
{
	bool of_thread = false;
	pthread_t thread;
	char byte;
	int fds[2];
	pid_t pid;

	assert_true(is_own(getpid(), FUSE_LOOKUP, 0));
	assert_int_equal(pthread_create(&thread, NULL, ask_from_thread, &of_thread), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(of_thread);
	/* These requests expect no answer; PID 0 is a process outside of the PID namespace. */
	assert_false(is_own(getpid(), FUSE_FORGET, 0));
	assert_false(is_own(getpid(), FUSE_RELEASE, 0));
	assert_false(is_own(0, FUSE_LOOKUP, 0));
	assert_false(is_own(getppid(), FUSE_LOOKUP, 0));
	/* A child in a session of its own is a helper, if it is said to be. */
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)setsid();
		(void)!write(fds[1], "", 1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	nsv_close(fds[0]);
	nsv_close(fds[1]);
	assert_false(is_own(pid, FUSE_LOOKUP, 0));
	assert_false(is_own(pid, FUSE_LOOKUP, getsid(0)));
	assert_true(is_own(pid, FUSE_LOOKUP, pid));
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_requests_are_known),
		cmocka_unit_test(test_several_readers),
		cmocka_unit_test(test_one_client_needs_one_thread),
		cmocka_unit_test(test_hung_reads_hold_up_nobody),
		cmocka_unit_test(test_ends_with_hung_reads),
		cmocka_unit_test(test_ends_when_unmounted),
		cmocka_unit_test(test_sleeps_without_work),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
