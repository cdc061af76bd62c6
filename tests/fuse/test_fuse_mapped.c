/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_fuse_mapped.c - which files of which processes count as possibly written to. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/container.h"
#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "fuse/coherence/mapped.h"
#include "fuse/coherence/mapped_scan.h"
#include "fuse/tree/tree.h"
#include "reach/procfs.h"
#include "reach/util.h"
#include "record.h"

#define MAX 1000

static char folder[] = "/tmp/nsv-mapped-XXXXXX";
static int procfs;

static int begin(void **state)
{
	nsv_test_mkdtemp(folder);
	procfs = nsv_procfs_open(NULL);
	return procfs < 0;
}

static int end(void **state)
{
	nsv_close_p(&procfs);
	return 0;
}

static int make(const char *name, int flags, uint64_t *ret_ino, uint32_t *ret_dev)
{
	char path[128];
	struct statx st;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 8192), 0);
	assert_int_equal(statx(fd, "", AT_EMPTY_PATH, STATX_INO, &st), 0);
	*ret_ino = st.stx_ino;
	*ret_dev = container_dev(&st);
	nsv_close(fd);
	fd = open(path, flags | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static bool scan_has(const struct process *p, uint64_t ino, uint32_t dev)
{
	struct file_set set = { 0 };
	bool has = false;

	assert_int_equal(mapped_scan_process(procfs, p, &set, MAX), 0);
	for (size_t i = 0; i < set.n; i++)
		has |= set.ids[i].ino == ino && (set.ids[i].dev == dev || !set.ids[i].dev);
	file_set_clear(&set);
	return has;
}

static void what_may_be_written(void **state)
{
	static const struct {
		const char *name;
		int flags, share, prot;
		bool keeps_fd, found;
	} cases[] = {
		{ "written", O_RDWR, MAP_SHARED, PROT_READ | PROT_WRITE, false, true },
		/* Writable by mprotect(2) at any time. */
		{ "shared", O_RDWR, MAP_SHARED, PROT_READ, false, true },
		{ "private", O_RDWR, MAP_PRIVATE, PROT_READ | PROT_WRITE, false, false },
		{ "open", O_RDWR, 0, 0, true, true },
		{ "appended to", O_WRONLY | O_APPEND, 0, 0, true, true },
		{ "read", O_RDONLY, 0, 0, true, false },
		{ "a\nb rw-s 1 1:1 1 ", O_RDONLY, MAP_PRIVATE, PROT_READ, false, false },
	};
	const struct process me = { getpid(), getpid() };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(cases); i++) {
		void *p = NULL;
		uint64_t ino;
		uint32_t dev;
		int fd = make(cases[i].name, cases[i].flags, &ino, &dev);

		if (cases[i].share)
			p = mmap(NULL, 8192, cases[i].prot, cases[i].share, fd, 0);
		assert_ptr_not_equal(p, MAP_FAILED);
		if (!cases[i].keeps_fd)
			nsv_close_p(&fd);
		if (scan_has(&me, ino, dev) != cases[i].found)
			fail_msg("%s: %sfound", cases[i].name, cases[i].found ? "not " : "");
		if (p)
			(void)munmap(p, 8192);
		nsv_close(fd);
		assert_false(scan_has(&me, ino, dev));
	}
}

static void bounds_and_ends(void **state)
{
	const struct process me = { getpid(), getpid() };
	struct process gone = { 0 };
	struct file_set set = { 0 };
	uint64_t ino;
	uint32_t dev;
	int fd = make("one", O_RDWR, &ino, &dev);

	assert_int_equal(mapped_scan_process(procfs, &me, &set, 0), -EOVERFLOW);
	nsv_close(fd);
	gone.pid = fork();
	assert_true(gone.pid >= 0);
	if (gone.pid == 0)
		_exit(0);
	gone.tid = gone.pid;
	/* A zombie, and then no process. */
	assert_int_equal(waitid(P_PID, (id_t)gone.pid, NULL, WEXITED | WNOWAIT), 0);
	assert_int_equal(mapped_scan_process(procfs, &gone, &set, MAX), 0);
	assert_int_equal(waitpid(gone.pid, NULL, 0), gone.pid);
	assert_int_equal(mapped_scan_process(procfs, &gone, &set, MAX), 0);
	assert_int_equal(set.n, 0);
	file_set_clear(&set);
}

static void *wait_for_ever(void *arg)
{
	const int *fd = arg;

	(void)write(*fd, "x", 1);
	for (;;)
		(void)pause();
	return NULL;
}

static int leave_the_main_thread(void *data)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, wait_for_ever, data) != 0)
		return 1;
	(void)syscall(SYS_exit, 0);
	return 0;
}

static bool has(const struct process_group *g, pid_t pid)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->processes[i].pid == pid)
			return true;
	return false;
}

