/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_copy_meanwhile.c - what others do to the source and the destination while a file is copied,
 * each at the one moment that counts: the program's own system calls stand in for the C library's
 * and do it there. The calls run in threads of the copy, so they assert nothing.
 */
#include "unit/copy_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "reach/util.h"

#define PART   ((size_t)1000) /* of a short write */
#define A_LOT  ((size_t)300000)
#define SPINS  10000000 /* until a clock of the kernel's ticks: 10 ms at most */
#define SOURCE "t/f"

static struct {
	void (*at_read)(void); /* once, when the source is read */
	void (*at_mode)(void); /* once, when the copy has its bytes and gets its mode */
	bool same_seed;	       /* each worker draws the same number */
	bool short_writes;     /* of PART bytes at most */
	char renamed[64];      /* the last name that was renamed from */
	dev_t source_dev;
	ino_t source_ino;
	struct timespec mtime;
	bool again; /* another second had begun */
	bool happened;
	mode_t mode;
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

__attribute__((visibility("default"))) ssize_t write(int fd, const void *buf, size_t len)
{
	return syscall(SYS_write, fd, buf, here.short_writes ? nsv_min(len, PART) : len);
}

__attribute__((visibility("default"))) ssize_t pwrite(int fd, const void *buf, size_t len, off_t at)
{
	return syscall(SYS_pwrite64, fd, buf, here.short_writes ? nsv_min(len, PART) : len, at);
}

__attribute__((visibility("default"))) int fchmod(int fd, mode_t mode)
{
	happen(&here.at_mode);
	return (int)syscall(SYS_fchmod, fd, mode);
}

__attribute__((visibility("default"))) int renameat(int from_dir, const char *from, int to_dir,
						    const char *to)
{
	(void)snprintf(here.renamed, sizeof(here.renamed), "%s", from);
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

__attribute__((visibility("default"))) ssize_t getrandom(void *buf, size_t len, unsigned flags)
{
	if (!here.same_seed)
		return syscall(SYS_getrandom, buf, len, flags);
	memset(buf, 0x5a, len);
	return (ssize_t)len;
}

static void make_source(const char *text)
{
	struct stat st;

	memset(&here, 0, sizeof(here));
	told = (struct told){ 0 };
	(void)mkdir("t", 0755);
	put(SOURCE, text);
	assert_int_equal(stat(SOURCE, &st), 0);
	here.source_dev = st.st_dev;
	here.source_ino = st.st_ino;
	here.mtime = st.st_mtim;
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
	assert_int_equal(nsv_copy_new(&o, &c, NULL), 0);
	assert_int_equal(nsv_copy_to_tar(c, fd, NULL), 0);
	r = nsv_copy_add(c, NULL, "t", NULL);
	assert_int_equal(nsv_copy_finish(c, NULL), 0);
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
	assert_int_equal(nsv_copy_new(&o, &c, NULL), 0);
	r = nsv_copy_to_path(c, "out", false, NULL);
	if (r == 0)
		r = nsv_copy_add_tar(c, fd, false, NULL);
	nsv_copy_free(c);
	return r;
}

/* ---- the source ---- */

/* Writes as many other bytes, then sets the time that the file had or should have. */
static bool rewrite(const struct timespec *mtime, struct stat *before, struct stat *after)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, *mtime };
	nsv_autofd int fd = open(SOURCE, O_WRONLY | O_CLOEXEC);

	return fstat(fd, before) == 0 && syscall(SYS_pwrite64, fd, "new", 3, 0L) == 3 &&
	       futimens(fd, times) == 0 && fstat(fd, after) == 0;
}

/* The size and both times' seconds stay; the nanoseconds change. */
static void rewrite_within_a_second(void)
{
	struct timespec mtime = here.mtime;
	struct stat before = { 0 }, after = { 0 };

	mtime.tv_nsec = (mtime.tv_nsec + 1) % 1000000000;
	here.happened = rewrite(&mtime, &before, &after);
	here.again = before.st_ctim.tv_sec != after.st_ctim.tv_sec;
}

/* The size and the mtime stay; the ctime changes, which no call can set. */
static void rewrite_and_set_back(void)
{
	struct stat before = { 0 }, after = { 0 };

	here.happened = rewrite(&here.mtime, &before, &after);
	for (unsigned i = 0; i < SPINS && before.st_ctim.tv_sec == after.st_ctim.tv_sec &&
			     before.st_ctim.tv_nsec == after.st_ctim.tv_nsec;
	     i++)
		here.happened = rewrite(&here.mtime, &(struct stat){ 0 }, &after);
}

