/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_fuse_changes.c - what changes in watched directories is told, to all whom it concerns. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "fuse/coherence/changes.h"
#include "news_box.h"
#include "reach/util.h"

struct setup {
	struct news_box *box;
	struct loop *loop;
	struct deliver *deliver;
	struct changes *changes;
	char dir[32];
	int fd; /* O_PATH */
};

static void start(struct setup *s, size_t max_watches, deliver_fn fn, void *data)
{
	assert_int_equal(loop_new(&s->loop), 0);
	assert_int_equal(deliver_new(s->loop, fn, data, 8, &s->deliver), 0);
	assert_int_equal(changes_new(s->loop, s->deliver, max_watches, &s->changes), 0);
}

static void stop(struct setup *s)
{
	loop_stop(s->loop);
	assert_true(deliver_stop(s->deliver));
	s->changes = changes_free(s->changes);
	s->deliver = deliver_free(s->deliver);
	s->loop = loop_free(s->loop);
}

static struct setup begin(size_t max_watches)
{
	struct setup s = { .box = news_box_new(), .dir = "/tmp/nsv-changes-XXXXXX" };

	start(&s, max_watches, news_box_take, s.box);
	nsv_test_mkdtemp(s.dir);
	s.fd = open(s.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(s.fd >= 0);
	return s;
}

static void end(struct setup *s)
{
	stop(s);
	s->box = news_box_free(s->box);
	nsv_close_p(&s->fd);
}

static int watch(struct setup *s, int fd, uint64_t group, uint64_t dir)
{
	return changes_watch(s->changes, news_box_record(s->box, group), NULL, fd, dir);
}

static void touch(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	nsv_close(fd);
}

static void append(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_APPEND | O_WRONLY | O_CLOEXEC);

	assert_int_equal(write(fd, "x", 1), 1);
	nsv_close(fd);
}

static void each_kind_of_change_is_told(void **state)
{
	struct setup s = begin(0);

	assert_int_equal(watch(&s, s.fd, 1, 10), 0);
	assert_int_equal(changes_state(s.changes, 10), CHANGES_WATCHED);
	touch(s.fd, "a");
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 1, 10, IN_CREATE, "a"));
	append(s.fd, "a");
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 1, 10, IN_MODIFY, "a"));
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 1, 10, IN_CLOSE_WRITE, "a"));
	assert_int_equal(fchmodat(s.fd, "a", 0640, 0), 0);
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 1, 10, IN_ATTRIB, "a"));
	assert_int_equal(linkat(s.fd, "a", s.fd, "l", 0), 0);
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 1, 10, IN_CREATE, "l"));
	assert_int_equal(renameat(s.fd, "a", s.fd, "b"), 0);
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 1, 10, IN_MOVED_FROM, "a"));
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 1, 10, IN_MOVED_TO, "b"));
	assert_int_equal(unlinkat(s.fd, "b", 0), 0);
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 1, 10, IN_DELETE, "b"));
	assert_int_equal(chmod(s.dir, 0711), 0);
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 1, 10, IN_ATTRIB, ""));
	assert_int_equal(mkdirat(s.fd, "d", 0700), 0);
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 1, 10, IN_ISDIR, "d"));
	end(&s);
}

static void a_removed_directory_is_lost(void **state)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct setup s = begin(0);

	assert_int_equal(mkdirat(s.fd, "d", 0700), 0);
	fd = openat(s.fd, "d", O_PATH | O_CLOEXEC);
	assert_int_equal(watch(&s, fd, 1, 11), 0);
	nsv_close_p(&fd);
	assert_int_equal(unlinkat(s.fd, "d", AT_REMOVEDIR), 0);
	assert_true(news_box_wait(s.box, NEWS_LOST, 1, 11, 0, NULL));
	assert_int_equal(changes_state(s.changes, 11), CHANGES_NONE);
	assert_int_equal(changes_count(s.changes), 0);
	end(&s);
}

