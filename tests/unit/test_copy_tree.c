/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_copy_tree.c - the library's copy calls on trees of the host: DEST's rules, what
 * is kept, what is reported, and that nothing is left behind. Each test has a folder of its
 * own and works in it. No privilege is needed.
 */
#include "unit/copy_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reach/util.h"

/* ---- DEST ---- */

static void a_file_goes_to_a_name_or_into_a_directory(void **state)
{
	put("a", "one");
	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(run_copy("a", "b", 0, NULL), 0);
	assert_text("b", "one");
	assert_int_equal(run_copy("a", "dir", 0, NULL), 0);
	assert_text("dir/a", "one");
	assert_int_equal(run_copy("./a", "dir/c", 0, NULL), 0);
	assert_text("dir/c", "one");
	assert_int_equal(run_copy("a", "new/", 0, NULL), -ENOTDIR);
	assert_int_equal(run_copy("a", "no/such", 0, NULL), -ENOENT);
	assert_int_equal(run_copy("a", "", 0, NULL), -ENOENT);
	assert_int_equal(run_copy("", "b", 0, NULL), -ENOENT);
	assert_no_temporaries();
}

static void a_tree_goes_below_or_becomes_dest(void **state)
{
	assert_int_equal(mkdir("t", 0755), 0);
	put("t/f", "x");
	assert_int_equal(run_copy("t", "new", 0, NULL), -EISDIR);
	assert_int_equal(run_copy("t", "new", NSV_COPY_RECURSIVE, NULL), 0);
	assert_text("new/f", "x");
	assert_int_equal(run_copy("t/", "new", NSV_COPY_RECURSIVE, NULL), 0);
	assert_text("new/t/f", "x");
	assert_int_equal(run_copy("t", "slash/", NSV_COPY_RECURSIVE, NULL), 0);
	assert_text("slash/f", "x");
	assert_int_equal(mkdir("merge", 0755), 0);
	assert_int_equal(run_copy("t/.", "merge", NSV_COPY_RECURSIVE, NULL), 0);
	assert_text("merge/f", "x");
	put("file", "y");
	assert_int_equal(run_copy("t", "file", NSV_COPY_RECURSIVE, NULL), -ENOTDIR);
	assert_text("file", "y");
}

static void a_link_at_dest_is_the_users(void **state)
{
	put("a", "new");
	put("real", "old");
	assert_int_equal(symlink("real", "link"), 0);
	assert_int_equal(run_copy("a", "link", 0, NULL), 0);
	assert_true(is_link_to("link", "real"));
	assert_text("real", "new");
	assert_int_equal(symlink("nothing", "dangling"), 0);
	assert_int_equal(run_copy("a", "dangling", 0, NULL), -ENOENT);
	assert_int_equal(access("nothing", F_OK), -1);
}

static void a_link_below_dest_is_never_followed(void **state)
{
	struct told told = { 0 };

	assert_int_equal(mkdir("t", 0755), 0);
	assert_int_equal(mkdir("t/d", 0755), 0);
	put("t/f", "new");
	put("t/d/f", "new");
	assert_int_equal(mkdir("out", 0755), 0);
	assert_int_equal(mkdir("victim", 0755), 0);
	put("victim/f", "old");
	assert_int_equal(symlink("../victim/f", "out/f"), 0);
	assert_int_equal(symlink("../victim", "out/d"), 0);
	assert_int_equal(run_copy("t/.", "out", NSV_COPY_RECURSIVE, &told), -ENOTDIR);
	assert_text("out/f", "new");
	assert_text("victim/f", "old");
	assert_true(is_link_to("out/d", "../victim"));
	assert_int_equal(told.kinds[NSV_COPY_EVENT_FAILED], 1);
	assert_true(told.on_dest);
	assert_no_temporaries();
}

