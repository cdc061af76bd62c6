/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_copy_lies.c - file systems and archives whose answers make no sense, as a FUSE server's in
 * a container may. The program's own functions stand in for the C library's and libarchive's.
 */
#include "unit/copy_run.h"

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "reach/util.h"

/* What "t/f" answers; its content is SIZE times 'x'. */
#define SIZE ((off_t)1 << 20)
#define MANY 1000 /* calls: an endless loop */

static enum {
	HONEST,
	ALWAYS_ZERO,
	BACKWARDS,
	NO_HOLE,
	ENDLESS,
	ENDLESS_OF_PROC,
	RETRY,
	CANCEL
} lie;
static dev_t liar_dev;
static ino_t liar_ino;
static unsigned calls;
static struct told told;

static bool is_liar(int fd)
{
	struct stat st;

	return lie != HONEST && fstat(fd, &st) == 0 && st.st_dev == liar_dev &&
	       st.st_ino == liar_ino;
}

/* Whoever asks without end is stopped, and the test fails. */
static void count_call(void)
{
	if (++calls > MANY)
		told.cancel = 1;
}

__attribute__((visibility("default"))) off_t lseek(int fd, off_t off, int whence)
{
	if ((whence == SEEK_DATA || whence == SEEK_HOLE) && is_liar(fd)) {
		count_call();
		if (calls > 100L * MANY)
			abort();
		if (lie == ALWAYS_ZERO)
			return 0;
		if (lie == BACKWARDS && off < SIZE)
			return whence == SEEK_DATA ? 0 : 4096;
		if (lie == NO_HOLE && off < SIZE)
			return whence == SEEK_DATA ? 8192 : 4096;
	}
	return syscall(SYS_lseek, fd, off, whence);
}

__attribute__((visibility("default"))) ssize_t read(int fd, void *buf, size_t len)
{
	if ((lie == ENDLESS || lie == ENDLESS_OF_PROC) && is_liar(fd)) {
		memset(buf, 'y', len);
		return (ssize_t)len;
	}
	return syscall(SYS_read, fd, buf, len);
}

__attribute__((visibility("default"))) ssize_t pread(int fd, void *buf, size_t len, off_t at)
{
	if (lie == ENDLESS && is_liar(fd)) {
		memset(buf, 'y', len);
		return (ssize_t)len;
	}
	return syscall(SYS_pread64, fd, buf, len, at);
}

__attribute__((visibility("default"))) int fstatfs(int fd, struct statfs *fs)
{
	int r = (int)syscall(SYS_fstatfs, fd, fs);

	if (r == 0 && lie == ENDLESS_OF_PROC && is_liar(fd))
		fs->f_type = PROC_SUPER_MAGIC;
	return r;
}

/* What was read of an endless file goes nowhere. */
__attribute__((visibility("default"))) ssize_t write(int fd, const void *buf, size_t len)
{
	struct stat st;

	if (lie == ENDLESS_OF_PROC && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_nlink == 0) {
		told.cancel = ++calls > 20000;
		return (ssize_t)len;
	}
	return syscall(SYS_write, fd, buf, len);
}

int archive_read_data_block(struct archive *a, const void **buf, size_t *len, la_int64_t *at)
{
	int (*real)(struct archive *, const void **, size_t *, la_int64_t *) =
	    dlsym(RTLD_NEXT, "archive_read_data_block");

	if (lie == RETRY && calls++ == 0) {
		*buf = "evil";
		*len = 4;
		*at = SIZE;
		return ARCHIVE_RETRY;
	}
	return real(a, buf, len, at);
}

