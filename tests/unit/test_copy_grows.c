/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_copy_grows.c - a log that is written to while it is copied: how far it is copied, and what
 * is told. The program's own system calls stand in for the C library's and append at the one moment
 * that counts. They run in threads of the copy, so they assert nothing.
 */
#include "unit/copy_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "reach/util.h"

#define SOURCE "t/f"

static struct {
	void (*at_read)(void); /* once, when the source is read */
	void (*at_mode)(void); /* once, when the copy has its bytes and gets its mode */
	dev_t source_dev;
	ino_t source_ino;
	bool happened;
} here;

static struct told told;

static void happen(void (**what)(void))
{
	void (*then)(void) = *what;

	*what = NULL;
	if (then)
		then();
}

__attribute__((visibility("default"))) ssize_t read(int fd, void *buf, size_t len)
{
	struct stat st;

	if (here.at_read && fstat(fd, &st) == 0 && st.st_dev == here.source_dev &&
	    st.st_ino == here.source_ino)
		happen(&here.at_read);
	return syscall(SYS_read, fd, buf, len);
}

__attribute__((visibility("default"))) int fchmod(int fd, mode_t mode)
{
	happen(&here.at_mode);
	return (int)syscall(SYS_fchmod, fd, mode);
}

static int make_source(void **state)
{
	struct stat st;

	if (run_enter_folder(state) < 0 || mkdir("t", 0755) < 0)
		return -1;
	memset(&here, 0, sizeof(here));
	told = (struct told){ 0 };
	put(SOURCE, "old");
	assert_int_equal(stat(SOURCE, &st), 0);
	here.source_dev = st.st_dev;
	here.source_ino = st.st_ino;
	return 0;
}

static void append(void)
{
	nsv_autofd int fd = open(SOURCE, O_WRONLY | O_APPEND | O_CLOEXEC);

	here.happened = syscall(SYS_write, fd, "more", 4L) == 4;
}

static void append_and_rewrite(void)
{
	nsv_autofd int fd = open(SOURCE, O_WRONLY | O_CLOEXEC);

	append();
	here.happened = here.happened && syscall(SYS_pwrite64, fd, "new", 3L, 0L) == 3;
}

static void append_twice(void)
{
	append();
	here.at_mode = append;
}

static void copied_as(const char *name, const char *text, unsigned notes)
{
	char path[32];

	here.happened = false;
	assert_int_equal(run_copy("t", name, NSV_COPY_RECURSIVE, &told), 0);
	assert_true(here.happened);
	(void)snprintf(path, sizeof(path), "%s/f", name);
	assert_text(path, text);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_NOTE], notes);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_FAILED], 0);
}

static void what_is_there_at_the_second_look_is_copied(void **state)
{
	here.at_read = append;
	copied_as("out", "oldmore", 1);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_CHANGED], 0);
}

static void what_comes_later_is_not(void **state)
{
	here.at_mode = append;
	copied_as("out", "old", 1);
	here.at_read = append_twice;
	copied_as("again", "oldmoremore", 2);
	assert_text(SOURCE, "oldmoremoremore");
	assert_int_equal(told.kinds[NSV_COPY_EVENT_CHANGED], 0);
}

static void what_was_rewritten_besides_is_no_log(void **state)
{
	here.at_mode = append_and_rewrite;
	copied_as("out", "old", 0);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_CHANGED], 1);
	assert_text(SOURCE, "newmore");
}

#define GROWING(f) cmocka_unit_test_setup_teardown(f, make_source, run_leave_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GROWING(what_is_there_at_the_second_look_is_copied),
		GROWING(what_comes_later_is_not),
		GROWING(what_was_rewritten_besides_is_no_log),
	};

	return cmocka_run_group_tests_name("copy_grows", tests, NULL, NULL);
}
