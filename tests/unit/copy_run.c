/* SPDX-License-Identifier: GPL-2.0-or-later */
/* copy_run.c - makes a folder for each test and copies in it; collects the events of the run. */
#include "unit/copy_run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reach/util.h"

void run_event(const struct nsv_copy_event *event, void *data)
{
	struct told *told = data;

	told->kinds[event->kind]++;
	if (event->kind == NSV_COPY_EVENT_FAILED || event->kind == NSV_COPY_EVENT_CHANGED) {
		(void)snprintf(told->path, sizeof(told->path), "%s", event->path);
		told->err = event->err;
		told->on_dest = event->on_dest;
	}
	if (event->kind == NSV_COPY_EVENT_DONE && told->hook)
		told->hook();
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	return remove(path);
}

int run_enter_folder(void **state)
{
	char *path = strdup("/tmp/nsview-test.XXXXXX");

	if (!path || !mkdtemp(path) || chdir(path) < 0)
		return -1;
	*state = path;
	return 0;
}

int run_leave_folder(void **state)
{
	int r = chdir("/") < 0 ? -1 : nftw(*state, remove_one, 16, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return r;
}

void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

void assert_text(const char *path, const char *text)
{
	char buf[256] = "";
	FILE *f = fopen(path, "re");

	if (!f)
		fail_msg("%s: %s", path, strerror(errno));
	(void)fread(buf, 1, sizeof(buf) - 1, f);
	(void)fclose(f);
	assert_string_equal(buf, text);
}

static unsigned temporaries;

static int count_temporary(const char *path, const struct stat *st, int type, struct FTW *where)
{
	temporaries += strncmp(path + where->base, ".nscp.", 6) == 0;
	return 0;
}

void assert_no_temporaries(void)
{
	temporaries = 0;
	assert_int_equal(nftw(".", count_temporary, 16, FTW_PHYS), 0);
	assert_int_equal(temporaries, 0);
}

int run_copy(const char *from, const char *to, unsigned flags, struct told *told)
{
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	struct told none = { 0 };
	struct nsv_copy *c = NULL;
	int r;

	told = told ? told : &none;
	o.flags = flags;
	o.threads = 3;
	o.event = run_event;
	o.data = told;
	o.verbose = told->hook != NULL;
	o.cancel = &told->cancel;
	assert_int_equal(nsv_copy_new(&o, &c, NULL), 0);
	r = nsv_copy_to_path(c, to, false, NULL);
	if (r == 0)
		r = nsv_copy_add(c, NULL, from, NULL);
	nsv_copy_free(c);
	return r;
}

bool is_link_to(const char *path, const char *text)
{
	char buf[256];
	ssize_t n = readlink(path, buf, sizeof(buf) - 1);

	if (n < 0)
		return false;
	buf[n] = '\0';
	return strcmp(buf, text) == 0;
}

void run_make_tree(void)
{
	const struct timespec times[2] = { { 981173106, 123456789 }, { -147000000, 5 } };

	assert_int_equal(mkdir("t", 0755), 0);
	assert_int_equal(mkdir("t/d", 0711), 0);
	put("t/f", "text");
	put("t/d/locked", "text");
	assert_int_equal(chmod("t/d/locked", 0400), 0);
	assert_int_equal(link("t/f", "t/d/second"), 0);
	assert_int_equal(symlink("/etc/passwd", "t/link"), 0);
	assert_int_equal(link("t/link", "t/d/link"), 0);
	assert_int_equal(mkfifo("t/fifo", 0640), 0);
	put("t/bad\377name\n\033[31m", "odd");
	put("t/empty", "");
	assert_int_equal(utimensat(AT_FDCWD, "t/f", times, 0), 0);
	assert_int_equal(utimensat(AT_FDCWD, "t/link", times, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(utimensat(AT_FDCWD, "t/d", times, 0), 0);
}

static void assert_same_stat(const char *a, const char *b)
{
	struct stat x, y;

	assert_int_equal(lstat(a, &x), 0);
	if (lstat(b, &y) < 0)
		fail_msg("%s: %s", b, strerror(errno));
	assert_int_equal(x.st_mode, y.st_mode);
	assert_int_equal(x.st_nlink, y.st_nlink);
	if (!S_ISDIR(x.st_mode))
		assert_int_equal(x.st_size, y.st_size);
	assert_int_equal(x.st_mtim.tv_sec, y.st_mtim.tv_sec);
	assert_int_equal(x.st_mtim.tv_nsec, y.st_mtim.tv_nsec);
}

void assert_same_tree(const char *copied)
{
	static const char *const names[] = { "",	 "d",	   "f",
					     "d/locked", "link",   "fifo",
					     "empty",	 "d/link", "bad\377name\n\033[31m" };
	char a[64], b[64];
	struct stat x, y;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(names); i++) {
		(void)snprintf(a, sizeof(a), "t/%s", names[i]);
		(void)snprintf(b, sizeof(b), "%s/%s", copied, names[i]);
		assert_same_stat(a, b);
	}
	(void)snprintf(a, sizeof(a), "%s/f", copied);
	(void)snprintf(b, sizeof(b), "%s/d/second", copied);
	assert_text(a, "text");
	assert_int_equal(stat(a, &x), 0);
	assert_int_equal(stat(b, &y), 0);
	assert_int_equal(x.st_ino, y.st_ino);
	assert_int_equal(x.st_mtim.tv_nsec, 5);
	(void)snprintf(a, sizeof(a), "%s/link", copied);
	assert_true(is_link_to(a, "/etc/passwd"));
}