/* In the folder: t/f with a hole that st_blocks tells of, and where data starts. */
static void make_liar(off_t size)
{
	char block[4096];
	struct stat st;
	nsv_autofd int fd = NSV_FD_NONE;

	assert_int_equal(mkdir("t", 0755), 0);
	fd = open("t/f", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	memset(block, 'x', sizeof(block));
	if (size > 0) {
		assert_int_equal(ftruncate(fd, size), 0);
		for (off_t at = 0; at < size; at += 65536)
			assert_int_equal(pwrite(fd, block, sizeof(block), at), sizeof(block));
	}
	assert_int_equal(fstat(fd, &st), 0);
	liar_dev = st.st_dev;
	liar_ino = st.st_ino;
	told = (struct told){ 0 };
	calls = 0;
}

static int to_tar(void)
{
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	nsv_autofd int fd = open("t.tar", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct nsv_copy *c = NULL;
	int r;

	o.flags = NSV_COPY_RECURSIVE;
	o.event = run_event;
	o.data = &told;
	o.cancel = &told.cancel;
	assert_int_equal(nsv_copy_new(&o, &c, NULL), 0);
	assert_int_equal(nsv_copy_to_tar(c, fd, NULL), 0);
	r = nsv_copy_add(c, NULL, "t", NULL);
	assert_int_equal(nsv_copy_finish(c, NULL), told.cancel ? -ECANCELED : 0);
	nsv_copy_free(c);
	return r;
}

static int from_tar(void)
{
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	nsv_autofd int fd = open("t.tar", O_RDONLY | O_CLOEXEC);
	struct nsv_copy *c = NULL;
	int r;

	o.event = run_event;
	o.data = &told;
	o.cancel = &told.cancel;
	assert_int_equal(nsv_copy_new(&o, &c, NULL), 0);
	r = nsv_copy_to_path(c, "out", false, NULL);
	if (r == 0)
		r = nsv_copy_add_tar(c, fd, false, NULL);
	nsv_copy_free(c);
	return r;
}

static void assert_same_bytes(const char *a, const char *b, off_t from)
{
	nsv_autofd int x = open(a, O_RDONLY | O_CLOEXEC), y = open(b, O_RDONLY | O_CLOEXEC);
	char one[4096], two[4096];
	ssize_t n;

	assert_int_equal(lseek(x, from, SEEK_SET), from);
	assert_int_equal(lseek(y, from, SEEK_SET), from);
	do {
		n = read(x, one, sizeof(one));
		assert_true(n >= 0);
		assert_int_equal(read(y, two, sizeof(two)), n);
		assert_memory_equal(one, two, (size_t)n);
	} while (n > 0);
}

/* A copy ends, and has what the liar does not deny to have. */
static void senseless_holes(int how, off_t data)
{
	make_liar(SIZE);
	assert_int_equal(mkdir("out", 0755), 0);
	lie = how;
	assert_int_equal(run_copy("t", "copy", NSV_COPY_RECURSIVE, &told), 0);
	assert_int_equal(told.cancel, 0);
	assert_true(calls < MANY);
	calls = 0;
	assert_int_equal(to_tar(), 0);
	assert_int_equal(told.cancel, 0);
	lie = HONEST;
	assert_int_equal(told.kinds[NSV_COPY_EVENT_FAILED], 0);
	assert_same_bytes("t/f", "copy/f", data);
	assert_int_equal(from_tar(), 0);
	assert_same_bytes("t/f", "out/t/f", data);
	assert_no_temporaries();
}

static void data_that_is_always_at_zero(void **state)
{
	senseless_holes(ALWAYS_ZERO, 0);
}

static void data_that_goes_backwards(void **state)
{
	senseless_holes(BACKWARDS, 0);
}

static void a_hole_before_its_data(void **state)
{
	senseless_holes(NO_HOLE, 8192);
}

/* At the size that it says, and that it says once more. */
static void an_endless_file_ends_at_its_size(void **state)
{
	static const off_t sizes[] = { 0, 10, 300000 };
	struct rlimit before, few;

	/* A copy without an end fails the test, and fills no disk. */
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	few = (struct rlimit){ 64 << 20, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(sizes); i++) {
		char name[16];
		struct stat st;

		make_liar(0);
		assert_int_equal(truncate("t/f", sizes[i]), 0);
		lie = ENDLESS;
		(void)snprintf(name, sizeof(name), "copy%zu", i);
		assert_int_equal(run_copy("t", name, NSV_COPY_RECURSIVE, &told), 0);
		assert_int_equal(told.kinds[NSV_COPY_EVENT_CHANGED], 1);
		assert_int_equal(to_tar(), 0);
		assert_int_equal(told.kinds[NSV_COPY_EVENT_CHANGED], 2);
		assert_int_equal(told.kinds[NSV_COPY_EVENT_FAILED], 0);
		lie = HONEST;
		assert_int_equal(mkdir("out", 0755), 0);
		assert_int_equal(from_tar(), 0);
		assert_int_equal(stat("out/t/f", &st), 0);
		assert_int_equal(st.st_size, sizes[i]);
		assert_int_equal(chdir(name), 0);
		assert_int_equal(stat("f", &st), 0);
		assert_int_equal(st.st_size, sizes[i]);
		assert_int_equal(chdir(".."), 0);
		assert_int_equal(unlink("t/f") | rmdir("t"), 0);
		assert_int_equal(unlink("out/t/f") | rmdir("out/t") | rmdir("out"), 0);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
}

static void an_endless_file_of_the_kernels_ends_as_an_error(void **state)
{
	make_liar(0);
	put("t/good", "text");
	lie = ENDLESS_OF_PROC;
	assert_int_equal(to_tar(), -EFBIG);
	lie = HONEST;
	assert_int_equal(told.cancel, 0);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_FAILED], 1);
	assert_string_equal(told.path, "t/f");
	assert_int_equal(mkdir("out", 0755), 0);
	assert_int_equal(from_tar(), 0);
	assert_text("out/t/good", "text");
	assert_int_equal(access("out/t/f", F_OK), -1);
}

static void a_block_to_ask_for_again_is_not_written(void **state)
{
	struct stat st;

	make_liar(0);
	put("t/f", "text");
	assert_int_equal(mkdir("out", 0755), 0);
	assert_int_equal(to_tar(), 0);
	lie = RETRY;
	assert_int_equal(from_tar(), 0);
	assert_true(calls > 1);
	lie = HONEST;
	assert_text("out/t/f", "text");
	assert_int_equal(stat("out/t/f", &st), 0);
	assert_true(st.st_blocks <= 8);
}

int mkdirat(int fd, const char *name, mode_t mode)
{
	if (lie == CANCEL && ++calls == 10)
		told.cancel = 1;
	return (int)syscall(SYS_mkdirat, fd, name, mode);
}

/* An archive of two files: one called @levels times "d/" and @name times 'n', then "good". */
static void make_deep_tar(size_t levels, size_t name)
{
	nsv_autofree char *path = calloc(1, levels * 2 + name + 1);
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();

	assert_non_null(path);
	for (size_t i = 0; i < levels; i++) {
		path[i * 2] = 'd';
		path[i * 2 + 1] = '/';
	}
	memset(path + levels * 2, 'n', name);
	assert_int_equal(archive_write_set_format_pax(a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(a, "t.tar"), ARCHIVE_OK);
	archive_entry_set_mode(e, S_IFREG | 0644);
	archive_entry_set_size(e, 0);
	archive_entry_copy_pathname(e, path);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	archive_entry_copy_pathname(e, "good");
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_entry_free(e);
	(void)archive_write_free(a);
	assert_int_equal(mkdir("out", 0755), 0);
	told = (struct told){ 0 };
	calls = 0;
}

static void a_name_of_too_many_levels_is_refused(void **state)
{
	make_deep_tar(5000, 1);
	assert_int_equal(from_tar(), -ENAMETOOLONG);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_FAILED], 1);
	assert_int_equal(access("out/d", F_OK), -1);
	assert_int_equal(access("out/good", F_OK), 0);
}

