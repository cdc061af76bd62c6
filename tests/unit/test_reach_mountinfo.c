/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_reach_mountinfo.c - tables of mounts as kernels print them and containers fill them. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fixtures/skip.h"
#include "fixtures/tmp.h"

#include "reach/mountinfo.h"
#include "reach/util.h"

static int parse(const char *text, struct nsv_mount_line *ret, char **ret_line)
{
	free(*ret_line);
	*ret_line = strdup(text);
	assert_non_null(*ret_line);
	return nsv_mount_parse(*ret_line, ret);
}

static void lines_are_split_before_they_are_unescaped(void **state)
{
	static const struct {
		const char *line, *root, *point, *options, *type, *source, *super;
	} lines[] = {
		{ "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue",
		  "/mnt1", "/mnt2", "rw,noatime", "ext3", "/dev/root", "rw,errors=continue" },
		/* No optional fields, one, and all that there are. */
		{ "36 35 98:0 / /a\\040b\\134\\012 rw - fuse.nsviewd nsviewd rw", "/", "/a b\\\n",
		  "rw", "fuse.nsviewd", "nsviewd", "rw" },
		{ "36 35 98:0 / /p rw shared:1 master:2 propagate_from:3 unbindable - tmpfs t rw",
		  "/", "/p", "rw", "tmpfs", "t", "rw" },
		/* Names that look like what follows them. */
		{ "2 0 0:5 / /x\\040-\\040proc\\040y rw shared:1 - overlay proc rw", "/",
		  "/x - proc y", "rw", "overlay", "proc", "rw" },
		{ "2 0 0:5 / - rw - overlay - rw", "/", "-", "rw", "overlay", "-", "rw" },
		{ "2 0 0:5 / /x - - tmpfs - -", "/", "/x", "-", "tmpfs", "-", "-" },
		/* A mark of the kernel's, and what only looks like one. */
		{ "2 0 0:5 /gone//deleted /y rw - tmpfs none rw", "/gone//deleted", "/y", "rw",
		  "tmpfs", "none", "rw" },
		{ "2 0 0:5 / /x\\040(deleted) rw - tmpfs none rw", "/", "/x (deleted)", "rw",
		  "tmpfs", "none", "rw" },
		/* Sources: none, "#"; a type with a comma in it. */
		{ "2 0 0:5 / /x rw - tmpfs  rw", "/", "/x", "rw", "tmpfs", "", "rw" },
		{ "2 0 0:5 / /x rw - fuse.a\\043b \\043c rw", "/", "/x", "rw", "fuse.a#b", "#c",
		  "rw" },
		/* Escaped once, not twice; what is no escape; no byte ends a name early. */
		{ "2 0 0:5 / /back\\134040slash rw - tmpfs none rw", "/", "/back\\040slash", "rw",
		  "tmpfs", "none", "rw" },
		{ "2 0 0:5 / /\\000\\9\\04\\400\\777\\ rw - tmpfs none rw", "/",
		  "/\\000\\9\\04\\400\\777\\", "rw", "tmpfs", "none", "rw" },
		{ "2 0 0:5 / /\\001\\377 rw - tmpfs none rw", "/", "/\001\377", "rw", "tmpfs",
		  "none", "rw" },
		/* Options of the file system stay escaped: a comma in one is no end of it. */
		{ "2 0 0:5 / / rw - overlay o rw,lowerdir=/a\\054upperdir=/etc", "/", "/", "rw",
		  "overlay", "o", "rw,lowerdir=/a\\054upperdir=/etc" },
		{ "2 0 0:4 mnt:[4026532178] /run/ns rw - nsfs nsfs rw", "mnt:[4026532178]",
		  "/run/ns", "rw", "nsfs", "nsfs", "rw" },
	};
	nsv_autofree char *text = NULL;
	struct nsv_mount_line m;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(lines); i++) {
		assert_int_equal(parse(lines[i].line, &m, &text), 0);
		assert_string_equal(m.root, lines[i].root);
		assert_string_equal(m.point, lines[i].point);
		assert_string_equal(m.options, lines[i].options);
		assert_string_equal(m.type, lines[i].type);
		assert_string_equal(m.source, lines[i].source);
		assert_string_equal(m.super, lines[i].super);
	}
	assert_int_equal(parse(lines[0].line, &m, &text), 0);
	assert_int_equal(m.id, 36);
	assert_int_equal(m.parent, 35);
	assert_int_equal(m.major, 98);
	assert_int_equal(m.minor, 0);
	assert_int_equal(nsv_mount_dev(m.major, m.minor), 98 << 20);
}