static void the_same_file_and_into_itself(void **state)
{
	struct told told = { 0 };

	put("a", "text");
	assert_int_equal(link("a", "b"), 0);
	assert_int_equal(run_copy("a", "a", 0, NULL), -EINVAL);
	assert_int_equal(run_copy("a", "b", 0, NULL), -EINVAL);
	assert_text("a", "text");
	assert_int_equal(mkdir("t", 0755), 0);
	put("t/f", "x");
	assert_int_equal(run_copy("t", "t", NSV_COPY_RECURSIVE, &told), -EINVAL);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_FAILED], 1);
	assert_int_equal(run_copy("t", "t/below", NSV_COPY_RECURSIVE, NULL), -EINVAL);
	/* Refused before anything is made. */
	assert_int_equal(access("t/t", F_OK), -1);
	assert_int_equal(access("t/below", F_OK), -1);
	/* What is left out may lie there: the walk stops at its own copy. */
	assert_int_equal(run_copy("t", "t", NSV_COPY_RECURSIVE | NSV_COPY_ONE_MOUNT, NULL),
			 -EINVAL);
	assert_text("t/t/f", "x");
	assert_int_equal(access("t/t/t", F_OK), -1);
	assert_int_equal(run_copy("t/.", "t", NSV_COPY_RECURSIVE, NULL), -EINVAL);
}

static void clobber_and_force(void **state)
{
	struct told told = { 0 };

	put("a", "new");
	put("b", "old");
	assert_int_equal(run_copy("a", "b", NSV_COPY_NO_CLOBBER, &told), 0);
	assert_text("b", "old");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(mkfifo("d/a", 0600), 0);
	assert_int_equal(run_copy("a", "d", 0, NULL), -EEXIST);
	assert_int_equal(run_copy("a", "d", NSV_COPY_FORCE, NULL), 0);
	assert_text("d/a", "new");
	assert_int_equal(unlink("d/a"), 0);
	assert_int_equal(mkdir("d/a", 0755), 0);
	assert_int_equal(run_copy("a", "d", NSV_COPY_FORCE, NULL), -EISDIR);
	assert_int_equal(run_copy("fifo", "g", 0, &told), -ENXIO);
	assert_int_equal(run_copy("fifo", "g", NSV_COPY_FIFOS, NULL), 0);
}

/* ---- what is kept ---- */