static void a_name_that_is_too_long_is_refused(void **state)
{
	make_deep_tar(1, 70000);
	assert_int_equal(from_tar(), -ENAMETOOLONG);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_FAILED], 1);
	assert_int_equal(access("out/d", F_OK), -1);
	assert_int_equal(access("out/good", F_OK), 0);
}

static void cancelling_ends_the_way_down(void **state)
{
	make_deep_tar(1000, 1);
	lie = CANCEL;
	assert_int_equal(from_tar(), -ECANCELED);
	assert_true(calls >= 10 && calls < 15);
}

static int leave(void **state)
{
	lie = HONEST;
	return run_leave_folder(state);
}

#define LYING(f) cmocka_unit_test_setup_teardown(f, run_enter_folder, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING(data_that_is_always_at_zero),
		LYING(data_that_goes_backwards),
		LYING(a_hole_before_its_data),
		LYING(an_endless_file_ends_at_its_size),
		LYING(an_endless_file_of_the_kernels_ends_as_an_error),
		LYING(a_block_to_ask_for_again_is_not_written),
		LYING(a_name_of_too_many_levels_is_refused),
		LYING(a_name_that_is_too_long_is_refused),
		LYING(cancelling_ends_the_way_down),
	};

	return cmocka_run_group_tests_name("copy_lies", tests, NULL, NULL);
}