/* By the mount namespace, the PID namespace, and by a thread where the first has ended. */
static void processes_are_found(void **state)
{
	int ready[2];
	struct nsv_container_opts plain = { .hostname = "nsv-mapped" };
	struct nsv_container_opts threads = { .hostname = "nsv-mapped-thread",
					      .run = leave_the_main_thread,
					      .data = &ready[1] };
	struct nsv_test_container *a, *b;
	struct process_group groups[2] = { { .next = &groups[1] } };
	char command[128], byte;
	struct stat st;

	if (geteuid() != 0)
		nsv_test_skip("only root makes containers");
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	a = nsv_container_start(&plain);
	b = nsv_container_start(&threads);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)snprintf(command, sizeof(command), "/proc/%d/ns/mnt", a->pid);
	assert_int_equal(stat(command, &st), 0);
	groups[0].mntns = st.st_ino;
	groups[0].pid = a->pid;
	groups[1].pid = b->pid;
	/* The main thread's end, after the other said that it runs, is waited for. */
	(void)snprintf(command, sizeof(command), "/proc/%d/task/%d/ns/mnt", b->pid, b->pid);
	while (stat(command, &st) == 0)
		groups[1].mntns = st.st_ino;
	if (!groups[1].mntns) {
		(void)snprintf(command, sizeof(command),
			       "stat -Lc %%i /proc/%d/task/*/ns/mnt 2>/dev/null", b->pid);
		FILE *out = popen(command, "r");

		assert_non_null(out);
		assert_int_equal(fscanf(out, "%lu", &groups[1].mntns), 1);
		(void)pclose(out);
	}
	assert_int_equal(mapped_find_processes(procfs, groups), 0);
	assert_true(has(&groups[0], a->pid));
	assert_false(has(&groups[0], b->pid));
	assert_true(has(&groups[1], b->pid));
	assert_false(has(&groups[1], a->pid));
	assert_false(has(&groups[0], getpid()) || has(&groups[1], getpid()));
	for (size_t i = 0; i < groups[1].n; i++)
		assert_true(groups[1].processes[i].tid != groups[1].processes[i].pid ||
			    groups[1].processes[i].pid != b->pid);
	process_group_clear(&groups[0]);
	process_group_clear(&groups[1]);
	/* Another mount namespace, but below the PID namespace. */
	groups[0].mntns = 1;
	groups[0].next = NULL;
	assert_int_equal(mapped_find_processes(procfs, groups), 0);
	assert_true(has(&groups[0], a->pid));
	process_group_clear(&groups[0]);
	nsv_container_stop(a);
	nsv_container_stop(b);
	nsv_close(ready[0]);
	nsv_close(ready[1]);
}

struct rested {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	unsigned n;
	bool in_the_way; /* of news: what may hang has lanes of its own */
	struct mapped *mapped;
};

/* Like coherence.c. */
static void bring(void *data, struct lane *lane, const struct news *news)
{
	struct rested *rested = data;
	const struct watched_container *c = lane->of;

	if (c && lane == &c->lanes[LANE_NEWS])
		rested->in_the_way = true;
	if (news->kind == NEWS_TICK)
		mapped_tick(rested->mapped);
	if (news->kind == NEWS_SCAN)
		mapped_scan(rested->mapped, lane->of);
	if (news->kind == NEWS_REST || news->kind == NEWS_FILES)
		mapped_invalidate(rested->mapped, lane->of);
	if (news->kind != NEWS_REST)
		return;
	(void)pthread_mutex_lock(&rested->lock);
	rested->n++;
	(void)pthread_cond_broadcast(&rested->cond);
	(void)pthread_mutex_unlock(&rested->lock);
}

static void invalidate_nothing(void *data, uint64_t number)
{
}

/* Timers of this process that will go off. */
static unsigned armed_timers(void)
{
	char path[64], line[256];
	unsigned n = 0;

	for (int fd = 0; fd < 64; fd++) {
		long sec, nsec;
		FILE *f;

		(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
		f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f))
			n += sscanf(line, "it_interval: (%ld, %ld)", &sec, &nsec) == 2 &&
			     (sec || nsec);
		if (f)
			(void)fclose(f);
	}
	return n;
}

/* Once after each use, never before. Then nothing wakes up. */
static void who_is_let_alone_is_told(void **state)
{
	struct rested rested = { .lock = PTHREAD_MUTEX_INITIALIZER,
				 .cond = PTHREAD_COND_INITIALIZER };
	struct watched_container *c = record_new(1);
	struct watched_list list = { .lock = PTHREAD_MUTEX_INITIALIZER, .first = c };
	struct mapped_config config = { .list = &list,
					.rest_ms = 1,
					.invalidate = invalidate_nothing };

	c->container->pid = getpid();
	c->container->procfs = procfs;
	assert_int_equal(tree_new(&config.tree), 0);
	assert_int_equal(loop_new(&config.loop), 0);
	assert_int_equal(deliver_new(config.loop, bring, &rested, 8, &config.deliver), 0);
	assert_int_equal(mapped_new(&config, &rested.mapped), 0);
	mapped_add(rested.mapped, c);
	assert_int_equal(armed_timers(), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(rested.n, i);
		assert_int_equal(container_enter(c->container), 0);
		container_leave(c->container);
		(void)pthread_mutex_lock(&rested.lock);
		while (rested.n == i)
			(void)pthread_cond_wait(&rested.cond, &rested.lock);
		(void)pthread_mutex_unlock(&rested.lock);
	}
	loop_stop(config.loop);
	assert_true(deliver_stop(config.deliver));
	assert_int_equal(armed_timers(), 0);
	assert_int_equal(rested.n, 2);
	assert_false(rested.in_the_way);
	assert_null(deliver_free(config.deliver));
	assert_null(loop_free(config.loop));
	assert_null(mapped_free(rested.mapped));
	assert_int_equal(atomic_load(&c->container->refs), 1);
	record_put(c);
	assert_null(tree_free(config.tree));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_be_written),
		cmocka_unit_test(bounds_and_ends),
		cmocka_unit_test(processes_are_found),
		cmocka_unit_test(who_is_let_alone_is_told),
	};

	return cmocka_run_group_tests_name("fuse_mapped", tests, begin, end);
}
