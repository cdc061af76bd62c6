/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_copy_backup.c - a container puts something else in a file's place at the very moment at
 * which a copy makes the backup; file systems that can't exchange names; renames that fail half
 * way. This program's own renameat2(2) and renameat(2) stand in for the C library's. Control: a
 * backup by name, as cp -b makes it, moves what the container has put there.
 */
#include "fixtures/skip.h"
#include "fixtures/tmp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <nsview/copy.h>

#include "reach/util.h"

static char place[] = "/tmp/nsview-backup-XXXXXX";
static int folder = NSV_FD_NONE;
static bool plants;	   /* a directory takes the name before the exchange */
static bool no_exchange;   /* as on a file system without it */
static const char *broken; /* the next rename to this name fails */

/* In a thread of the copy: asserts nothing. */
__attribute__((visibility("default"))) int renameat2(int from, const char *a, int to, const char *b,
						     unsigned flags)
{
	if ((flags & RENAME_EXCHANGE) && no_exchange) {
		errno = EINVAL;
		return -1;
	}
	if ((flags & RENAME_EXCHANGE) && plants) {
		plants = false;
		(void)syscall(SYS_renameat2, folder, "planted", folder, "f", RENAME_EXCHANGE);
	}
	if (broken && !strcmp(b, broken)) {
		broken = NULL;
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_renameat2, from, a, to, b, flags);
}

__attribute__((visibility("default"))) int renameat(int from, const char *a, int to, const char *b)
{
	return renameat2(from, a, to, b, 0);
}

static void put(const char *name, const char *text)
{
	nsv_autofd int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void assert_text(const char *name, const char *text)
{
	nsv_autofd int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	char got[64] = "";

	assert_true(fd >= 0);
	assert_true(read(fd, got, sizeof(got) - 1) >= 0);
	assert_string_equal(got, text);
}

static bool exists(const char *name)
{
	return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int start(void **state)
{
	nsv_test_mkdtemp(place);
	folder = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder >= 0);
	return 0;
}

static int stop(void **state)
{
	nsv_close_p(&folder);
	return 0;
}

static int before(void **state)
{
	plants = no_exchange = false;
	broken = NULL;
	(void)unlinkat(folder, "planted", AT_REMOVEDIR);
	(void)unlinkat(folder, "planted", 0);
	(void)unlinkat(folder, "f", AT_REMOVEDIR);
	(void)unlinkat(folder, "f~", AT_REMOVEDIR);
	(void)unlinkat(folder, "f~", 0);
	(void)unlinkat(folder, "f.~1~", 0);
	put("new", "new");
	(void)unlinkat(folder, "f", 0);
	put("f", "old");
	return 0;
}

static int copy(enum nsv_copy_backup backup)
{
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	struct nsv_copy *c = NULL;
	char from[64], to[64];
	int r;

	(void)snprintf(from, sizeof(from), "%s/new", place);
	(void)snprintf(to, sizeof(to), "%s/f", place);
	o.backup = backup;
	assert_int_equal(nsv_copy_new(&o, &c, NULL), 0);
	assert_int_equal(nsv_copy_to_path(c, to, false, NULL), 0);
	r = nsv_copy_add(c, NULL, from, NULL);
	nsv_copy_free(c);
	return r;
}

static void by_name_the_planted_one_is_moved(void **state)
{
	struct stat st;

	assert_int_equal(mkdirat(folder, "planted", 0700), 0);
	plants = true;
	assert_int_equal(renameat2(folder, "new", folder, "f", RENAME_EXCHANGE), 0);
	assert_int_equal(renameat(folder, "new", folder, "f~"), 0);
	assert_int_equal(fstatat(folder, "f~", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISDIR(st.st_mode));
}

static void what_is_planted_stays(void **state)
{
	struct stat st;

	assert_int_equal(mkdirat(folder, "planted", 0700), 0);
	plants = true;
	assert_int_equal(copy(NSV_COPY_BACKUP_SIMPLE), -ESTALE);
	assert_int_equal(fstatat(folder, "f", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_text("planted", "old");
	assert_false(exists("f~"));
	assert_int_equal(unlinkat(folder, "planted", 0), 0);
}

static void without_an_exchange(void **state)
{
	no_exchange = true;
	assert_int_equal(copy(NSV_COPY_BACKUP_SIMPLE), 0);
	assert_text("f", "new");
	assert_text("f~", "old");
	put("f", "older");
	assert_int_equal(copy(NSV_COPY_BACKUP_NUMBERED), 0);
	assert_text("f.~1~", "older");
	assert_text("f", "new");
	/* The new file can't take its name: the old one gets it back. */
	put("f", "old");
	broken = "f";
	assert_int_equal(copy(NSV_COPY_BACKUP_SIMPLE), -EIO);
	assert_text("f", "old");
	assert_false(exists("f~"));
}

static void a_backup_that_fails_leaves_the_file(void **state)
{
	broken = "f~";
	assert_int_equal(copy(NSV_COPY_BACKUP_SIMPLE), -EIO);
	assert_text("f", "old");
	assert_false(exists("f~"));
	broken = "f.~1~";
	assert_int_equal(copy(NSV_COPY_BACKUP_NUMBERED), -EIO);
	assert_text("f", "old");
}

static void a_name_of_the_old_file(void **state)
{
	struct stat st;

	/* rename(2) does nothing between two names of one file. */
	assert_int_equal(linkat(folder, "f", folder, "f~", 0), 0);
	assert_int_equal(copy(NSV_COPY_BACKUP_SIMPLE), 0);
	assert_text("f", "new");
	assert_text("f~", "old");
	assert_int_equal(fstatat(folder, "f~", &st, 0), 0);
	assert_int_equal(st.st_nlink, 1);
}

static void options_that_exclude_each_other(void **state)
{
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	struct nsv_copy *c = NULL;

	o.backup = NSV_COPY_BACKUP_SIMPLE;
	o.flags = NSV_COPY_NO_CLOBBER;
	assert_int_equal(nsv_copy_new(&o, &c, NULL), -EINVAL);
	o.flags = 0;
	o.suffix = "/x";
	assert_int_equal(nsv_copy_new(&o, &c, NULL), -EINVAL);
	o.suffix = "";
	assert_int_equal(nsv_copy_new(&o, &c, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(by_name_the_planted_one_is_moved, before),
		cmocka_unit_test_setup(what_is_planted_stays, before),
		cmocka_unit_test_setup(without_an_exchange, before),
		cmocka_unit_test_setup(a_backup_that_fails_leaves_the_file, before),
		cmocka_unit_test_setup(a_name_of_the_old_file, before),
		cmocka_unit_test_setup(options_that_exclude_each_other, before),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
