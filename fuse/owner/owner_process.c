/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner_process.c - the spawner, which has one thread for ever, and the workers.
 *
 * setns(2) lets only a process with one thread into a user namespace, and the daemon has many. So
 * it forks the spawner before it has threads, and this forks a worker whenever it is told to.
 *
 * Defends against the container, which a worker shares a user namespace with: it is undumpable
 * before it enters and ever after, so that the container's root, who has all capabilities there,
 * can neither trace it nor look into it; it enters no other namespace, executes nothing, loads
 * nothing, opens no path but beneath an fd that it was given, keeps the two capabilities that
 * reading takes, and no fd between requests. Both processes hold nothing of the daemon's, and end
 * with it whatever they do: by the end of their socket, by a signal where they hang in a container.
 */
#include "fuse/owner/owner_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fuse/owner/owner_filter.h"
#include "fuse/owner/owner_wire.h"
#include "reach/beneath.h"
#include "reach/resolve.h"
#include "reach/util.h"

#define IDLE_MS 30000 /* a worker that nobody needs for so long ends */

/* Where both processes have their fds. */
enum { FD_SOCK = 3, FD_PROCFS, FD_USERNS, FD_FREE };

struct worker {
	int sock, procfs;
	char text[OWNER_TEXT_MAX];
	char data[OWNER_DATA_MAX];
};

pid_t owner_fork(void)
{
#ifdef __SANITIZE_THREAD__
	/* Its fork() starts a thread in the child. */
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
#else
	return fork();
#endif
}

/* A change of credentials undoes the first two: it is called again after it. */
static int harden(pid_t parent)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return getppid() == parent ? 0 : -ECHILD;
}

static int keep_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	/* All files, to be read, and O_NOATIME. */
	data[0].effective = data[0].permitted = 1U << CAP_DAC_READ_SEARCH | 1U << CAP_FOWNER;
	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

/* ---- the worker ---- */

static int open_quietly(int dirfd, const char *path, int flags)
{
	int fd = open_beneath(dirfd, path, flags);

	return fd == -EPERM && flags & O_NOATIME ? open_beneath(dirfd, path, flags & ~O_NOATIME)
						 : fd;
}

static int watch(int inotify, int fd, uint32_t mask)
{
	char path[32];
	int wd;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	wd = inotify_add_watch(inotify, path, mask);
	return wd < 0 ? -errno : wd;
}

static int xattr(struct worker *w, int fd, size_t size, size_t *ret_len)
{
	char path[32];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	size = nsv_min(size, sizeof(w->data));
	n = *w->text ? getxattr(path, w->text, w->data, size) : listxattr(path, w->data, size);
	if (n < 0)
		return -errno;
	*ret_len = size ? (size_t)n : 0;
	return (int)n;
}

static int look(struct worker *w, int fd, int flags, size_t *ret_len)
{
	struct statx st;

	if (statx(fd, "", flags | AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &st) < 0)
		return -errno;
	*ret_len = sizeof(st);
	memcpy(w->data, &st, sizeof(st));
	return 0;
}

static void answer(struct worker *w, const struct owner_request *rq, const int fds[OWNER_FDS])
{
	struct owner_answer a = { .result = -EINVAL };
	nsv_autofd int fd = NSV_FD_NONE;
	size_t len = 0;

	switch ((enum owner_op)rq->op) {
	case OWNER_OPEN:
		a.result = fd = open_quietly(fds[0], w->text, (int)rq->flags);
		break;
	case OWNER_REOPEN:
		a.result = fd = nsv_reopen_through(w->procfs, fds[0], false, NULL, NULL);
		break;
	case OWNER_WATCH:
		a.result = watch(fds[0], fds[1], rq->flags);
		break;
	case OWNER_XATTR:
		a.result = xattr(w, fds[0], rq->flags, &len);
		break;
	case OWNER_STATX:
		a.result = look(w, fds[0], (int)rq->flags, &len);
		break;
	}
	if (owner_wire_send(w->sock, &a, sizeof(a), w->data, len, &fd, fd >= 0) < 0)
		_exit(0);
}