static void plain_copies_take_umask_and_old_mode(void **state)
{
	struct stat st;

	put("a", "x");
	assert_int_equal(chmod("a", 06777), 0);
	assert_int_equal(run_copy("a", "b", 0, NULL), 0);
	assert_int_equal(stat("b", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	put("secret", "old");
	assert_int_equal(chmod("secret", 0600), 0);
	assert_int_equal(run_copy("a", "secret", 0, NULL), 0);
	assert_int_equal(stat("secret", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void archives_keep_everything(void **state)
{
	run_make_tree();
	assert_int_equal(run_copy("t", "out", NSV_COPY_ARCHIVE, NULL), 0);
	assert_same_tree("out");
	/* Once more over itself: nothing is in the way. */
	assert_int_equal(run_copy("t/.", "out", NSV_COPY_ARCHIVE, NULL), 0);
	assert_same_tree("out");
	assert_no_temporaries();
}

static void holes_stay_holes(void **state)
{
	struct stat st;
	int fd = open("sparse", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	char buf[8] = "";

	assert_true(fd >= 0);
	/* Small enough for a disk, if the hole is lost. */
	assert_int_equal(ftruncate(fd, 64 << 20), 0);
	assert_int_equal(run_copy("sparse", "small", 0, NULL), 0);
	assert_int_equal(stat("small", &st), 0);
	assert_int_equal(st.st_size, 64 << 20);
	if (st.st_blocks != 0)
		fail_msg("the hole takes %lld blocks", (long long)st.st_blocks);
	assert_int_equal(pwrite(fd, "middle", 6, 5 << 20), 6);
	assert_int_equal(ftruncate(fd, 1LL << 40), 0);
	nsv_close(fd);
	assert_int_equal(run_copy("sparse", "out", 0, NULL), 0);
	assert_int_equal(stat("out", &st), 0);
	assert_int_equal(st.st_size, 1LL << 40);
	assert_true(st.st_blocks * 512 < 1 << 20);
	fd = open("out", O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, buf, 6, 5 << 20), 6);
	nsv_close(fd);
	assert_string_equal(buf, "middle");
	/* Nothing but a hole. */
	assert_int_equal(truncate("sparse", 0), 0);
	assert_int_equal(truncate("sparse", 1LL << 40), 0);
	assert_int_equal(run_copy("sparse", "out", 0, NULL), 0);
	assert_int_equal(stat("out", &st), 0);
	assert_int_equal(st.st_size, 1LL << 40);
	assert_int_equal(st.st_blocks, 0);
}

static void kernel_files_are_read_to_their_end(void **state)
{
	struct stat st;

	assert_int_equal(run_copy("/proc/self/status", "out", 0, NULL), 0);
	assert_int_equal(stat("out", &st), 0);
	assert_true(st.st_size > 100);
}

static void links_are_followed_when_asked(void **state)
{
	struct told told = { 0 };

	assert_int_equal(mkdir("t", 0755), 0);
	assert_int_equal(mkdir("real", 0755), 0);
	put("real/f", "through");
	assert_int_equal(symlink("../real", "t/dir"), 0);
	assert_int_equal(symlink("../real/f", "t/file"), 0);
	assert_int_equal(symlink("..", "t/up"), 0);
	assert_int_equal(symlink("nothing", "t/dangling"), 0);
	assert_int_equal(run_copy("t", "raw", NSV_COPY_RECURSIVE, NULL), 0);
	assert_true(is_link_to("raw/dir", "../real"));
	/* Two can't be: a link to what it lies in, and one to nothing. */
	assert_true(run_copy("t", "followed",
			     NSV_COPY_RECURSIVE | NSV_COPY_FOLLOW_ARG | NSV_COPY_FOLLOW_ALL,
			     &told) < 0);
	assert_true(told.kinds[NSV_COPY_EVENT_FAILED] >= 2);
	assert_text("followed/dir/f", "through");
	assert_text("followed/file", "through");
	assert_int_equal(symlink("real/f", "arg"), 0);
	assert_int_equal(run_copy("arg", "as-link", 0, NULL), 0);
	assert_true(is_link_to("as-link", "real/f"));
	assert_int_equal(run_copy("arg", "as-file", NSV_COPY_FOLLOW_ARG, NULL), 0);
	assert_false(is_link_to("as-file", "real/f"));
	assert_text("as-file", "through");
}

/* ---- what is reported ---- */

static void a_failure_does_not_stop_the_others(void **state)
{
	struct told told = { 0 };

	assert_int_equal(mkdir("t", 0755), 0);
	assert_int_equal(mkdir("out", 0755), 0);
	assert_int_equal(mkdir("out/t", 0755), 0);
	assert_int_equal(mkdir("out/t/f2", 0755), 0);
	for (int i = 0; i < 5; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "t/f%d", i);
		put(name, "x");
	}
	assert_int_equal(run_copy("t", "out", NSV_COPY_RECURSIVE, &told), -EISDIR);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_FAILED], 1);
	assert_string_equal(told.path, "out/t/f2");
	assert_text("out/t/f4", "x");
	assert_text("out/t/f0", "x");
	assert_no_temporaries();
}

static struct told *cancelled;

static void cancel_now(void)
{
	__atomic_store_n(&cancelled->cancel, 1, __ATOMIC_RELAXED);
}

static void a_cancelled_run_leaves_whole_files_only(void **state)
{
	struct told told = { .hook = cancel_now };
	unsigned whole = 0;
	char name[32];

	cancelled = &told;
	assert_int_equal(mkdir("t", 0755), 0);
	for (int i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "t/f%d", i);
		put(name, "whole");
	}
	assert_int_equal(run_copy("t", "out", NSV_COPY_RECURSIVE, &told), -ECANCELED);
	for (int i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "out/f%d", i);
		if (access(name, F_OK) == 0) {
			assert_text(name, "whole");
			whole++;
		}
	}
	/* The directory itself was the first thing that was done. */
	assert_true(whole < 300);
	assert_int_equal(told.kinds[NSV_COPY_EVENT_FAILED], 0);
	assert_no_temporaries();
}

