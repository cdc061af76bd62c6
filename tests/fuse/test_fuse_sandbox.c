/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_fuse_sandbox.c - the sandboxed daemon can read files, and can change nothing. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "fuse/daemon/sandbox.h"
#include "reach/beneath.h"
#include "reach/util.h"

static char dir[] = "/tmp/nsv-sandbox-XXXXXX";

static int write_open(void)
{
	return open("file", O_WRONLY | O_CLOEXEC);
}

static int read_write_open(void)
{
	return open("file", O_RDWR | O_CLOEXEC);
}

static int create(void)
{
	return open("new", O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
}

static int make_dir(void)
{
	return mkdir("dir", 0700);
}

static int remove_file(void)
{
	return unlink("file2");
}

static int move_file(void)
{
	return rename("file", "file3") < 0 ? -1 : rename("file3", "file");
}

static int link_file(void)
{
	return symlink("file", "link");
}

static int change_mode(void)
{
	return chmod("file", 0640);
}

static int change_owner(void)
{
	return chown("file", 0, 0);
}

static int change_time(void)
{
	return utimensat(AT_FDCWD, "file", NULL, 0);
}

static int cut(void)
{
	return truncate("file", 1);
}

static int mount_it(void)
{
	return mount("none", "sub", "tmpfs", 0, NULL);
}

static int unshare_it(void)
{
	return unshare(CLONE_NEWUTS);
}

static int talk(void)
{
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int name_host(void)
{
	return sethostname("x", 1); /* after unshare(2), in the control */
}

static int run(void)
{
	/* Only that it is refused can be seen. */
	(void)execl("/nonexistent", "x", (char *)NULL);
	return errno == ENOENT ? 0 : -1;
}

static const struct {
	const char *name;
	int (*call)(void);
} changing[] = {
	{ "open for writing", write_open },
	{ "open for both", read_write_open },
	{ "create", create },
	{ "mkdir", make_dir },
	{ "unlink", remove_file },
	{ "rename", move_file },
	{ "symlink", link_file },
	{ "chmod", change_mode },
	{ "chown", change_owner },
	{ "utimes", change_time },
	{ "truncate", cut },
	{ "mount", mount_it },
	{ "unshare", unshare_it },
	{ "socket", talk },
	{ "sethostname", name_host },
	{ "exec", run },
};

static void make_files(void)
{
	assert_int_equal(chdir(dir), 0);
	nsv_close(open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	nsv_close(open("file2", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	(void)mkdir("sub", 0700);
}

/* In a child and with a namespace of its own for the control's mount. The exit status is 1 + the
 * call. */
static int all_calls(bool in_sandbox)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (!in_sandbox && unshare(CLONE_NEWNS) == 0)
			(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
		if (in_sandbox && sandbox_enter(false, NULL) < 0)
			_exit(200);
		for (size_t i = 0; i < NSV_ARRAY_SIZE(changing); i++) {
			int r = changing[i].call();

			if (in_sandbox ? r >= 0 || errno != EPERM : r < 0)
				_exit(1 + (int)i);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void report(int status)
{
	if (status > 0 && (size_t)status <= NSV_ARRAY_SIZE(changing))
		fail_msg("%s", changing[status - 1].name);
	assert_int_equal(status, 0);
}

static void nothing_can_be_changed(void **state)
{
	if (geteuid() != 0)
		nsv_test_skip("only root can do what is refused");
	nsv_test_mkdtemp(dir);
	make_files();
	report(all_calls(true));
	/* Control. */
	report(all_calls(false));
	assert_int_equal(chdir("/"), 0);
}

static bool status_says(const char *line)
{
	FILE *f = fopen("/proc/self/status", "re");
	char text[256];
	bool found = false;

	while (f && !found && fgets(text, sizeof(text), f))
		found = strncmp(text, line, strlen(line)) == 0;
	if (f)
		(void)fclose(f);
	return found;
}

static void *just_end(void *arg)
{
	return arg;
}

/* What the view does of other processes itself. */
static bool reads_of_others(pid_t other)
{
	static const char *const names[] = { "mountinfo", "status", "stat", "uid_map" };
	char path[64], text[64];

	for (size_t i = 0; i < NSV_ARRAY_SIZE(names); i++) {
		nsv_autofd int fd = NSV_FD_NONE;

		(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)other, names[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
			return false;
	}
	return true;
}

/* What the view does do. */
static int what_is_needed(void)
{
	nsv_autofd int root = open("/etc", O_PATH | O_CLOEXEC);
	nsv_autofd int fd = open_beneath(root, "passwd", O_RDONLY), copy = NSV_FD_NONE;
	pthread_t thread;
	struct statfs fs;
	char byte;
	int pair[2];

	if (fd < 0 || read(fd, &byte, 1) != 1 || fstatfs(fd, &fs) < 0)
		return 1;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0 || fcntl(copy, F_SETFL, fcntl(copy, F_GETFL) | O_NONBLOCK) < 0)
		return 2;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ||
	    send(pair[0], "x", 1, MSG_NOSIGNAL) != 1 || recv(pair[1], &byte, 1, 0) != 1)
		return 3;
	if (!status_says("NoNewPrivs:\t1") || !status_says("Seccomp:\t2"))
		return 4;
	/* DAC_READ_SEARCH, FOWNER, SYS_ADMIN. */
	if (geteuid() == 0 && !status_says("CapEff:\t000000000020000c"))
		return 5;
	if (!reads_of_others(getppid()))
		return 6;
	if (pthread_create(&thread, NULL, just_end, NULL) || pthread_join(thread, NULL))
		return 7;
	return 0;
}

static void what_is_needed_is_there(void **state)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(sandbox_enter(false, NULL) < 0 ? 100 : what_is_needed());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_can_be_changed),
		cmocka_unit_test(what_is_needed_is_there),
	};

	return cmocka_run_group_tests_name("fuse_sandbox", tests, NULL, NULL);
}