static void is_told(void (*what)(void))
{
	do {
		make_source("old");
		here.at_mode = what;
		assert_int_equal(run_copy("t", "out", NSV_COPY_RECURSIVE, &told), 0);
		assert_true(here.happened);
	} while (here.again);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_CHANGED], 1);
	assert_string_equal(told.path, SOURCE);
	do {
		make_source("old");
		here.at_read = what;
		assert_int_equal(to_tar(), 0);
		assert_true(here.happened);
	} while (here.again);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_CHANGED], 1);
	assert_string_equal(told.path, SOURCE);
}

static void a_rewrite_within_a_second_is_told(void **state)
{
	is_told(rewrite_within_a_second);
}

static void a_rewrite_with_the_time_set_back_is_told(void **state)
{
	is_told(rewrite_and_set_back);
}

static void nothing_is_told_of_a_file_that_stayed(void **state)
{
	make_source("old");
	assert_int_equal(run_copy("t", "out", NSV_COPY_RECURSIVE, &told), 0);
	assert_int_equal(to_tar(), 0);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_CHANGED], 0);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_FAILED], 0);
}

/* Of "t/a" and "t/b" one is copied first; the other becomes a link before its turn. */
static void swap_the_other(void)
{
	const char *other = access("out/a", F_OK) == 0 ? "t/b" : "t/a";

	if (here.happened || (access("out/a", F_OK) < 0 && access("out/b", F_OK) < 0))
		return;
	here.happened = rmdir(other) == 0 && symlink("../victim", other) == 0;
	(void)snprintf(here.renamed, sizeof(here.renamed), "out%s", other + 1);
}

static void a_folder_that_became_a_link_is_not_entered(void **state)
{
	make_source("old");
	told.hook = swap_the_other;
	assert_int_equal(mkdir("victim", 0755), 0);
	put("victim/secret", "of the host");
	assert_int_equal(mkdir("t/a", 0755), 0);
	assert_int_equal(mkdir("t/b", 0755), 0);
	assert_int_equal(unlink(SOURCE), 0);
	assert_int_equal(run_copy("t", "out", NSV_COPY_RECURSIVE, &told), 0);
	assert_true(here.happened);
	assert_true(is_link_to(here.renamed, "../victim"));
	assert_int_equal(unlink(here.renamed), 0);
	assert_int_equal(access("out/a/secret", F_OK), -1);
	assert_int_equal(access("out/b/secret", F_OK), -1);
}

#define CHAIN "/c/c/c/c/c/c/c/c/c/c/c/c"

/* As soon as the end of one chain is reached, its beginning goes to another folder. */
static void move_the_chain(void)
{
	for (const char *name = "a"; !here.happened && name; name = *name == 'a' ? "b" : NULL) {
		char end[64], from[16];

		(void)snprintf(end, sizeof(end), "out/p/q/%s" CHAIN, name);
		(void)snprintf(from, sizeof(from), "t/p/q/%s", name);
		here.happened = access(end, F_OK) == 0 && rename(from, "victim/moved") == 0;
	}
}

static void make_folders(const char *path)
{
	char part[64];

	for (const char *end = path; *end; end++)
		if (end[1] == '/' || !end[1]) {
			(void)snprintf(part, sizeof(part), "%.*s", (int)(end - path) + 1, path);
			(void)mkdir(part, 0755);
		}
}