static void a_shared_directory_is_told_to_each(void **state)
{
	struct setup s = begin(0);

	assert_int_equal(watch(&s, s.fd, 1, 10), 0);
	assert_int_equal(watch(&s, s.fd, 2, 20), 0);
	assert_int_equal(watch(&s, s.fd, 2, 21), 0);
	touch(s.fd, "a");
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 1, 10, IN_CREATE, "a"));
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 2, 20, IN_CREATE, "a"));
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 2, 21, IN_CREATE, "a"));
	changes_drop(s.changes, 20);
	changes_drop_container(s.changes, news_box_record(s.box, 1));
	assert_int_equal(changes_count(s.changes), 1);
	touch(s.fd, "b");
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 2, 21, IN_CREATE, "b"));
	assert_false(news_box_has(s.box, NEWS_CHANGE, 1, 10, 0, "b"));
	assert_false(news_box_has(s.box, NEWS_CHANGE, 2, 20, 0, "b"));
	end(&s);
}

static void a_number_can_move_to_another_directory(void **state)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct setup s = begin(0);

	assert_int_equal(mkdirat(s.fd, "d", 0700), 0);
	fd = openat(s.fd, "d", O_PATH | O_CLOEXEC);
	assert_int_equal(watch(&s, s.fd, 1, 10), 0);
	assert_int_equal(watch(&s, fd, 1, 10), 0);
	assert_int_equal(changes_count(s.changes), 1);
	touch(s.fd, "not");
	touch(fd, "seen");
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 1, 10, IN_CREATE, "seen"));
	assert_false(news_box_has(s.box, NEWS_CHANGE, 1, 10, IN_CREATE, "not"));
	end(&s);
}

static void limits_are_kept(void **state)
{
	struct setup s = begin(8);
	int fds[9];

	for (int i = 0; i < 9; i++) {
		char name[2] = { (char)('0' + i), 0 };

		assert_int_equal(mkdirat(s.fd, name, 0700), 0);
		fds[i] = openat(s.fd, name, O_PATH | O_CLOEXEC);
	}
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(watch(&s, fds[i], 1, i), 0);
	/* No container has more than half. */
	assert_int_equal(watch(&s, fds[4], 1, 4), -ENOSPC);
	/* One that it has may be watched again. */
	assert_int_equal(watch(&s, fds[3], 1, 3), 0);
	for (unsigned i = 4; i < 8; i++)
		assert_int_equal(watch(&s, fds[i], 2, i), 0);
	assert_int_equal(watch(&s, fds[8], 3, 8), -ENOSPC);
	changes_drop(s.changes, 0);
	assert_int_equal(watch(&s, fds[8], 3, 8), 0);
	for (int i = 0; i < 9; i++)
		nsv_close(fds[i]);
	end(&s);
}

static void only_directories_are_watched(void **state)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct setup s = begin(0);

	touch(s.fd, "a");
	fd = openat(s.fd, "a", O_PATH | O_CLOEXEC);
	assert_int_equal(watch(&s, fd, 1, 10), -ENOTDIR);
	assert_int_equal(watch(&s, -1, 1, 10), -ENOENT);
	assert_int_equal(changes_count(s.changes), 0);
	end(&s);
}

/* Control: the fd that an ordinary daemon keeps does hold it. */
static void a_watch_holds_no_mount(void **state)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct setup s = begin(0);

	if (geteuid() != 0)
		nsv_test_skip("only root mounts");
	assert_int_equal(mount("none", s.dir, "tmpfs", 0, NULL), 0);
	nsv_close_p(&s.fd);
	fd = open(s.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(watch(&s, fd, 1, 10), 0);
	assert_int_equal(umount2(s.dir, UMOUNT_NOFOLLOW), -1);
	assert_int_equal(errno, EBUSY);
	nsv_close_p(&fd);
	assert_int_equal(umount2(s.dir, UMOUNT_NOFOLLOW), 0);
	assert_true(news_box_wait(s.box, NEWS_ALL, 1, 0, 0, NULL));
	end(&s);
}

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

