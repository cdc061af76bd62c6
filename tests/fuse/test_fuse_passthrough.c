// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_fuse_passthrough.c - the kernel reads large files by passthrough, and contents are the same
 * without passthrough.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>

#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "fuse/minifs.h"
#include "reach/util.h"

#define SIZE ((size_t)512 * 1024)

static char source[64];

static void fill(const char *name, size_t size)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", source, name);
	f = fopen(path, "we");
	assert_non_null(f);
	for (size_t i = 0; i < size; i++)
		assert_int_not_equal(fputc((int)(i * 7 / 5 % 251), f), EOF);
	assert_int_equal(fclose(f), 0);
}

static void set_atime(const char *name, time_t seconds_from_now)
{
	struct timespec times[2] = { { .tv_sec = time(NULL) + seconds_from_now },
				     { .tv_nsec = UTIME_OMIT } };
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", source, name);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int setup(void **state)
{
	(void)snprintf(source, sizeof(source), "/tmp/nsview-passthrough.XXXXXX");
	nsv_test_mkdtemp(source);
	fill("big", SIZE);
	fill("small", 1000);
	fill("unread", SIZE);
	/* In the future: newer than ctime whatever the file system's clock says. */
	set_atime("big", 600);
	set_atime("unread", -7200);
	return 0;
}

static int open_in(const struct minifs *fs, const char *name)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", fs->mountpoint, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	return fd;
}

static void expect(int fd, size_t size)
{
	unsigned char *got = malloc(size + 1);
	const unsigned char *map;

	assert_non_null(got);
	assert_int_equal(pread(fd, got, size + 1, 0), size);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(got[i], i * 7 / 5 % 251);
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_memory_equal(map, got, size);
	assert_int_equal(munmap((void *)map, size), 0);
	free(got);
}

/* RELEASE comes after close(). */
static void wait_for_releases(const struct minifs *fs, unsigned n)
{
	while (atomic_load(&fs->shared->releases) < n)
		(void)sched_yield();
}

static bool kernel_can(void)
{
	unsigned major = 0, minor = 0;
	struct utsname u;
	char *end;

	assert_int_equal(uname(&u), 0);
	major = (unsigned)strtoul(u.release, &end, 10);
	if (*end == '.')
		minor = (unsigned)strtoul(end + 1, NULL, 10);
	return major > 6 || (major == 6 && minor >= 9);
}

static void start(struct minifs *fs, off_t min_size, bool drop_admin)
{
	const struct minifs_options options = { .source = source,
						.min_size = min_size,
						.drop_admin = drop_admin };

	minifs_start(fs, &options);
}

static void test_large_file_is_passed(void **state)
{
	struct minifs fs;
	int big, again, small;

	if (!kernel_can())
		nsv_test_skip("the kernel is older than 6.9");
	start(&fs, PASSTHROUGH_MIN_SIZE, false);
	big = open_in(&fs, "big");
	again = open_in(&fs, "big");
	assert_int_equal(atomic_load(&fs.shared->passed), 2);
	expect(big, SIZE);
	expect(again, SIZE);
	assert_int_equal(atomic_load(&fs.shared->reads), 0);
	small = open_in(&fs, "small");
	expect(small, 1000);
	assert_int_equal(atomic_load(&fs.shared->passed), 2);
	assert_true(atomic_load(&fs.shared->reads) > 0);
	assert_int_equal(atomic_load(&fs.shared->inodes), 2);
	assert_int_equal(atomic_load(&fs.shared->inodes_passed), 1);
	nsv_close(big);
	wait_for_releases(&fs, 1);
	expect(again, SIZE);
	nsv_close(again);
	nsv_close(small);
	wait_for_releases(&fs, 3);
	assert_int_equal(atomic_load(&fs.shared->inodes), 0);
	assert_int_equal(atomic_load(&fs.shared->inodes_passed), 0);
	minifs_let_go(&fs);
	(void)minifs_stop(&fs, SIGKILL);
}

/* A file that grows over the limit while it is open must stay what it is, or the kernel says EIO.
 */
static void test_kind_stays_while_open(void **state)
{
	struct minifs fs;
	int first, second, third;

	fill("grows", 1000);
	set_atime("grows", 600);
	start(&fs, PASSTHROUGH_MIN_SIZE, false);
	first = open_in(&fs, "grows");
	expect(first, 1000);
	fill("grows", SIZE);
	set_atime("grows", 600);
	second = open_in(&fs, "grows");
	assert_int_equal(atomic_load(&fs.shared->passed), 0);
	expect(second, SIZE);
	nsv_close(first);
	nsv_close(second);
	wait_for_releases(&fs, 2);
	third = open_in(&fs, "grows");
	expect(third, SIZE);
	assert_int_equal(atomic_load(&fs.shared->passed), kernel_can());
	fill("grows", 1000);
	first = open_in(&fs, "grows");
	expect(first, 1000);
	nsv_close(first);
	nsv_close(third);
	(void)minifs_stop(&fs, SIGKILL);
}

static struct timespec atime_of(const char *name)
{
	char path[128];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", source, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_atim;
}

/* The reader's flags count in the kernel, so what would change the access time isn't passed. */
static void test_atime_stays(void **state)
{
	struct timespec was = atime_of("unread"), is;
	struct minifs fs;
	int fd;

	start(&fs, PASSTHROUGH_MIN_SIZE, false);
	fd = open_in(&fs, "unread");
	assert_int_equal(atomic_load(&fs.shared->passed), 0);
	nsv_close(fd);
	is = atime_of("unread");
	assert_int_equal(was.tv_sec, is.tv_sec);
	assert_int_equal(was.tv_nsec, is.tv_nsec);
	(void)minifs_stop(&fs, SIGKILL);
}

static void read_without(off_t min_size, bool drop_admin)
{
	struct minifs fs;
	int fd, again;

	start(&fs, min_size, drop_admin);
	fd = open_in(&fs, "big");
	again = open_in(&fs, "big");
	expect(fd, SIZE);
	assert_true(atomic_load(&fs.shared->reads) > 0);
	assert_int_equal(atomic_load(&fs.shared->passed), 0);
	assert_false(atomic_load(&fs.shared->active));
	nsv_close(again);
	nsv_close(fd);
	(void)minifs_stop(&fs, SIGKILL);
}

static void test_switched_off(void **state)
{
	read_without(-1, false);
}

static void test_no_right_to_it(void **state)
{
	read_without(PASSTHROUGH_MIN_SIZE, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_large_file_is_passed),
		cmocka_unit_test(test_kind_stays_while_open),
		cmocka_unit_test(test_atime_stays),
		cmocka_unit_test(test_switched_off),
		cmocka_unit_test(test_no_right_to_it),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
