/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_changes.c - each change in a watched directory is reported, for each container that
 * watches it.
 */
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

#include "changes_setup.h"
#include "fixtures/skip.h"
#include "reach/util.h"

static void append(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_APPEND | O_WRONLY | O_CLOEXEC);

	assert_int_equal(write(fd, "x", 1), 1);
	nsv_close(fd);
}

static void each_kind_of_change_is_told(void **state)
{
	struct changes_setup s = setup_begin(0);

	assert_int_equal(setup_watch(&s, s.fd, 1, 10), 0);
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
	setup_end(&s);
}

static void a_removed_directory_is_lost(void **state)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct changes_setup s = setup_begin(0);

	assert_int_equal(mkdirat(s.fd, "d", 0700), 0);
	fd = openat(s.fd, "d", O_PATH | O_CLOEXEC);
	assert_int_equal(setup_watch(&s, fd, 1, 11), 0);
	nsv_close_p(&fd);
	assert_int_equal(unlinkat(s.fd, "d", AT_REMOVEDIR), 0);
	assert_true(news_box_wait(s.box, NEWS_LOST, 1, 11, 0, NULL));
	assert_int_equal(changes_state(s.changes, 11), CHANGES_NONE);
	assert_int_equal(changes_count(s.changes), 0);
	setup_end(&s);
}

static void a_shared_directory_is_told_to_each(void **state)
{
	struct changes_setup s = setup_begin(0);

	assert_int_equal(setup_watch(&s, s.fd, 1, 10), 0);
	assert_int_equal(setup_watch(&s, s.fd, 2, 20), 0);
	assert_int_equal(setup_watch(&s, s.fd, 2, 21), 0);
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
	setup_end(&s);
}

static void a_number_can_move_to_another_directory(void **state)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct changes_setup s = setup_begin(0);

	assert_int_equal(mkdirat(s.fd, "d", 0700), 0);
	fd = openat(s.fd, "d", O_PATH | O_CLOEXEC);
	assert_int_equal(setup_watch(&s, s.fd, 1, 10), 0);
	assert_int_equal(setup_watch(&s, fd, 1, 10), 0);
	assert_int_equal(changes_count(s.changes), 1);
	touch(s.fd, "not");
	touch(fd, "seen");
	assert_true(news_box_wait(s.box, NEWS_CHANGE, 1, 10, IN_CREATE, "seen"));
	assert_false(news_box_has(s.box, NEWS_CHANGE, 1, 10, IN_CREATE, "not"));
	setup_end(&s);
}

static void limits_are_kept(void **state)
{
	struct changes_setup s = setup_begin(8);
	int fds[9];

	for (int i = 0; i < 9; i++) {
		char name[2] = { (char)('0' + i), 0 };

		assert_int_equal(mkdirat(s.fd, name, 0700), 0);
		fds[i] = openat(s.fd, name, O_PATH | O_CLOEXEC);
	}
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(setup_watch(&s, fds[i], 1, i), 0);
	/* No container has more than half. */
	assert_int_equal(setup_watch(&s, fds[4], 1, 4), -ENOSPC);
	/* One that it has may be watched again. */
	assert_int_equal(setup_watch(&s, fds[3], 1, 3), 0);
	for (unsigned i = 4; i < 8; i++)
		assert_int_equal(setup_watch(&s, fds[i], 2, i), 0);
	assert_int_equal(setup_watch(&s, fds[8], 3, 8), -ENOSPC);
	changes_drop(s.changes, 0);
	assert_int_equal(setup_watch(&s, fds[8], 3, 8), 0);
	for (int i = 0; i < 9; i++)
		nsv_close(fds[i]);
	setup_end(&s);
}

static void only_directories_are_watched(void **state)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct changes_setup s = setup_begin(0);

	touch(s.fd, "a");
	fd = openat(s.fd, "a", O_PATH | O_CLOEXEC);
	assert_int_equal(setup_watch(&s, fd, 1, 10), -ENOTDIR);
	assert_int_equal(setup_watch(&s, -1, 1, 10), -ENOENT);
	assert_int_equal(changes_count(s.changes), 0);
	setup_end(&s);
}

/* Control: the fd that an ordinary daemon keeps does hold it. */
static void a_watch_holds_no_mount(void **state)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct changes_setup s = setup_begin(0);

	if (geteuid() != 0)
		nsv_test_skip("only root mounts");
	assert_int_equal(mount("none", s.dir, "tmpfs", 0, NULL), 0);
	nsv_close_p(&s.fd);
	fd = open(s.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(setup_watch(&s, fd, 1, 10), 0);
	assert_int_equal(umount2(s.dir, UMOUNT_NOFOLLOW), -1);
	assert_int_equal(errno, EBUSY);
	nsv_close_p(&fd);
	assert_int_equal(umount2(s.dir, UMOUNT_NOFOLLOW), 0);
	assert_true(news_box_wait(s.box, NEWS_ALL, 1, 0, 0, NULL));
	setup_end(&s);
}

struct adder {
	struct changes_setup *s;
	uint64_t dir;
	_Atomic bool *stop;
};

static void *add_and_forget(void *data)
{
	struct adder *a = data;

	while (!*a->stop) {
		if (setup_watch(a->s, a->s->fd, 1, a->dir) < 0)
			continue;
		changes_drop(a->s->changes, a->dir);
	}
	return NULL;
}

/* One directory, watched and dropped by other threads all the time: a watcher misses nothing. */
static void adding_and_forgetting_race_safely(void **state)
{
	struct changes_setup s = setup_begin(0);
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
		int r = setup_watch(&s, s.fd, 2, 1000 + i);

		/* -EAGAIN says truthfully that the directory is not watched. */
		assert_true(r == 0 || r == -EAGAIN);
		(void)snprintf(name, sizeof(name), "f%u", i);
		touch(s.fd, name);
		/* The other threads' removals are events too, and may overflow the queue. */
		if (r == 0 && !news_box_wait(s.box, NEWS_CHANGE, 2, 1000 + i, IN_CREATE, name))
			assert_true(news_box_has(s.box, NEWS_ALL, 2, 0, 0, NULL));
		changes_drop(s.changes, 1000 + i);
		news_box_clear(s.box);
	}
	stop = true;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(changes_count(s.changes), 0);
	setup_end(&s);
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
		cmocka_unit_test(adding_and_forgetting_race_safely),
	};

	return cmocka_run_group_tests_name("fuse_changes", tests, NULL, NULL);
}
