/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_race_sticky.c - a copy to a name in a sticky folder that all may write to, while the
 * local user whom the file there belongs to exchanges it with a link to a file in a folder of
 * root's. Control: to look at DEST by stat, lstat, realpath and open in turn, with the kernel's
 * rule of fs.protected_symlinks in force, ends up on root's file.
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nsview/copy.h>

#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "reach/util.h"

#define USER	54321
#define SECRET	"root's own\n"
#define PAYLOAD "payload\n"

static char place[] = "/tmp/nsview-sticky-XXXXXX";
static pid_t attacker;

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static bool holds(const char *path, const char *text)
{
	char buf[64] = "";
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	(void)fread(buf, 1, sizeof(buf) - 1, f);
	(void)fclose(f);
	return strcmp(buf, text) == 0;
}

static bool is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/*
 * sticky/f and sticky/l: a file and a link of the user's. A copy may have replaced one. They change
 * places meanwhile, so that this may see two of a kind where there is one; the next time mends it.
 */
static void arm(void)
{
	bool first = is_link("sticky/f"), second = is_link("sticky/l");

	if (first == second) {
		(void)unlink("sticky/new");
		if (first)
			put("sticky/new", "of the user\n");
		else
			assert_int_equal(symlink("../root/f", "sticky/new"), 0);
		assert_int_equal(lchown("sticky/new", USER, USER), 0);
		assert_int_equal(rename("sticky/new", "sticky/l"), 0);
	}
	(void)lchown("sticky/f", USER, USER);
	(void)lchown("sticky/l", USER, USER);
}

static int start(void **state)
{
	nsv_test_mkdtemp(place);
	if (geteuid() != 0)
		nsv_test_skip("needs root");
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("sticky", place, "tmpfs", 0, "mode=755"), 0);
	assert_int_equal(chdir(place), 0);
	assert_int_equal(mkdir("sticky", 0700), 0);
	assert_int_equal(chmod("sticky", 01777), 0);
	assert_int_equal(mkdir("root", 0700), 0);
	put("root/f", SECRET);
	put("payload", PAYLOAD);
	put("sticky/f", "of the user\n");
	arm();
	attacker = fork();
	assert_true(attacker >= 0);
	if (attacker == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setresgid(USER, USER, USER) < 0 || setresuid(USER, USER, USER) < 0)
			_exit(1);
		for (;;)
			(void)renameat2(AT_FDCWD, "sticky/f", AT_FDCWD, "sticky/l",
					RENAME_EXCHANGE);
	}
	return 0;
}

static int stop(void **state)
{
	if (attacker > 0) {
		(void)kill(attacker, SIGKILL);
		(void)waitpid(attacker, NULL, 0);
	}
	return chdir("/");
}

/* stat(2) where fs.protected_symlinks is 1, whatever it is on this machine. */
static int protected_stat(const char *path, struct stat *st)
{
	nsv_autofd int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fstat(fd, st) < 0)
		return -errno;
	return S_ISLNK(st->st_mode) && st->st_uid != geteuid() ? -EACCES : 0;
}

/* How DEST was found once. */
static void naive_copy(const char *dest)
{
	char *path = strdup(dest), *tmp = NULL;
	struct stat st = { 0 };

	assert_non_null(path);
	if (protected_stat(dest, &st) == 0 && S_ISREG(st.st_mode)) {
		if (lstat(dest, &st) == 0 && S_ISLNK(st.st_mode)) {
			free(path);
			path = realpath(dest, NULL);
		}
		if (path && asprintf(&tmp, "%s.new", path) > 0) {
			put(tmp, PAYLOAD);
			(void)rename(tmp, path);
		}
	}
	free(tmp);
	free(path);
}

static void looking_twice_reaches_a_file_of_roots(void **state)
{
	unsigned long tries = 0;

	while (holds("root/f", SECRET)) {
		arm();
		naive_copy("sticky/f");
		tries++;
	}
	print_message("[ control  ] after %lu tries\n", tries);
	put("root/f", SECRET);
}

static int copy(const char *dest)
{
	struct nsv_copy_options o = NSV_COPY_OPTIONS_INIT;
	struct nsv_copy *c = NULL;
	int r;

	o.threads = 1;
	assert_int_equal(nsv_copy_new(&o, &c, NULL), 0);
	r = nsv_copy_to_path(c, dest, false, NULL);
	if (r == 0)
		r = nsv_copy_add(c, NULL, "payload", NULL);
	nsv_copy_free(c);
	return r;
}

static void nscp_never_does(void **state)
{
	const char *wanted = getenv("NSVIEW_RACE_ROUNDS");
	unsigned long rounds = wanted ? strtoul(wanted, NULL, 10) : 20000;
	unsigned long done = 0, refused = 0;

	for (unsigned long i = 0; i < rounds || !done || !refused; i++) {
		int r;

		arm();
		r = copy("sticky/f");
		done += r == 0;
		refused += r == -EACCES;
		if (!holds("root/f", SECRET))
			fail_msg("root's file was written to after %lu copies", i);
	}
	print_message("[ nscp     ] %lu copies, %lu refused\n", done, refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looking_twice_reaches_a_file_of_roots),
		cmocka_unit_test(nscp_never_does),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