/* As fast as can be, and never twice the same, which would be one. */
static void what_overflows_is_not_lost(void **state)
{
	struct end end_seen = { 0 };
	struct setup s = begin(0);

	stop(&s);
	start(&s, 0, note_end, &end_seen);
	assert_int_equal(watch(&s, s.fd, 1, 10), 0);
	touch(s.fd, "a");
	touch(s.fd, "b");
	for (unsigned i = 0; i < 50000; i++)
		(void)fchmodat(s.fd, i % 2 ? "a" : "b", 0600, 0);
	touch(s.fd, "last");
	while (!end_seen.seen)
		(void)sched_yield();
	stop(&s);
	start(&s, 0, news_box_take, s.box);
	assert_false(end_seen.mounts_missed);
	end(&s);
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

static void count_doubts(void *data, struct lane *lane, const struct news *news)
{
	_Atomic unsigned *doubts = data;

	doubts[record_serial(lane)] += news->kind == NEWS_FOLDER;
}

static void flood_until(struct changes *c, int dirfd, uint64_t dir, enum changes_state state)
{
	touch(dirfd, "a");
	touch(dirfd, "b");
	for (unsigned i = 0; changes_state(c, dir) != state; i++)
		(void)fchmodat(dirfd, i % 2 ? "a" : "b", 0600, 0);
}

static void wait_for_doubts(_Atomic unsigned *doubts, unsigned n)
{
	while (*doubts < n)
		(void)sched_yield();
}

/* The kernel has nothing more to tell, so the thread sleeps, whatever happens there. */
static void a_flood_is_not_listened_to(void **state)
{
	_Atomic unsigned doubts[3] = { 0 };
	struct setup s = begin(0);
	nsv_autofd int quiet = NSV_FD_NONE;
	uint64_t events;

	assert_int_equal(mkdirat(s.fd, "quiet", 0700), 0);
	quiet = openat(s.fd, "quiet", O_PATH | O_CLOEXEC);
	stop(&s);
	start(&s, 0, count_doubts, doubts);
	assert_int_equal(watch(&s, s.fd, 1, 10), 0);
	assert_int_equal(watch(&s, s.fd, 2, 20), 0);
	assert_int_equal(watch(&s, quiet, 1, 11), 0);
	assert_int_equal(kernel_watches(), 2);
	flood_until(s.changes, s.fd, 10, CHANGES_PAUSED);
	/* First nobody relies on it, then it goes: for all who share the directory. */
	while (kernel_watches() == 2)
		flood_until(s.changes, s.fd, 10, CHANGES_PAUSED);
	wait_for_doubts(&doubts[1], 1);
	wait_for_doubts(&doubts[2], 1);
	assert_int_equal(changes_state(s.changes, 20), CHANGES_PAUSED);
	assert_int_equal(watch(&s, s.fd, 2, 20), -EBUSY);
	assert_int_equal(changes_state(s.changes, 11), CHANGES_WATCHED);
	/* What is in the queue still is read, and then no more. */
	touch(quiet, "last");
	do {
		events = changes_events(s.changes);
		(void)sched_yield();
	} while (events != changes_events(s.changes));
	flood_until(s.changes, s.fd, 10, CHANGES_OVER);
	assert_in_range(changes_events(s.changes), events, events + 10);
	/* It calmed down. */
	assert_int_equal(watch(&s, s.fd, 1, 10), 0);
	wait_for_doubts(&doubts[1], 2);
	assert_int_equal(kernel_watches(), 2);
	events = changes_events(s.changes);
	touch(s.fd, "c");
	while (changes_events(s.changes) == events)
		(void)sched_yield();
	changes_drop(s.changes, 20);
	changes_drop_container(s.changes, news_box_record(s.box, 1));
	assert_int_equal(changes_count(s.changes), 0);
	stop(&s);
	start(&s, 0, news_box_take, s.box);
	end(&s);
}

static void note_all(void *data, struct lane *lane, const struct news *news)
{
	_Atomic bool *all = data;

	if (news->kind == NEWS_ALL && record_serial(lane) == 1)
		*all = true;
}

/* No directory is too much by itself, but all of them are; the one that nothing happens in stays.
 */
static void a_flood_over_many_directories_is_none_either(void **state)
{
	_Atomic bool all = false;
	struct setup s = begin(0);
	int fds[12];

	stop(&s);
	start(&s, 0, note_all, &all);
	for (unsigned i = 0; i < NSV_ARRAY_SIZE(fds); i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "d%u", i);
		assert_int_equal(mkdirat(s.fd, name, 0700), 0);
		fds[i] = openat(s.fd, name, O_PATH | O_CLOEXEC);
		touch(fds[i], "a");
		assert_int_equal(watch(&s, fds[i], 1, i), 0);
	}
	assert_int_equal(watch(&s, s.fd, 2, 100), 0);
	while (changes_state(s.changes, 11) != CHANGES_PAUSED)
		for (unsigned i = 1; i < NSV_ARRAY_SIZE(fds); i++)
			(void)fchmodat(fds[i], "a", 0600, 0);
	while (!all)
		(void)sched_yield();
	assert_int_equal(kernel_watches(), 2);
	assert_int_equal(changes_state(s.changes, 0), CHANGES_WATCHED);
	assert_int_equal(changes_state(s.changes, 100), CHANGES_WATCHED);
	stop(&s);
	start(&s, 0, news_box_take, s.box);
	for (unsigned i = 0; i < NSV_ARRAY_SIZE(fds); i++)
		nsv_close(fds[i]);
	end(&s);
}

