/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_shortage.c - without memory, fds or threads no change is lost: if changes can't be
 * reported one by one, everything of the container is invalidated.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>

#include "fixtures/container.h"
#include "fixtures/inject.h"
#include "fixtures/skip.h"
#include "fuse/coherence/coherence.h"
#include "fuse/coherence/mapped.h"
#include "fuse/containers/top.h"
#include "reach/clock.h"
#include "reach/procfs.h"
#include "record.h"

#define PATIENCE_SEC 20

static int64_t give_up_at(void)
{
	return nsv_now_ms() + PATIENCE_SEC * INT64_C(1000);
}

/* Until *n has this value: it says whether it came to that. */
static bool wait_for(_Atomic uint32_t *n, uint32_t value)
{
	const int64_t until = give_up_at();

	while (atomic_load(n) < value && nsv_now_ms() < until)
		(void)sched_yield();
	return atomic_load(n) >= value;
}

static bool wait_for_calls(const struct inject *i, int rule, unsigned n)
{
	const int64_t until = give_up_at();

	while (inject_seen(i, rule) < n && nsv_now_ms() < until)
		(void)sched_yield();
	return inject_seen(i, rule) >= n;
}

static int begin(void **state)
{
	*state = inject_new(NULL);
	return !*state;
}

static int end(void **state)
{
	inject_here(NULL);
	*state = inject_free(*state);
	return 0;
}

/* ---- deliver ---- */

static _Atomic uint32_t n_all, n_mounts;

static void count_news(void *data, struct lane *lane, const struct news *news)
{
	atomic_fetch_add(&n_mounts, news->kind == NEWS_MOUNTS);
	atomic_fetch_add(&n_all, news->kind == NEWS_ALL);
}

static void without_memory_news_is_of_everything(void **state)
{
	const struct news news = { .kind = NEWS_CHANGE, .dir = 1, .mask = IN_CREATE, .name = "x" };
	struct watched_container *c = record_new(1);
	struct deliver *d = NULL;
	struct loop *loop = NULL;

	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(deliver_new(loop, count_news, NULL, 8, &d), 0);
	assert_true(inject_add(*state, "alloc:1+:ENOMEM") >= 0);
	inject_here(*state);
	deliver_put(d, &c->lanes[LANE_NEWS], &news);
	inject_here(NULL);
	assert_true(wait_for(&n_all, 1));
	assert_int_equal(n_mounts, 1);
	loop_stop(loop);
	assert_true(deliver_stop(d));
	assert_null(deliver_free(d));
	assert_null(loop_free(loop));
	record_put(c);
}

static _Atomic bool goes_on;
static _Atomic uint32_t n_waiting, n_files;

static void wait_for_scan(void *data, struct lane *lane, const struct news *news)
{
	atomic_fetch_add(&n_files, news->kind == NEWS_FILES);
	if (news->kind != NEWS_SCAN)
		return;
	atomic_fetch_add(&n_waiting, 1);
	while (!atomic_load(&goes_on))
		(void)sched_yield();
}

/* The only thread hangs, and no other can be had for a while. */
static void without_threads_news_waits_for_one(void **state)
{
	struct watched_container *c = record_new(1);
	struct deliver *d = NULL;
	struct loop *loop = NULL;
	int rule;

	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(deliver_new(loop, wait_for_scan, NULL, 8, &d), 0);
	deliver_put_kind(d, &c->lanes[LANE_SCAN], NEWS_SCAN);
	assert_true(wait_for(&n_waiting, 1));
	rule = inject_add(*state, "pthread_create:1+:EAGAIN");
	assert_true(rule >= 0);
	inject_here(*state);
	deliver_put_kind(d, &c->lanes[LANE_FILES], NEWS_FILES);
	assert_int_equal(inject_seen(*state, rule), 1);
	/* The thread is tried again, without another put. */
	assert_true(wait_for_calls(*state, rule, 3));
	assert_int_equal(n_files, 0);
	inject_stop(*state, rule);
	assert_true(wait_for(&n_files, 1));
	goes_on = true;
	loop_stop(loop);
	assert_true(deliver_stop(d));
	assert_null(deliver_free(d));
	assert_null(loop_free(loop));
	record_put(c);
}

