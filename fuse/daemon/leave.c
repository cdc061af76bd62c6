/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leave.c - the process that unmounts. It is told nothing but when; where and what it knows from
 * before. No state, no locks.
 */
#include "fuse/daemon/leave.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuse/daemon/filter.h"
#include "fuse/daemon/mount.h"
#include "reach/message.h"
#include "reach/util.h"

#define ASK_MAX	   5	/* times, while a connection is being closed */
#define LEAVE_MS   5000 /* what the unmount may take */
#define UNMOUNTING (UMOUNT_NOFOLLOW | MNT_FORCE | MNT_DETACH)

struct post {
	const char *path;
	unsigned major, minor;
	int sock;
};

/* ---- root's process ---- */

static int give_up_rights(void)
{
	static const struct filter_rule rules[] = {
		{ "umount2", { { 1, FILTER_INT, UNMOUNTING } } },
	};
	static const struct filter_list list = { NULL, 0, rules, NSV_ARRAY_SIZE(rules) };
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	data[0].effective = data[0].permitted = 1U << CAP_SYS_ADMIN;
	if (syscall(SYS_capset, &head, data) < 0)
		return -errno;
	return filter_load((const struct filter_list *const[]){ &filter_common, &list }, 2);
}

static void wait_and_unmount(void *data, pid_t parent)
{
	const struct post *post = data;
	char byte;
	int r;

	(void)prctl(PR_SET_NAME, "nsviewd-leave");
	(void)!chdir("/");
	if (nsv_helper_null_stdio() < 0 || give_up_rights() < 0 ||
	    nsv_recv_all(post->sock, &byte, 1, NSV_NO_DEADLINE) < 0)
		return;
	r = mount_is_of_device(post->path, post->major, post->minor);
	if (r > 0)
		r = umount2(post->path, UNMOUNTING);
	byte = r < 0;
	(void)nsv_send_all(post->sock, &byte, 1);
}

static int start_for_root(struct post *post, struct leave *ret)
{
	int socks[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	post->sock = socks[1];
	r = nsv_helper_start(&(struct nsv_helper_plan){ .run = wait_and_unmount,
							.data = post,
							.keep = &socks[1],
							.n_keep = 1 },
			     &ret->helper);
	nsv_close(socks[1]);
	if (r < 0)
		nsv_close(socks[0]);
	else
		ret->sock = socks[0];
	return r;
}

/* ---- an ordinary user's ---- */

/* The daemon has ended: its mount says so, as soon as the kernel has closed the rest of its fds. */
static bool is_left(const char *path, unsigned major, unsigned minor)
{
	for (int i = 0; i < ASK_MAX; i++) {
		int err;

		if (mount_is_of_device(path, major, minor) <= 0)
			return false;
		err = mount_ask(path);
		if (err != ECONNABORTED && err != ETIMEDOUT)
			return err == ENOTCONN;
	}
	return false;
}

static int start_for_user(const struct post *post, struct leave *ret)
{
	int fds[2];
	pid_t pid;
	char byte;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		/* Nothing of the mount is kept but the end of the pipe, which ends with the daemon.
		 */
		(void)setsid();
		(void)dup2(fds[0], 0);
		(void)nsv_close_range(1, ~0U);
		while (read(0, &byte, 1) < 0 && errno == EINTR)
			;
		if (is_left(post->path, post->major, post->minor))
			(void)mount_run_fusermount(post->path, true);
		_exit(0);
	}
	nsv_close(fds[0]);
	if (pid < 0) {
		nsv_close(fds[1]);
		return -errno;
	}
	/* The other end stays open until the daemon ends. */
	ret->sock = fds[1];
	return 0;
}

/* ---- the daemon ---- */

int leave_prepare(const char *path, unsigned major, unsigned minor, struct leave *ret)
{
	struct post post = { .path = path, .major = major, .minor = minor };

	*ret = (struct leave)LEAVE_NONE;
	return geteuid() == 0 ? start_for_root(&post, ret) : start_for_user(&post, ret);
}

/*
 * A device number is given out anew as soon as its mount is gone: a view that was mounted since may
 * have it. While our connection stands the number is ours; after that a new view answers.
 */
static bool is_still_ours(const char *path, unsigned major, unsigned minor, int fuse_fd)
{
	struct pollfd connection = { .fd = fuse_fd };

	if (mount_is_of_device(path, major, minor) <= 0)
		return false;
	return poll(&connection, 1, 0) == 0 || mount_ask_server(path) == -ENOTCONN;
}

void leave(struct leave *l, const char *path, unsigned major, unsigned minor, int fuse_fd,
	   int abort_fd)
{
	ssize_t n;
	char byte = 0;

	/* With MNT_FORCE, which aborts too. An ordinary user's mount goes with the process. */
	if (l->helper.pid > 0 && is_still_ours(path, major, minor, fuse_fd) &&
	    nsv_send_all(l->sock, &byte, 1) == 0)
		(void)nsv_recv_all(l->sock, &byte, 1, nsv_now_ms() + LEAVE_MS);
	if (abort_fd >= 0) {
		n = write(abort_fd, "1", 1);
		(void)n;
	}
	if (l->helper.pid > 0) {
		nsv_close_p(&l->sock);
		(void)nsv_helper_end(&l->helper, NSV_HELPER_END_MS);
	}
}