struct adder {
	struct setup *s;
	uint64_t dir;
	_Atomic bool *stop;
};

static void *add_and_forget(void *data)
{
	struct adder *a = data;

	while (!*a->stop) {
		if (watch(a->s, a->s->fd, 1, a->dir) < 0)
			continue;
		changes_drop(a->s->changes, a->dir);
	}
	return NULL;
}

/* One directory, watched and forgotten by others all the time: who watches it misses nothing. */
static void adding_and_forgetting_race_safely(void **state)
{
	struct setup s = begin(0);
	_Atomic bool stop = false;
	struct adder adders[3];
	pthread_t threads[3];

	(void)news_box_record(s.box, 1);
	for (unsigned i = 0; i < 3; i++) {
		adders[i] = (struct adder){ &s, 100 + i, &stop };
		assert_int_equal(pthread_create(&threads[i], NULL, add_and_forget, &adders[i]), 0);
	}
	for (unsigned i = 0; i < 500; i++) {
		char name[16];
		int r = watch(&s, s.fd, 2, 1000 + i);

		/* With -EAGAIN it says that it is not watched, which is no lie. */
		assert_true(r == 0 || r == -EAGAIN);
		(void)snprintf(name, sizeof(name), "f%u", i);
		touch(s.fd, name);
		/* The others' removals are events too, and may be more than the queue holds. */
		if (r == 0 && !news_box_wait(s.box, NEWS_CHANGE, 2, 1000 + i, IN_CREATE, name))
			assert_true(news_box_has(s.box, NEWS_ALL, 2, 0, 0, NULL));
		changes_drop(s.changes, 1000 + i);
		news_box_clear(s.box);
	}
	stop = true;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(changes_count(s.changes), 0);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_change_is_told),
		cmocka_unit_test(a_removed_directory_is_lost),
		cmocka_unit_test(a_shared_directory_is_told_to_each),
		cmocka_unit_test(a_number_can_move_to_another_directory),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(only_directories_are_watched),
		cmocka_unit_test(a_watch_holds_no_mount),
		cmocka_unit_test(what_overflows_is_not_lost),
		cmocka_unit_test(a_flood_is_not_listened_to),
		cmocka_unit_test(a_flood_over_many_directories_is_none_either),
		cmocka_unit_test(adding_and_forgetting_race_safely),
	};

	return cmocka_run_group_tests_name("fuse_changes", tests, NULL, NULL);
}
