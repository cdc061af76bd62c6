/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_floods.c - more changes than can be reported one by one, and directories paused by a
 * flood.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "changes_setup.h"
#include "fixtures/skip.h"
#include "reach/util.h"

struct end {
	_Atomic bool seen;
	bool mounts, mounts_missed;
};

static void note_end(void *data, struct lane *lane, const struct news *news)
{
	struct end *end = data;

	if (news->kind == NEWS_MOUNTS)
		end->mounts = true;
	if (news->kind == NEWS_ALL && !end->mounts)
		end->mounts_missed = true;
	if (news->kind == NEWS_ALL || news->kind == NEWS_FOLDER ||
	    (news->name && strcmp(news->name, "last") == 0))
		end->seen = true;
}

/* As fast as possible, with a new name each time, because duplicates would be merged. */
static void what_overflows_is_not_lost(void **state)
{
	struct end end_seen = { 0 };
	struct changes_setup s = setup_begin(0);

	setup_stop(&s);
	setup_start(&s, 0, note_end, &end_seen);
	assert_int_equal(setup_watch(&s, s.fd, 1, 10), 0);
	touch(s.fd, "a");
	touch(s.fd, "b");
	for (unsigned i = 0; i < 50000; i++)
		(void)fchmodat(s.fd, i % 2 ? "a" : "b", 0600, 0);
	touch(s.fd, "last");
	while (!end_seen.seen)
		(void)sched_yield();
	setup_stop(&s);
	setup_start(&s, 0, news_box_take, s.box);
	assert_false(end_seen.mounts_missed);
	setup_end(&s);
}

/* Watches of the kernel that this process has. */
static unsigned kernel_watches(void)
{
	char path[64], line[256];
	unsigned n = 0;

	for (int fd = 0; fd < 64; fd++) {
		FILE *f;

		(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
		f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f))
			n += strncmp(line, "inotify ", 8) == 0;
		if (f)
			(void)fclose(f);
	}
	return n;
}

static void count_paused(void *data, struct lane *lane, const struct news *news)
{
	_Atomic unsigned *paused = data;

	paused[record_serial(lane)] += news->kind == NEWS_FOLDER;
}

static void flood_until(struct changes *c, int dirfd, uint64_t dir, enum changes_state state)
{
	touch(dirfd, "a");
	touch(dirfd, "b");
	for (unsigned i = 0; changes_state(c, dir) != state; i++)
		(void)fchmodat(dirfd, i % 2 ? "a" : "b", 0600, 0);
}

static void wait_for_paused(_Atomic unsigned *paused, unsigned n)
{
	while (*paused < n)
		(void)sched_yield();
}

/* Without a watch the kernel reports nothing, so the thread sleeps during the flood. */
static void a_flood_is_not_listened_to(void **state)
{
	_Atomic unsigned paused[3] = { 0 };
	struct changes_setup s = setup_begin(0);
	nsv_autofd int quiet = NSV_FD_NONE;
	uint64_t events;

	assert_int_equal(mkdirat(s.fd, "quiet", 0700), 0);
	quiet = openat(s.fd, "quiet", O_PATH | O_CLOEXEC);
	setup_stop(&s);
	setup_start(&s, 0, count_paused, paused);
	assert_int_equal(setup_watch(&s, s.fd, 1, 10), 0);
	assert_int_equal(setup_watch(&s, s.fd, 2, 20), 0);
	assert_int_equal(setup_watch(&s, quiet, 1, 11), 0);
	assert_int_equal(kernel_watches(), 2);
	flood_until(s.changes, s.fd, 10, CHANGES_PAUSED);
	/* First no answer relies on the watch, then it is removed: for all containers that share
	 * the directory. */
	while (kernel_watches() == 2)
		flood_until(s.changes, s.fd, 10, CHANGES_PAUSED);
	wait_for_paused(&paused[1], 1);
	wait_for_paused(&paused[2], 1);
	assert_int_equal(changes_state(s.changes, 20), CHANGES_PAUSED);
	assert_int_equal(setup_watch(&s, s.fd, 2, 20), -EBUSY);
	assert_int_equal(changes_state(s.changes, 11), CHANGES_WATCHED);
	/* Events still in the queue are read; none follow. */
	touch(quiet, "last");
	do {
		events = changes_events(s.changes);
		(void)sched_yield();
	} while (events != changes_events(s.changes));
	flood_until(s.changes, s.fd, 10, CHANGES_OVER);
	assert_in_range(changes_events(s.changes), events, events + 10);
	/* The flood has ended. */
	assert_int_equal(setup_watch(&s, s.fd, 1, 10), 0);
	wait_for_paused(&paused[1], 2);
	assert_int_equal(kernel_watches(), 2);
	events = changes_events(s.changes);
	touch(s.fd, "c");
	while (changes_events(s.changes) == events)
		(void)sched_yield();
	changes_drop(s.changes, 20);
	changes_drop_container(s.changes, news_box_record(s.box, 1));
	assert_int_equal(changes_count(s.changes), 0);
	setup_stop(&s);
	setup_start(&s, 0, news_box_take, s.box);
	setup_end(&s);
}

static void note_all(void *data, struct lane *lane, const struct news *news)
{
	_Atomic bool *all = data;

	if (news->kind == NEWS_ALL && record_serial(lane) == 1)
		*all = true;
}

/* No directory alone has too many events, but together they do; the quiet one stays watched. */
static void a_flood_over_many_directories_is_none_either(void **state)
{
	_Atomic bool all = false;
	struct changes_setup s = setup_begin(0);
	int fds[12];

	setup_stop(&s);
	setup_start(&s, 0, note_all, &all);
	for (unsigned i = 0; i < NSV_ARRAY_SIZE(fds); i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "d%u", i);
		assert_int_equal(mkdirat(s.fd, name, 0700), 0);
		fds[i] = openat(s.fd, name, O_PATH | O_CLOEXEC);
		touch(fds[i], "a");
		assert_int_equal(setup_watch(&s, fds[i], 1, i), 0);
	}
	assert_int_equal(setup_watch(&s, s.fd, 2, 100), 0);
	while (changes_state(s.changes, 11) != CHANGES_PAUSED)
		for (unsigned i = 1; i < NSV_ARRAY_SIZE(fds); i++)
			(void)fchmodat(fds[i], "a", 0600, 0);
	while (!all)
		(void)sched_yield();
	assert_int_equal(kernel_watches(), 2);
	assert_int_equal(changes_state(s.changes, 0), CHANGES_WATCHED);
	assert_int_equal(changes_state(s.changes, 100), CHANGES_WATCHED);
	setup_stop(&s);
	setup_start(&s, 0, news_box_take, s.box);
	for (unsigned i = 0; i < NSV_ARRAY_SIZE(fds); i++)
		nsv_close(fds[i]);
	setup_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_overflows_is_not_lost),
		cmocka_unit_test(a_flood_is_not_listened_to),
		cmocka_unit_test(a_flood_over_many_directories_is_none_either),
	};

	return cmocka_run_group_tests_name("fuse_floods", tests, NULL, NULL);
}