static void lines_that_are_none(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"1",
		"1 2 3",
		"1 - ",
		"1 - ext4",
		" - ext4 x",
		"12345678901 - e x",
		"12345678901 0 0:5 / / rw - ext4 x rw",
		"4294967296 0 0:5 / / rw - ext4 x rw",
		"-1 0 0:5 / / rw - ext4 x rw",
		"+1 0 0:5 / / rw - ext4 x rw",
		"1 x 0:5 / / rw - ext4 x rw",
		"1 0 5 / / rw - ext4 x rw",
		"1 0 0: / / rw - ext4 x rw",
		"1 0 0:5:6 / / rw - ext4 x rw",
		" 1 0 0:5 / / rw - ext4 x rw",
		"36 35 98:0",
		"36 35 98:0 / /a rw fuse x rw",
		"36 35 98:0 / - fuse x rw",
		"x - y z",
		"1 2 3:4 / /p rw - fuse",
		"1 2 3:4 / /p rw - fuse x",
		"1 2 3:4 / /p rw -  x rw",
		"     ",
	};
	nsv_autofree char *text = NULL;
	struct nsv_mount_line m;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(bad); i++)
		assert_int_equal(parse(bad[i], &m, &text), -EBADMSG);
}

static void types(void **state)
{
	static const struct {
		const char *type;
		unsigned flags;
	} types[] = {
		{ "ext3", 0 },
		{ "overlay", NSV_FS_LAYERED },
		{ "procfsx", 0 },
		{ "fusex", 0 },
		{ "", 0 },
		{ "proc", NSV_FS_KERNEL },
		{ "cgroup2", NSV_FS_KERNEL },
		{ "fusectl", NSV_FS_KERNEL },
		{ "nfs4", NSV_FS_SERVED },
		{ "virtiofs", NSV_FS_SERVED },
		{ "fuse", NSV_FS_SERVED },
		{ "fuseblk", NSV_FS_SERVED },
		{ "fuse.", NSV_FS_SERVED },
		{ "fuse.sshfs", NSV_FS_SERVED },
		{ "fuse.nsviewdx", NSV_FS_SERVED },
		{ "fuse.nsviewd", NSV_FS_SERVED | NSV_FS_VIEW },
		{ "autofs", NSV_FS_SERVED | NSV_FS_KERNEL },
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(types); i++)
		assert_int_equal(nsv_fs_flags(types[i].type), types[i].flags);
}

/* A table as a file in a folder of its own, since that is what is read. */
static int open_table(struct nsv_mountinfo *m, const char *dir, const char *text, size_t len,
		      size_t max)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/mountinfo", dir);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	return nsv_mountinfo_open(m, AT_FDCWD, dir, max);
}

/* Both ways of reading have to agree on the IDs, whatever the lines' lengths. */
static void check_ids(const char *dir, const char *text, size_t len, const char *wanted, size_t bad)
{
	for (int from_file = 0; from_file < 2; from_file++) {
		nsv_automountinfo struct nsv_mountinfo m;
		struct nsv_mount_line line;
		char ids[256] = "";
		int r;

		if (from_file)
			assert_int_equal(open_table(&m, dir, text, len, len), 0);
		else
			nsv_mountinfo_text(&m, text, len);
		while ((r = nsv_mountinfo_next(&m, &line)) > 0)
			(void)snprintf(ids + strlen(ids), sizeof(ids) - strlen(ids), "%u,",
				       line.id);
		assert_int_equal(r, 0);
		assert_string_equal(ids, wanted);
		assert_int_equal(m.bad, bad);
		assert_int_equal(nsv_mountinfo_next(&m, &line), 0);
	}
}

#define LINE(id) #id " 1 0:5 / /p rw - tmpfs none rw"

static void tables(void **state)
{
	static const struct {
		const char *text, *ids;
		size_t bad;
	} tables[] = {
		{ "", "", 0 },
		{ "\n\n", "", 0 },
		{ LINE(1) "\n", "1,", 0 },
		{ LINE(1), "1,", 0 },
		{ LINE(1) "\n" LINE(2), "1,2,", 0 },
		{ LINE(1) "\n\n" LINE(2) "\n\n", "1,2,", 0 },
		{ "x\n" LINE(1) "\n1 2 3\n" LINE(2) "\n", "1,2,", 2 },
		/* Cut off in the middle of a line. */
		{ LINE(1) "\n2 1 0:5 / /p rw", "1,", 1 },
	};
	char dir[] = "/tmp/nsv-mountinfo-XXXXXX";

	nsv_test_mkdtemp(dir);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(tables); i++)
		check_ids(dir, tables[i].text, strlen(tables[i].text), tables[i].ids,
			  tables[i].bad);
}

/* As many layers as a container may stack: longer than any buffer that is made at first. */
static void lines_of_any_length(void **state)
{
	static const size_t lengths[] = { 400,	511,  512,   513,   4000,   8191,
					  8192, 8193, 16384, 70000, 1048576 };
	char dir[] = "/tmp/nsv-mountinfo-XXXXXX";

	nsv_test_mkdtemp(dir);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(lengths); i++) {
		nsv_autofree char *text = NULL;
		nsv_autofree char *name = malloc(lengths[i] + 1);
		int n;

		assert_non_null(name);
		memset(name, 'l', lengths[i]);
		name[lengths[i]] = '\0';
		n = asprintf(&text, LINE(1) "\n2 1 0:5 / /%s rw - tmpfs none rw\n" LINE(3) "\n",
			     name);
		assert_true(n > 0);
		check_ids(dir, text, (size_t)n, "1,2,3,", 0);
	}
}