static bool serve_one(struct worker *w)
{
	struct pollfd asked = { .fd = w->sock, .events = POLLIN };
	struct owner_request rq;
	int fds[OWNER_FDS];
	size_t len;
	int n;

	do
		n = poll(&asked, 1, IDLE_MS);
	while (n < 0 && errno == EINTR);
	if (n <= 0 ||
	    owner_wire_recv(w->sock, &rq, sizeof(rq), w->text, sizeof(w->text) - 1, &len, fds) < 0)
		return false;
	w->text[len] = '\0';
	answer(w, &rq, fds);
	/* Nothing of the container is held. */
	for (size_t i = 0; i < OWNER_FDS; i++)
		nsv_close(fds[i]);
	return true;
}

static int enter(int userns, pid_t parent)
{
	int r = harden(parent);

	if (r == 0 && setns(userns, CLONE_NEWUSER) < 0)
		r = -errno;
	if (r == 0)
		r = harden(parent);
	if (r == 0)
		r = keep_capabilities();
	if (r == 0)
		r = owner_filter_worker();
	return r;
}

static _Noreturn void worker_main(int sock, int userns, pid_t parent)
{
	struct worker *w = malloc(sizeof(*w));
	struct owner_answer hello = { .result = -ENOMEM };

	(void)prctl(PR_SET_NAME, "nsviewd-owner");
	if (!w || dup3(sock, FD_SOCK, O_CLOEXEC) < 0 || dup3(userns, FD_USERNS, O_CLOEXEC) < 0 ||
	    syscall(SYS_close_range, FD_FREE, ~0U, 0) < 0)
		_exit(1);
	w->sock = FD_SOCK;
	w->procfs = FD_PROCFS;
	hello.result = enter(FD_USERNS, parent);
	if (hello.result == 0)
		hello.result = getpid();
	nsv_close(FD_USERNS);
	if (owner_wire_send(w->sock, &hello, sizeof(hello), NULL, 0, NULL, 0) == 0 &&
	    hello.result > 0)
		while (serve_one(w))
			;
	_exit(0);
}

/* ---- the spawner ---- */

static void keep_fds(int sock)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int procfs = nsv_procfs_open(NULL);

	/* Out of the way first. */
	sock = fcntl(sock, F_DUPFD_CLOEXEC, FD_FREE);
	procfs = fcntl(procfs, F_DUPFD_CLOEXEC, FD_FREE);
	null = fcntl(null, F_DUPFD_CLOEXEC, FD_FREE);
	if (sock < 0 || procfs < 0 || null < 0)
		_exit(1);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		(void)dup3(null, fd, O_CLOEXEC);
	/* The third is reserved: what comes by a message has higher numbers. */
	if (dup3(sock, FD_SOCK, O_CLOEXEC) < 0 || dup3(procfs, FD_PROCFS, O_CLOEXEC) < 0 ||
	    dup3(null, FD_USERNS, O_CLOEXEC) < 0 || syscall(SYS_close_range, FD_FREE, ~0U, 0) < 0)
		_exit(1);
}

/* The terminal's and the service manager's are for the daemon. Workers are not waited for. */
static void ignore_signals(void)
{
	static const int ignored[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP, SIGCHLD
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
}

static _Noreturn void spawner_main(int sock, pid_t parent)
{
	const pid_t self = getpid();
	int fds[OWNER_FDS];
	size_t len;
	char byte;

	(void)prctl(PR_SET_NAME, "nsviewd-spawner");
	ignore_signals();
	(void)setsid();
	(void)!chdir("/");
	keep_fds(sock);
	if (harden(parent) < 0 || owner_filter_spawner() < 0)
		_exit(1);
	while (owner_wire_recv(FD_SOCK, &byte, 1, NULL, 0, &len, fds) == 0) {
		/* Where it fails the socket's other end is told by its end. */
		if (fds[1] >= 0 && owner_fork() == 0)
			worker_main(fds[1], fds[0], self);
		nsv_close(fds[0]);
		nsv_close(fds[1]);
	}
	_exit(0);
}

pid_t owner_spawner_start(int *ret_sock)
{
	const pid_t parent = getpid();
	int socks[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	pid = owner_fork();
	if (pid == 0)
		spawner_main(socks[1], parent);
	nsv_close(socks[1]);
	if (pid < 0) {
		int err = errno;

		nsv_close(socks[0]);
		return -err;
	}
	*ret_sock = socks[0];
	return pid;
}