/* ---- mapped ---- */

struct looked_at {
	struct watched_container *c;
	struct watched_list list;
	struct mapped_config config;
	struct mapped *mapped;
	uint64_t number; /* of a file's node */
	_Atomic uint32_t n_invalidated, n_rests;
};

static void bring(void *data, struct lane *lane, const struct news *news)
{
	struct looked_at *l = data;

	if (news->kind == NEWS_TICK)
		mapped_tick(l->mapped);
	if (news->kind == NEWS_SCAN)
		mapped_scan(l->mapped, lane->of);
	if (news->kind == NEWS_REST || news->kind == NEWS_FILES)
		mapped_invalidate(l->mapped, lane->of);
	atomic_fetch_add(&l->n_rests, news->kind == NEWS_REST);
}

static void invalidate(void *data, uint64_t number)
{
	struct looked_at *l = data;

	atomic_fetch_add(&l->n_invalidated, number == l->number);
}

/* A container that rests; with a file that none of its processes has open. */
static void look_at(struct looked_at *l, unsigned rest_ms)
{
	const struct node_id id = { .ino = 1000, .dev = 1, .kind = NODE_PATH };
	struct node_id in_container = id;

	memset(l, 0, sizeof(*l));
	l->c = record_new(1);
	l->c->container->pid = getpid();
	l->c->container->procfs = nsv_procfs_open(NULL);
	l->list = (struct watched_list){ .lock = PTHREAD_MUTEX_INITIALIZER, .first = l->c };
	l->config = (struct mapped_config){
		.list = &l->list, .rest_ms = rest_ms, .invalidate = invalidate, .data = l
	};
	assert_int_equal(tree_new(&l->config.tree), 0);
	in_container.container = l->c->container;
	l->number =
	    tree_number(l->config.tree,
			tree_lookup(l->config.tree, tree_top(l->config.tree), "f", &in_container));
	assert_int_equal(loop_new(&l->config.loop), 0);
	assert_int_equal(deliver_new(l->config.loop, bring, l, 8, &l->config.deliver), 0);
	assert_int_equal(mapped_new(&l->config, &l->mapped), 0);
	mapped_add(l->mapped, l->c);
}

static void look_away(struct looked_at *l)
{
	loop_stop(l->config.loop);
	assert_true(deliver_stop(l->config.deliver));
	assert_null(deliver_free(l->config.deliver));
	assert_null(loop_free(l->config.loop));
	assert_null(mapped_free(l->mapped));
	assert_null(tree_free(l->config.tree));
	nsv_close(l->c->container->procfs);
	record_put(l->c);
}

static void without_memory_all_files_are_invalidated(void **state)
{
	struct looked_at l;

	look_at(&l, 3600000);
	assert_true(inject_add(*state, "alloc:1+:ENOMEM") >= 0);
	inject_here(*state);
	assert_int_equal(container_enter(l.c->container), 0);
	container_leave(l.c->container);
	assert_true(wait_for(&l.n_invalidated, 3));
	inject_here(NULL);
	look_away(&l);
}

/* A namespace, or a list of threads, that can't be opened hides processes. */
static void without_fds_all_files_are_invalidated(void **state)
{
	struct nsv_container_opts opts = { .hostname = "nsv-shortage" };
	struct nsv_test_container *c;
	struct looked_at l;

	if (geteuid() != 0)
		nsv_test_skip("only root makes containers");
	c = nsv_container_start(&opts);
	look_at(&l, 3600000);
	assert_true(inject_add(*state, "openat@ns/pid:1+:EMFILE") >= 0);
	inject_here(*state);
	assert_int_equal(container_enter(l.c->container), 0);
	container_leave(l.c->container);
	assert_true(wait_for(&l.n_invalidated, 3));
	inject_here(NULL);
	look_away(&l);
	(void)nsv_container_stop(c);
}

