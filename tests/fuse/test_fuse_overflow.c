/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_overflow.c - more changes than the kernel's queue holds, while the reading thread is
 * blocked: everything of each container is invalidated.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixtures/inject.h"
#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "fuse/coherence/changes.h"
#include "news_box.h"
#include "reach/util.h"

#define PATIENCE_SEC 20

static unsigned long max_queued_events(void)
{
	char text[32] = "";
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "re");

	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	(void)fclose(f);
	return strtoul(text, NULL, 10);
}

static void touch(int dirfd, const char *name)
{
	nsv_autofd int fd = openat(dirfd, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
}

static void what_overflows_is_told_as_a_whole(void **state)
{
	char loud[] = "/tmp/nsv-loud-XXXXXX", quiet[] = "/tmp/nsv-quiet-XXXXXX";
	const unsigned long room = max_queued_events();
	struct inject *inject = inject_new(NULL);
	struct news_box *box = news_box_new();
	nsv_autofd int loud_fd = NSV_FD_NONE, quiet_fd = NSV_FD_NONE;
	struct loop *loop;
	struct deliver *deliver;
	struct changes *changes;
	int rule;

	if (room > 100000)
		nsv_test_skip("the kernel keeps %lu events", room);
	nsv_test_mkdtemp(loud);
	nsv_test_mkdtemp(quiet);
	loud_fd = open(loud, O_PATH | O_DIRECTORY | O_CLOEXEC);
	quiet_fd = open(quiet, O_PATH | O_DIRECTORY | O_CLOEXEC);
	touch(loud_fd, "a");
	touch(loud_fd, "b");
	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(deliver_new(loop, news_box_take, box, 8, &deliver), 0);
	assert_int_equal(changes_new(loop, deliver, 0, &changes), 0);
	assert_int_equal(changes_watch(changes, news_box_record(box, 1), NULL, loud_fd, 10), 0);
	assert_int_equal(changes_watch(changes, news_box_record(box, 2), NULL, quiet_fd, 20), 0);
	rule = inject_add(inject, "read@inotify:1:pause-before");
	inject_here(inject);
	touch(loud_fd, "held");
	assert_true(inject_wait_paused(inject, rule, PATIENCE_SEC));
	/* Never the same twice, which would be one. */
	for (unsigned long i = 0; i <= room; i++)
		assert_int_equal(fchmodat(loud_fd, i % 2 ? "a" : "b", 0600, 0), 0);
	touch(quiet_fd, "lost");
	inject_go(inject, rule);
	assert_true(news_box_wait(box, NEWS_ALL, 2, 0, 0, NULL));
	assert_true(news_box_wait(box, NEWS_ALL, 1, 0, 0, NULL));
	/* Control: this was lost. */
	assert_false(news_box_has(box, NEWS_CHANGE, 2, 20, 0, "lost"));
	inject_here(NULL);
	loop_stop(loop);
	assert_true(deliver_stop(deliver));
	(void)changes_free(changes);
	(void)deliver_free(deliver);
	(void)loop_free(loop);
	(void)news_box_free(box);
	(void)inject_free(inject);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_overflows_is_told_as_a_whole),
	};

	return cmocka_run_group_tests_name("fuse_overflow", tests, NULL, NULL);
}
