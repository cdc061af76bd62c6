/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_reach_resolve.c - confined resolution on a tree of links, once with openat2
 * and once by single components. The control shows what a plain open does.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "reach/resolve.h"
#include "reach/util.h"

struct tree {
	char top[64]; /* holds "secret", outside the root */
	int root;     /* O_PATH of top/root */
	int procfs;   /* the host's */
};

static struct tree tree;

static void make_file(int dirfd, const char *name, const char *text)
{
	nsv_autofd int fd = openat(dirfd, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void make_links(int root)
{
	static const char *const links[][2] = {
		{ "/etc/real", "abs" },
		{ "etc/real", "rel" },
		{ "/../../../../../../secret", "climb" },
		{ "../secret", "climb1" },
		{ "../../../../../../../../../../../../etc/passwd", "climb2" },
		{ "/etc", "dirlink" },
		{ "dirlink/../etc/real", "inner" },
		{ "loop2", "loop1" },
		{ "loop1", "loop2" },
		{ "self", "self" },
		{ "/nowhere", "dangling" },
		{ "etc/", "slashed" },
		{ ".", "dot" },
		{ "/", "slash" },
		{ "..", "dotdot" },
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(links); i++)
		assert_int_equal(symlinkat(links[i][0], root, links[i][1]), 0);
	assert_int_equal(symlinkat("etc/real", root, "chain0"), 0);
	for (int i = 1; i <= 41; i++) {
		char from[32], to[32];

		(void)snprintf(to, sizeof(to), "chain%d", i - 1);
		(void)snprintf(from, sizeof(from), "chain%d", i);
		assert_int_equal(symlinkat(to, root, from), 0);
	}
}

static int make_tree(void **state)
{
	char path[80];
	nsv_autofd int top = NSV_FD_NONE;

	(void)snprintf(tree.top, sizeof(tree.top), "/tmp/nsview-resolve-XXXXXX");
	nsv_test_mkdtemp(tree.top);
	top = open(tree.top, O_PATH | O_CLOEXEC);
	make_file(top, "secret", "outside");
	(void)snprintf(path, sizeof(path), "%s/root", tree.top);
	assert_int_equal(mkdir(path, 0755), 0);
	tree.root = open(path, O_PATH | O_CLOEXEC);
	assert_int_equal(mkdirat(tree.root, "etc", 0755), 0);
	assert_int_equal(mkdirat(tree.root, "etc/sub", 0755), 0);
	make_file(tree.root, "etc/real", "inside");
	make_file(tree.root, "new\nline", "inside");
	make_file(tree.root, "bad\xff\xfeutf8", "inside");
	assert_int_equal(mkfifoat(tree.root, "fifo", 0600), 0);
	make_links(tree.root);
	tree.procfs = nsv_procfs_open(NULL);
	return tree.procfs < 0;
}

static int remove_tree(void **state)
{
	char command[128];

	nsv_close(tree.root);
	nsv_close(tree.procfs);
	(void)snprintf(command, sizeof(command), "rm -rf -- %s", tree.top);
	return system(command); /* NOLINT(cert-env33-c): a path of our own */
}

static struct nsv_confine confine(bool no_openat2)
{
	return (struct nsv_confine){
		.root = tree.root,
		.procfs = tree.procfs,
		.no_openat2 = no_openat2,
	};
}

struct expectation {
	const char *path;
	bool nofollow;
	int result;	       /* 0 or -errno */
	const char *canonical; /* when it opens */
};

static const struct expectation expectations[] = {
	{ "/etc/real", false, 0, "/etc/real" },
	{ "etc/real", false, 0, "/etc/real" },
	{ "//etc///real", false, 0, "/etc/real" },
	{ "/etc/./sub/.././real", false, 0, "/etc/real" },
	{ "/../../etc/real", false, 0, "/etc/real" },
	{ "/", false, 0, "/" },
	{ "..", false, 0, "/" },
	{ "/etc/..", false, 0, "/" },
	{ "/etc/", false, 0, "/etc" },
	{ "/abs", false, 0, "/etc/real" },
	{ "/abs", true, 0, "/abs" },
	{ "/rel", false, 0, "/etc/real" },
	{ "/dirlink/real", false, 0, "/etc/real" },
	{ "/dirlink/real", true, 0, "/etc/real" },
	{ "/dirlink", true, 0, "/dirlink" },
	{ "/dirlink/", true, 0, "/etc" },
	{ "/dirlink/..", false, 0, "/" },
	{ "/inner", false, 0, "/etc/real" },
	{ "/slashed", false, 0, "/etc" },
	{ "/slashed/sub", false, 0, "/etc/sub" },
	{ "/dot/dot/dot/etc", false, 0, "/etc" },
	{ "/slash/slash/abs", false, 0, "/etc/real" },
	{ "/dotdot/dotdot/etc", false, 0, "/etc" },
	{ "/chain39", false, 0, "/etc/real" }, /* itself is a link: 40 of them */
	{ "/chain40", false, -ELOOP, NULL },
	{ "/chain40", true, 0, "/chain40" },
	{ "/chain41", false, -ELOOP, NULL },
	{ "/loop1", false, -ELOOP, NULL },
	{ "/self", false, -ELOOP, NULL },
	{ "/self/x", false, -ELOOP, NULL },
	{ "/self", true, 0, "/self" },
	{ "/dangling", false, -ENOENT, NULL },
	{ "/dangling", true, 0, "/dangling" },
	{ "/climb", false, -ENOENT, NULL },
	{ "/climb1", false, -ENOENT, NULL },
	{ "/climb2", false, -ENOENT, NULL },
	{ "/etc/real/", false, -ENOTDIR, NULL },
	{ "/etc/real/x", false, -ENOTDIR, NULL },
	{ "/etc/real/..", false, -ENOTDIR, NULL },
	{ "/etc/real/.", false, -ENOTDIR, NULL },
	{ "/abs/", false, -ENOTDIR, NULL },
	{ "/nowhere/../etc/real", false, -ENOENT, NULL },
	{ "", false, -ENOENT, NULL },
	{ "/new\nline", false, 0, "/new\nline" },
	{ "/bad\xff\xfeutf8", false, 0, "/bad\xff\xfeutf8" },
};

static void check_one(const struct nsv_confine *c, const struct expectation *x)
{
	nsv_autofree char *canonical = NULL;
	nsv_autofd int named = nsv_resolve(c, x->path, x->nofollow, &canonical, NULL);
	nsv_autofd int fd = nsv_resolve(c, x->path, x->nofollow, NULL, NULL);

	if (x->result < 0) {
		if (fd != x->result || named != x->result)
			fail_msg("%s: %d and %d instead of %d", x->path, fd, named, x->result);
		return;
	}
	if (fd < 0 || named < 0)
		fail_msg("%s: %d and %d", x->path, fd, named);
	assert_string_equal(canonical, x->canonical);
}

static void every_path_stays_inside(void **state)
{
	for (int walk = 0; walk <= 1; walk++) {
		struct nsv_confine c = confine(walk);

		for (size_t i = 0; i < NSV_ARRAY_SIZE(expectations); i++)
			check_one(&c, &expectations[i]);
	}
}

/* Control: the same links, opened the way that cat /proc/PID/root/... does. */
static void a_plain_open_follows_them_outside(void **state)
{
	char path[160];
	struct stat seen, host;

	(void)snprintf(path, sizeof(path), "%s/root/climb1", tree.top);
	assert_int_equal(stat(path, &seen), 0);
	(void)snprintf(path, sizeof(path), "%s/secret", tree.top);
	assert_int_equal(stat(path, &host), 0);
	assert_true(seen.st_ino == host.st_ino);
	(void)snprintf(path, sizeof(path), "%s/root/climb2", tree.top);
	assert_int_equal(stat(path, &seen), 0);
	assert_int_equal(stat("/etc/passwd", &host), 0);
	assert_true(seen.st_ino == host.st_ino);
}

/* The exit status of a child below a chroot(2): 0, or the errno of the kernel's own open(2). */
static int opened_by_the_kernel(const char *path)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		if (fchdir(tree.root) < 0 || chroot(".") < 0)
			_exit(255);
		_exit(open(path, O_PATH | O_CLOEXEC) < 0 ? errno : 0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void as_many_links_as_the_kernel_follows(void **state)
{
	if (geteuid() != 0)
		nsv_test_skip("chroot(2) needs root");
	for (int links = 38; links <= 42; links++) {
		char path[32];
		int kernel;

		(void)snprintf(path, sizeof(path), "/chain%d", links - 1);
		kernel = opened_by_the_kernel(path);
		assert_int_equal(kernel, links <= 40 ? 0 : ELOOP);
		for (int walk = 0; walk <= 1; walk++) {
			struct nsv_confine c = confine(walk);
			nsv_autofd int fd = nsv_resolve(&c, path, false, NULL, NULL);

			assert_int_equal(fd < 0 ? -fd : 0, kernel);
		}
	}
}

struct mover {
	bool moved;
	int inside; /* the folder, opened before the move */
};

/* Called with each folder on the way: once "leaver/deep" is open, that leaves the root. */
static bool move_it_out(void *data, int dirfd)
{
	struct mover *m = data;
	char to[80];

	if (m->moved || faccessat(dirfd, "marker", F_OK, 0) != 0)
		return true;
	m->inside = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	(void)snprintf(to, sizeof(to), "%s/left", tree.top);
	m->moved = renameat(tree.root, "leaver/deep", AT_FDCWD, to) == 0;
	return true;
}

/* Control: by the kernel's ".." the moved folder leads to what lies beside the root. */
static void dotdot_of_a_folder_that_left_stays_inside(void **state)
{
	for (int walk = 0; walk <= 1; walk++) {
		struct mover m = { .inside = NSV_FD_NONE };
		struct nsv_confine c = confine(walk);
		nsv_autofree char *canonical = NULL;
		char back[80];
		struct stat st;

		c.may_enter = move_it_out;
		c.data = &m;
		assert_int_equal(mkdirat(tree.root, "leaver", 0755), 0);
		assert_int_equal(mkdirat(tree.root, "leaver/deep", 0755), 0);
		make_file(tree.root, "leaver/deep/marker", "inside");
		assert_int_equal(mkdirat(tree.root, "leaver/deep/end", 0755), 0);
		assert_int_equal(nsv_resolve(&c, "/leaver/deep/end/../../secret", false, &canonical,
					     NULL),
				 -ENOENT);
		assert_true(m.moved);
		assert_int_equal(fstatat(m.inside, "../secret", &st, 0), 0);
		nsv_close(m.inside);
		(void)snprintf(back, sizeof(back), "%s/left", tree.top);
		assert_int_equal(renameat(AT_FDCWD, back, tree.root, "leaver/deep"), 0);
		assert_int_equal(unlinkat(tree.root, "leaver/deep/marker", 0), 0);
		assert_int_equal(unlinkat(tree.root, "leaver/deep/end", AT_REMOVEDIR), 0);
		assert_int_equal(unlinkat(tree.root, "leaver/deep", AT_REMOVEDIR), 0);
		assert_int_equal(unlinkat(tree.root, "leaver", AT_REMOVEDIR), 0);
	}
}

#define DEEP 1500
#define NAME "a-directory-with-a-long-name"

static int deepen(int root)
{
	int fd = openat(root, ".", O_PATH | O_CLOEXEC);

	for (int i = 0; i < DEEP; i++) {
		int child;

		assert_int_equal(mkdirat(fd, NAME, 0755), 0);
		child = openat(fd, NAME, O_PATH | O_CLOEXEC);
		assert_true(child >= 0);
		nsv_close(fd);
		fd = child;
	}
	return fd;
}

static void paths_longer_than_path_max_are_walked(void **state)
{
	nsv_autofd int bottom = deepen(tree.root);
	size_t size = DEEP * sizeof("/" NAME) + 1;
	nsv_autofree char *dir = calloc(1, size);
	nsv_autofree char *direct = NULL;
	nsv_autofree char *back_and_forth = NULL;

	make_file(bottom, "found", "inside");
	for (size_t i = 0; i < DEEP; i++)
		memcpy(dir + i * (sizeof("/" NAME) - 1), "/" NAME, sizeof("/" NAME));
	assert_true(strlen(dir) > 4UL * PATH_MAX);
	assert_true(asprintf(&direct, "%s/found", dir) > 0);
	assert_true(asprintf(&back_and_forth, "%s/../" NAME "/found", dir) > 0);
	for (int walk = 0; walk <= 1; walk++) {
		struct nsv_confine c = confine(walk);
		nsv_autofree char *canonical = NULL;
		nsv_autofd int fd = nsv_resolve(&c, direct, false, &canonical, NULL);
		nsv_autofd int again = nsv_resolve(&c, back_and_forth, false, NULL, NULL);

		assert_true(fd >= 0);
		assert_true(again >= 0);
		assert_string_equal(canonical, direct);
	}
}

/* Each ".." walks the 43,500 bytes above it again: of these a path may ask for a megabyte. */
static void dotdot_costs_no_more_than_its_bound(void **state)
{
	static const struct {
		int times, result;
	} runs[] = { { 20, 0 }, { 30, -ELOOP } };
	size_t size = (DEEP + 31) * sizeof("/../" NAME);
	nsv_autofree char *path = malloc(size);

	assert_non_null(path);
	for (size_t run = 0; run < NSV_ARRAY_SIZE(runs); run++) {
		struct nsv_confine c = confine(true);
		nsv_autofd int fd = NSV_FD_NONE;
		size_t len = 0;

		for (int i = 0; i < DEEP; i++, len += sizeof("/" NAME) - 1)
			memcpy(path + len, "/" NAME, sizeof("/" NAME));
		for (int i = 0; i < runs[run].times; i++, len += sizeof("/../" NAME) - 1)
			memcpy(path + len, "/../" NAME, sizeof("/../" NAME));
		fd = nsv_resolve(&c, path, false, NULL, NULL);
		assert_int_equal(fd < 0 ? fd : 0, runs[run].result);
	}
}

static void names_longer_than_name_max_are_refused(void **state)
{
	char path[NAME_MAX + 8];

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	for (int walk = 0; walk <= 1; walk++) {
		struct nsv_confine c = confine(walk);

		assert_int_equal(nsv_resolve(&c, path, false, NULL, NULL), -ENAMETOOLONG);
	}
}

static int reopen_path(const char *path, bool dir, struct nsv_error *e)
{
	struct nsv_confine c = confine(false);
	nsv_autofd int fd = nsv_resolve(&c, path, true, NULL, NULL);

	assert_true(fd >= 0);
	return nsv_reopen_through(tree.procfs, fd, dir, NULL, e);
}

static void only_files_and_directories_are_opened(void **state)
{
	struct nsv_error e = NSV_ERROR_INIT;
	nsv_autofd int file = reopen_path("/etc/real", false, NULL);
	nsv_autofd int dir = reopen_path("/etc", true, NULL);
	char buf[16] = "";

	assert_int_equal(read(file, buf, sizeof(buf)), 6);
	assert_string_equal(buf, "inside");
	assert_true(dir >= 0);
	assert_int_equal(reopen_path("/etc", false, &e), -EISDIR);
	assert_int_equal(reopen_path("/etc/real", true, &e), -ENOTDIR);
	/* Would block for ever if it were opened for reading. */
	assert_int_equal(reopen_path("/fifo", false, &e), -ENXIO);
	assert_non_null(strstr(e.msg, "FIFO"));
	assert_int_equal(reopen_path("/abs", false, &e), -ELOOP);
}

static void devices_and_magic_links_are_refused(void **state)
{
	nsv_autofd int host = open("/", O_PATH | O_CLOEXEC);

	for (int walk = 0; walk <= 1; walk++) {
		struct nsv_confine c = { .root = host, .procfs = tree.procfs, .no_openat2 = walk };
		struct nsv_error e = NSV_ERROR_INIT;
		nsv_autofd int null = nsv_resolve(&c, "/dev/null", false, NULL, NULL);
		char magic[64];

		assert_true(null >= 0);
		assert_int_equal(nsv_reopen_through(tree.procfs, null, false, NULL, &e), -ENODEV);
		(void)snprintf(magic, sizeof(magic), "/proc/%d/root/etc", (int)getpid());
		assert_int_equal(nsv_resolve(&c, magic, false, NULL, &e), -ELOOP);
		assert_non_null(strstr(e.msg, "magic link"));
		/* Nobody is meant by /proc/self here. */
		assert_int_equal(nsv_resolve(&c, "/proc/self/status", false, NULL, &e), -ENOENT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_path_stays_inside),
		cmocka_unit_test(a_plain_open_follows_them_outside),
		cmocka_unit_test(as_many_links_as_the_kernel_follows),
		cmocka_unit_test(dotdot_of_a_folder_that_left_stays_inside),
		cmocka_unit_test(paths_longer_than_path_max_are_walked),
		cmocka_unit_test(dotdot_costs_no_more_than_its_bound),
		cmocka_unit_test(names_longer_than_name_max_are_refused),
		cmocka_unit_test(only_files_and_directories_are_opened),
		cmocka_unit_test(devices_and_magic_links_are_refused),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