static void no_more_is_read_than_allowed(void **state)
{
	char dir[] = "/tmp/nsv-mountinfo-XXXXXX";
	const size_t size = 1 << 20;
	nsv_autofree char *text = malloc(size);
	nsv_automountinfo struct nsv_mountinfo m;
	struct nsv_mount_list list = { 0 };
	struct nsv_mount_line line;
	size_t n = 0;
	int r;

	nsv_test_mkdtemp(dir);
	assert_non_null(text);
	for (size_t at = 0; at < size; at++)
		text[at] = (LINE(1) "\n")[at % sizeof(LINE(1))];
	assert_int_equal(open_table(&m, dir, text, size, 65536), 0);
	while ((r = nsv_mountinfo_next(&m, &line)) > 0)
		n++;
	assert_int_equal(r, -E2BIG);
	assert_true(n <= 65536 / sizeof(LINE(1)));
	nsv_mountinfo_close(&m);
	/* One endless line takes no more memory either. */
	memset(text, 'x', size);
	assert_int_equal(open_table(&m, dir, text, size, 65536), 0);
	assert_int_equal(nsv_mount_list_read(&list, &m), -E2BIG);
	assert_true(m.size <= (size_t)4 * 65536);
	nsv_mount_list_clear(&list);
}

static void a_list_is_found_by_id(void **state)
{
	static const char text[] = "30 1 98:7 / /b rw - nfs4 x rw\n"
				   "x\n"
				   "4294967295 1 0:5 / /a\\040a rw - ext4 x rw\n"
				   "7 1 0:1048575 / / rw - proc x rw\n";
	nsv_automountinfo struct nsv_mountinfo m;
	struct nsv_mount_list list = { 0 };
	const struct nsv_mount_entry *e;

	assert_null(nsv_mount_list_find(&list, 7));
	nsv_mountinfo_text(&m, text, strlen(text));
	assert_int_equal(nsv_mount_list_read(&list, &m), 0);
	assert_int_equal(list.n, 3);
	e = nsv_mount_list_find(&list, 30);
	assert_non_null(e);
	assert_int_equal(e->dev, 98 << 20 | 7);
	assert_int_equal(e->flags, NSV_FS_SERVED);
	assert_string_equal(list.points + e->point, "/b");
	e = nsv_mount_list_find(&list, 4294967295);
	assert_non_null(e);
	assert_string_equal(list.points + e->point, "/a a");
	e = nsv_mount_list_find(&list, 7);
	assert_non_null(e);
	assert_int_equal(e->dev, 0xfffff);
	assert_int_equal(e->flags, NSV_FS_KERNEL);
	assert_null(nsv_mount_list_find(&list, 8));
	/* Not what its lower half says. */
	assert_null(nsv_mount_list_find(&list, 7 + (1ULL << 32)));
	nsv_mount_list_clear(&list);
}

static void what_can_not_be_read(void **state)
{
	char dir[] = "/tmp/nsv-mountinfo-XXXXXX";
	nsv_automountinfo struct nsv_mountinfo m;
	struct nsv_mount_line line;
	char path[128];

	nsv_test_mkdtemp(dir);
	assert_int_equal(nsv_mountinfo_open(&m, AT_FDCWD, dir, 1000), -ENOENT);
	nsv_mountinfo_close(&m);
	(void)snprintf(path, sizeof(path), "%s/mountinfo", dir);
	assert_int_equal(symlink("/proc/self/mountinfo", path), 0);
	assert_int_equal(nsv_mountinfo_open(&m, AT_FDCWD, dir, 1000), -ELOOP);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(nsv_mountinfo_open(&m, AT_FDCWD, dir, 1000), 0);
	assert_int_equal(nsv_mountinfo_next(&m, &line), -EISDIR);
}

static void our_own_table(void **state)
{
	nsv_automountinfo struct nsv_mountinfo m;
	struct nsv_mount_line line;
	bool root = false;
	int r;

	assert_int_equal(nsv_mountinfo_open(&m, AT_FDCWD, "/proc/self", NSV_MOUNTINFO_MAX), 0);
	while ((r = nsv_mountinfo_next(&m, &line)) > 0)
		root |= strcmp(line.point, "/") == 0;
	assert_int_equal(r, 0);
	assert_int_equal(m.bad, 0);
	assert_true(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_split_before_they_are_unescaped),
		cmocka_unit_test(lines_that_are_none),
		cmocka_unit_test(types),
		cmocka_unit_test(tables),
		cmocka_unit_test(lines_of_any_length),
		cmocka_unit_test(no_more_is_read_than_allowed),
		cmocka_unit_test(a_list_is_found_by_id),
		cmocka_unit_test(what_can_not_be_read),
		cmocka_unit_test(our_own_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
