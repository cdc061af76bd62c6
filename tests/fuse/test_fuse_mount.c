/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_fuse_mount.c - mount points, the daemon's start, and messages to the service manager. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/skip.h"
#include "fixtures/tmp.h"
#include "fuse/daemon/daemonize.h"
#include "fuse/daemon/mount.h"
#include "fuse/daemon/notify.h"
#include "reach/util.h"

/* Makes the mount that a killed daemon leaves. */
static void mount_stale(const char *at)
{
	char options[64];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	(void)snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	assert_int_equal(mount("nsviewd", at, "fuse.nsviewd", 0, options), 0);
	nsv_close(fd);
}

static void stale_mounts_are_cleared(void **state)
{
	char dir[] = "/tmp/nsv-mount-XXXXXX", point[64], crooked[128];
	struct nsv_error e = NSV_ERROR_INIT;
	char *path = NULL;
	struct stat st;

	if (geteuid() != 0)
		nsv_test_skip("only root mounts");
	nsv_test_mkdtemp(dir);
	(void)snprintf(point, sizeof(point), "%s/a b", dir);
	(void)snprintf(crooked, sizeof(crooked), "%s/./a b//", dir);
	assert_int_equal(mkdir(point, 0700), 0);
	mount_stale(point);
	/* Control. */
	assert_int_equal(stat(point, &st), -1);
	assert_int_equal(errno, ENOTCONN);
	assert_int_equal(mount_prepare(crooked, false, &path, &e), 0);
	assert_string_equal(path, point);
	free(path);
	assert_int_equal(stat(point, &st), 0);
	assert_int_equal(mount_is_of(point, VIEW_FSTYPE), 0);
	/* --unmount removes it, too. */
	mount_stale(point);
	assert_int_equal(mount_unmount(point, &e), 0);
	assert_int_equal(mount_is_of(point, VIEW_FSTYPE), 0);
	assert_int_equal(mount_unmount(point, &e), -EINVAL);
}

/* A hung view stays mounted, and is not waited for without end. */
static void living_mounts_are_left(void **state)
{
	char dir[] = "/tmp/nsv-mount-XXXXXX", options[64];
	struct nsv_error e = NSV_ERROR_INIT;
	char *path = NULL;
	int fd;

	if (geteuid() != 0)
		nsv_test_skip("only root mounts");
	nsv_test_mkdtemp(dir);
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	(void)snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	assert_int_equal(mount("nsviewd", dir, "fuse.nsviewd", 0, options), 0);
	assert_int_equal(mount_prepare(dir, false, &path, &e), -EBUSY);
	assert_int_equal(mount_is_of(dir, VIEW_FSTYPE), 1);
	nsv_close(fd);
	assert_int_equal(mount_unmount(dir, &e), 0);
}

static void other_mounts_are_left(void **state)
{
	char dir[] = "/tmp/nsv-mount-XXXXXX";
	struct nsv_error e = NSV_ERROR_INIT;
	nsv_autofree char *path = NULL;

	if (geteuid() != 0)
		nsv_test_skip("only root mounts");
	nsv_test_mkdtemp(dir);
	assert_int_equal(mount("none", dir, "tmpfs", 0, NULL), 0);
	assert_int_equal(mount_unmount(dir, &e), -EINVAL);
	/* Mounting over it is the administrator's choice. */
	assert_int_equal(mount_prepare(dir, false, &path, &e), 0);
	assert_int_equal(mount_is_of(dir, "tmpfs"), 1);
	assert_int_equal(umount(dir), 0);
}

static void bad_mount_points_are_told(void **state)
{
	char dir[] = "/tmp/nsv-mount-XXXXXX", path[64];
	struct nsv_error e = NSV_ERROR_INIT;
	char *out = NULL;
	int fd;

	nsv_test_mkdtemp(dir);
	(void)snprintf(path, sizeof(path), "%s/none", dir);
	assert_int_equal(mount_prepare(path, false, &out, &e), -ENOENT);
	assert_non_null(strstr(e.msg, path));
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	nsv_close(fd);
	assert_int_equal(mount_prepare(path, false, &out, &e), -ENOTDIR);
	assert_int_equal(mount_prepare("", false, &out, &e), -ENOENT);
	assert_null(out);
}

enum start { START_READY, START_FAILED, START_DIED };

/* What the command's exit status is, and that the daemon lives on after it. */
static int start(enum start how, int lives)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct daemonized d = DAEMONIZED_INIT;

		if (daemonize_begin(&d) < 0)
			_exit(99);
		if (how == START_FAILED)
			daemonize_failed(&d, 3);
		if (how == START_READY) {
			daemonize_ready(&d);
			status = write(lives, "x", 1) == 1 ? 0 : 1;
			_exit(status);
		}
		(void)raise(how == START_DIED ? SIGKILL : SIGTERM);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_daemons_start_is_waited_for(void **state)
{
	int fds[2];
	char byte = 0;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(start(START_READY, fds[1]), 0);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(start(START_FAILED, fds[1]), 3);
	assert_int_equal(start(START_DIED, fds[1]), 1);
	nsv_close(fds[0]);
	nsv_close(fds[1]);
}

static void told_on(const char *name, const struct sockaddr_un *address, socklen_t length)
{
	nsv_autofd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	char text[64] = "", wanted[64];

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)address, length), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	assert_int_equal(notify_ready(notify_connect()), 1);
	assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
	(void)snprintf(wanted, sizeof(wanted), "READY=1\nMAINPID=%d", getpid());
	assert_string_equal(text, wanted);
}

static void the_manager_is_told(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char dir[] = "/tmp/nsv-notify-XXXXXX", name[108], too_long[300];

	(void)unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify_connect(), -ENODATA);
	assert_int_equal(notify_ready(-ENODATA), 0);
	nsv_test_mkdtemp(dir);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/sock", dir);
	(void)snprintf(name, sizeof(name), "%s", address.sun_path);
	told_on(name, &address, sizeof(address));
	(void)snprintf(name, sizeof(name), "@nsv-notify-%d", getpid());
	memset(address.sun_path, 0, sizeof(address.sun_path));
	memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
	told_on(name, &address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name)));
	memset(too_long, 'x', sizeof(too_long));
	too_long[0] = '/';
	too_long[sizeof(too_long) - 1] = '\0';
	(void)setenv("NOTIFY_SOCKET", too_long, 1);
	assert_int_equal(notify_connect(), -ENAMETOOLONG);
	(void)setenv("NOTIFY_SOCKET", "vsock:1", 1);
	assert_int_equal(notify_connect(), -EAFNOSUPPORT);
	(void)setenv("NOTIFY_SOCKET", "/nonexistent/sock", 1);
	assert_int_equal(notify_connect(), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stale_mounts_are_cleared),
		cmocka_unit_test(living_mounts_are_left),
		cmocka_unit_test(other_mounts_are_left),
		cmocka_unit_test(bad_mount_points_are_told),
		cmocka_unit_test(a_daemons_start_is_waited_for),
		cmocka_unit_test(the_manager_is_told),
	};

	return cmocka_run_group_tests_name("fuse_mount", tests, NULL, NULL);
}