/* With few fds the walk closes upper folders, and opens them again by "..". */
static void a_folder_that_was_moved_leads_nowhere(void **state)
{
	struct rlimit before, few;

	make_source("old");
	told.hook = move_the_chain;
	make_folders("t/p/q/a" CHAIN);
	make_folders("t/p/q/b" CHAIN);
	make_folders("victim/a");
	make_folders("victim/b");
	put("victim/a/secret", "of the host");
	put("victim/b/secret", "of the host");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){ 64, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(run_copy("t", "out", NSV_COPY_RECURSIVE, &told), -ESTALE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(here.happened);
	assert_int_equal(access("out/p/q/a/secret", F_OK), -1);
	assert_int_equal(access("out/p/q/b/secret", F_OK), -1);
	assert_text("out/f", "old");
}

/* ---- the destination ---- */

static void take_the_name(void)
{
	nsv_autofd int fd = open("out/f", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	here.happened = syscall(SYS_write, fd, "theirs", 6L) == 6;
}

static void a_name_that_is_taken_meanwhile_is_left_alone(void **state)
{
	make_source("ours");
	assert_int_equal(mkdir("out", 0755), 0);
	here.at_mode = take_the_name;
	assert_int_equal(run_copy(SOURCE, "out", NSV_COPY_NO_CLOBBER, &told), 0);
	assert_true(here.happened);
	assert_text("out/f", "theirs");
	assert_no_temporaries();
	/* Control: without -n the copy takes it. */
	assert_int_equal(unlink("out/f"), 0);
	here.at_mode = take_the_name;
	assert_int_equal(run_copy(SOURCE, "out", 0, &told), 0);
	assert_text("out/f", "ours");
}

static void temporary_names_can_not_be_foreseen(void **state)
{
	char first[sizeof(here.renamed)];

	make_source("text");
	assert_int_equal(run_copy(SOURCE, "a", 0, &told), 0);
	memcpy(first, here.renamed, sizeof(first));
	assert_int_equal(strncmp(first, ".nscp.", 6), 0);
	assert_int_equal(run_copy(SOURCE, "b", 0, &told), 0);
	assert_string_not_equal(first, here.renamed);
}

static void a_file_in_a_temporary_ones_place_is_not_written(void **state)
{
	char planted[sizeof(here.renamed)];

	make_source("text");
	put("victim", "of the host");
	here.same_seed = true;
	assert_int_equal(run_copy(SOURCE, "a", 0, &told), 0);
	memcpy(planted, here.renamed, sizeof(planted));
	assert_int_equal(link("victim", planted), 0);
	assert_int_equal(run_copy(SOURCE, "b", 0, &told), 0);
	/* Control: that name was tried. */
	assert_string_not_equal(planted, here.renamed);
	assert_text("b", "text");
	assert_text("victim", "of the host");
	assert_text(planted, "of the host");
	assert_int_equal(unlink(planted), 0);
	assert_no_temporaries();
}

static void look_at_the_temporary_file(void)
{
	DIR *dir = opendir("out");
	struct dirent *entry;
	struct stat st;

	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, ".nscp.", 6) == 0 &&
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
			here.mode = st.st_mode;
			here.happened = true;
		}
	if (dir)
		(void)closedir(dir);
}

static void a_file_is_closed_until_it_is_whole(void **state)
{
	make_source("text");
	assert_int_equal(mkdir("out", 0755), 0);
	here.at_mode = look_at_the_temporary_file;
	assert_int_equal(run_copy(SOURCE, "out", NSV_COPY_ARCHIVE, &told), 0);
	assert_true(here.happened);
	assert_int_equal(here.mode & 07777, 0600);
}

/* ---- the disk ---- */

static void assert_as(const char *path, const char *text)
{
	nsv_autofree char *got = calloc(1, A_LOT + 2);
	nsv_autofd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n, len = 0;

	assert_non_null(got);
	while ((n = read(fd, got + len, A_LOT + 1 - (size_t)len)) > 0)
		len += n;
	assert_int_equal(len, strlen(text));
	assert_memory_equal(got, text, strlen(text));
}

static void short_writes_are_gone_on_with(void **state)
{
	nsv_autofree char *text = calloc(1, A_LOT + 1);

	assert_non_null(text);
	for (size_t i = 0; i < A_LOT; i++)
		text[i] = (char)('a' + i % 23);
	make_source(text);
	assert_int_equal(mkdir("out", 0755), 0);
	here.short_writes = true;
	assert_int_equal(run_copy(SOURCE, "out", 0, &told), 0);
	assert_int_equal(to_tar(), 0);
	assert_int_equal(from_tar(), 0);
	here.short_writes = false;
	assert_as("out/f", text);
	assert_as("out/t/f", text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_rewrite_within_a_second_is_told),
		IN_FOLDER(a_rewrite_with_the_time_set_back_is_told),
		IN_FOLDER(nothing_is_told_of_a_file_that_stayed),
		IN_FOLDER(a_folder_that_became_a_link_is_not_entered),
		IN_FOLDER(a_folder_that_was_moved_leads_nowhere),
		IN_FOLDER(a_name_that_is_taken_meanwhile_is_left_alone),
		IN_FOLDER(temporary_names_can_not_be_foreseen),
		IN_FOLDER(a_file_in_a_temporary_ones_place_is_not_written),
		IN_FOLDER(a_file_is_closed_until_it_is_whole),
		IN_FOLDER(short_writes_are_gone_on_with),
	};

	return cmocka_run_group_tests_name("copy_meanwhile", tests, NULL, NULL);
}