/* Then the container is not used again, and no later scan repairs a loss. */
static void without_threads_the_last_invalidation_comes(void **state)
{
	struct looked_at l;

	look_at(&l, 1);
	assert_true(inject_add(*state, "pthread_create:1+:EAGAIN") >= 0);
	inject_here(*state);
	assert_int_equal(container_enter(l.c->container), 0);
	container_leave(l.c->container);
	assert_true(wait_for(&l.n_rests, 1));
	assert_true(wait_for(&l.n_invalidated, 1));
	inject_here(NULL);
	look_away(&l);
}

/* ---- mounts ---- */

/* Mounts once for each byte. */
static int mount_when_told(void *data)
{
	const int *fds = data;
	char byte;

	while (read(fds[0], &byte, 1) == 1)
		if (mount("none", "/tmp", "tmpfs", 0, NULL) != 0)
			return 1;
	return 0;
}

static struct container *find_container(struct top *top, struct tree *tree, const char *name,
					struct node **ret_root)
{
	struct container *p = NULL;
	struct node_id id;
	struct stat st;

	assert_int_equal(top_lookup(top, NODE_TOP, name, true, &id, &st, &p), 0);
	*ret_root = tree_lookup(tree, tree_top(tree), name, &id);
	assert_non_null(*ret_root);
	return p;
}

static void without_fds_any_mount_may_have_changed(void **state)
{
	static const struct view_options options = { .max_inflight = 4 };
	int fds[2], root;
	struct nsv_container_opts opts = { .hostname = "nsv-shortage",
					   .run = mount_when_told,
					   .data = fds };
	struct coherence_config config = { .caches = true };
	struct coherence *h = NULL;
	struct nsv_test_container *c;
	struct node *node = NULL;
	struct statx st;
	struct container *p;
	uint32_t before;
	int procfs = nsv_procfs_open(NULL), rule;

	if (geteuid() != 0)
		nsv_test_skip("only root makes containers");
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	c = nsv_container_start(&opts);
	assert_int_equal(tree_new(&config.tree), 0);
	assert_int_equal(top_new(&options, procfs, &(struct outside){ 0 }, &config.top), 0);
	assert_int_equal(coherence_new(&config, &h), 0);
	p = find_container(config.top, config.tree, "nsv-shortage", &node);
	root = container_open(p, node, O_PATH | O_DIRECTORY, &st);
	assert_true(root >= 0);
	assert_int_equal(coherence_watch(h, node, root, NULL), NOTIFIED);
	/* The first read of the table invalidates everything, too. */
	assert_true(wait_for(&p->invalidations, 1));
	before = atomic_load(&p->invalidations);
	rule = inject_add(*state, "openat@mountinfo:1:EMFILE");
	assert_true(rule >= 0);
	inject_here(*state);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_true(wait_for(&p->invalidations, before + 1));
	assert_true(inject_seen(*state, rule) >= 1);
	inject_here(NULL);
	/* The next read is like a first one. */
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_true(wait_for(&p->invalidations, before + 2));
	nsv_close(root);
	assert_true(top_stop(config.top));
	assert_true(coherence_free(h));
	tree_forget(config.tree, node, 1);
	container_put(p);
	assert_null(top_free(config.top));
	assert_null(tree_free(config.tree));
	nsv_close(fds[0]);
	nsv_close(fds[1]);
	nsv_close(procfs);
	(void)nsv_container_stop(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_memory_news_is_of_everything, begin, end),
		cmocka_unit_test_setup_teardown(without_threads_news_waits_for_one, begin, end),
		cmocka_unit_test_setup_teardown(without_memory_all_files_are_invalidated, begin,
						end),
		cmocka_unit_test_setup_teardown(without_fds_all_files_are_invalidated, begin, end),
		cmocka_unit_test_setup_teardown(without_threads_the_last_invalidation_comes, begin,
						end),
		cmocka_unit_test_setup_teardown(without_fds_any_mount_may_have_changed, begin, end),
	};

	return cmocka_run_group_tests_name("fuse_shortage", tests, NULL, NULL);
}