static void counting_makes_nothing(void **state)
{
	static const char *const skip[] = { "empty" };
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	struct nsv_copy_stats s = { .size = sizeof(s) };
	struct nsv_copy *c = NULL;

	run_make_tree();
	o.flags = NSV_COPY_ARCHIVE;
	o.exclude = skip;
	o.n_exclude = 1;
	assert_int_equal(nsv_copy_new(&o, &c, NULL), 0);
	assert_int_equal(nsv_copy_add(c, NULL, "t", NULL), -EINVAL);
	assert_int_equal(nsv_copy_to_nothing(c), 0);
	assert_int_equal(nsv_copy_to_path(c, "out", false, NULL), -EINVAL);
	assert_int_equal(nsv_copy_add(c, NULL, "t", NULL), 0);
	nsv_copy_stats_get(c, &s);
	nsv_copy_free(c);
	assert_int_equal(s.dirs, 2);
	assert_int_equal(s.files, 7);
	/* "text" under two names, "text" and "odd". */
	assert_int_equal(s.bytes_total, 4 + 4 + 3);
	assert_int_equal(access("out", F_OK), -1);
}

static void unknown_options_are_refused(void **state)
{
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	struct nsv_copy *c = NULL;

	o.flags = 1U << 30;
	assert_int_equal(nsv_copy_new(&o, &c, NULL), -EINVAL);
	o.flags = 0;
	o.size = 3;
	assert_int_equal(nsv_copy_new(&o, &c, NULL), -EINVAL);
	assert_null(c);
	assert_null(nsv_copy_free(NULL));
}

/* ---- depth ---- */

#define DEEP 5000

static void go_deep(const char *top, bool make, unsigned *ret_depth)
{
	int dir = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	unsigned depth = 0;

	while (dir >= 0 && depth < DEEP) {
		int next;

		if (make && mkdirat(dir, "a-name-of-some-length", 0755) < 0)
			break;
		next = openat(dir, "a-name-of-some-length", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (next < 0)
			break;
		nsv_close(dir);
		dir = next;
		depth++;
	}
	nsv_close(dir);
	*ret_depth = depth;
}

/* nftw(3) can't. */
static void remove_deep(const char *top)
{
	int dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned depth = 0;

	for (;;) {
		int next = openat(dir, "a-name-of-some-length", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (next < 0)
			break;
		nsv_close(dir);
		dir = next;
		depth++;
	}
	for (; depth > 0; depth--) {
		int up = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		nsv_close(dir);
		dir = up;
		(void)unlinkat(dir, "a-name-of-some-length", AT_REMOVEDIR);
	}
	nsv_close(dir);
}

static void five_thousand_levels(void **state)
{
	unsigned depth = 0;
	int r;

	assert_int_equal(mkdir("t", 0755), 0);
	go_deep("t", true, &depth);
	assert_int_equal(depth, DEEP);
	r = run_copy("t", "out", NSV_COPY_ARCHIVE, NULL);
	go_deep("out", false, &depth);
	remove_deep("t");
	remove_deep("out");
	assert_int_equal(r, 0);
	assert_int_equal(depth, DEEP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_file_goes_to_a_name_or_into_a_directory),
		IN_FOLDER(a_tree_goes_below_or_becomes_dest),
		IN_FOLDER(a_link_at_dest_is_the_users),
		IN_FOLDER(a_link_below_dest_is_never_followed),
		IN_FOLDER(the_same_file_and_into_itself),
		IN_FOLDER(clobber_and_force),
		IN_FOLDER(plain_copies_take_umask_and_old_mode),
		IN_FOLDER(archives_keep_everything),
		IN_FOLDER(holes_stay_holes),
		IN_FOLDER(kernel_files_are_read_to_their_end),
		IN_FOLDER(links_are_followed_when_asked),
		IN_FOLDER(a_failure_does_not_stop_the_others),
		IN_FOLDER(a_cancelled_run_leaves_whole_files_only),
		IN_FOLDER(counting_makes_nothing),
		IN_FOLDER(unknown_options_are_refused),
		IN_FOLDER(five_thousand_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
