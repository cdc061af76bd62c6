/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner_process.c - the spawner, which has one thread for ever, and the workers.
 *
 * setns(2) lets only a process with one thread into a user namespace, and the daemon has many. So
 * it forks the spawner before it has threads, and this forks a worker whenever it is told to.
 *
 * Defends against the container, which a worker shares a user namespace with: both processes are
 * hardened (reach/helper.h). A worker enters no other namespace, opens no path but beneath an fd
 * that it was given, keeps the two capabilities that reading takes, and no fd between requests.
 * Both end with the daemon: by the end of their socket, by a signal where they hang in a container.
 */
#include "fuse/owner/owner_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fuse/owner/owner_filter.h"
#include "fuse/owner/owner_wire.h"
#include "reach/beneath.h"
#include "reach/caps.h"
#include "reach/message.h"
#include "reach/resolve.h"
#include "reach/util.h"

#define IDLE_MS 30000 /* a worker that nobody needs for so long ends */

struct worker {
	int sock, procfs;
	char text[OWNER_TEXT_MAX];
	char data[OWNER_DATA_MAX];
};

static int keep_capabilities(void)
{
	/* All files, to be read, and O_NOATIME. */
	const uint64_t kept = NSV_CAP(CAP_DAC_READ_SEARCH) | NSV_CAP(CAP_FOWNER);

	return nsv_caps_set(&(struct nsv_caps){ .effective = kept, .permitted = kept });
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

	if (statx(fd, "", flags | AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID,
		  &st) < 0)
		return -errno;
	*ret_len = sizeof(st);
	memcpy(w->data, &st, sizeof(st));
	return 0;
}

static int answer(struct worker *w, const struct owner_request *rq, const int fds[OWNER_FDS])
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
	return nsv_packet_send(w->sock, &(struct nsv_packet){ .head = &a,
							      .head_len = sizeof(a),
							      .data = w->data,
							      .len = len,
							      .fds = &fd,
							      .n_fds = fd >= 0 });
}

static bool serve_one(struct worker *w)
{
	struct owner_request rq;
	int fds[OWNER_FDS];
	struct nsv_packet p = { .head = &rq,
				.head_len = sizeof(rq),
				.data = w->text,
				.len = sizeof(w->text) - 1,
				.fds = fds,
				.n_fds = OWNER_FDS };
	int r = nsv_packet_recv(w->sock, &p, nsv_now_ms() + IDLE_MS);

	if (r < 0)
		return false;
	w->text[p.len] = '\0';
	r = answer(w, &rq, fds);
	/* Nothing of the container is held. */
	for (size_t i = 0; i < OWNER_FDS; i++)
		nsv_close(fds[i]);
	return r == 0;
}

static int enter(int userns, pid_t parent)
{
	int r = nsv_helper_join_userns(userns, parent);

	if (r == 0)
		r = keep_capabilities();
	if (r == 0)
		r = owner_filter_worker();
	return r;
}

struct post {
	int sock, procfs;
	int userns; /* a worker's */
};

static void work(void *data, pid_t parent)
{
	const struct post *post = data;
	struct worker *w = malloc(sizeof(*w));
	struct owner_answer hello = { .result = -ENOMEM };

	(void)prctl(PR_SET_NAME, "nsviewd-owner");
	if (!w)
		return;
	w->sock = post->sock;
	w->procfs = post->procfs;
	hello.result = enter(post->userns, parent);
	if (hello.result == 0)
		hello.result = getpid();
	nsv_close(post->userns);
	if (nsv_packet_send(w->sock, &(struct nsv_packet){ .head = &hello,
							   .head_len = sizeof(hello) }) == 0 &&
	    hello.result > 0)
		while (serve_one(w))
			;
}

/* ---- the spawner ---- */

static void start_worker(const struct post *spawner, int userns, int sock)
{
	struct nsv_helper worker = NSV_HELPER_NONE;
	struct post post = { .sock = sock, .procfs = spawner->procfs, .userns = userns };
	const int keep[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO,
			     post.sock,	   post.procfs,	  post.userns };

	/* Where it fails the socket's other end is told by its end. */
	(void)nsv_helper_start(&(struct nsv_helper_plan){ .run = work,
							  .data = &post,
							  .keep = keep,
							  .n_keep = NSV_ARRAY_SIZE(keep),
							  .nested = true },
			       &worker);
}

static void spawn(void *data, pid_t parent)
{
	const struct post *post = data;
	int fds[OWNER_FDS];
	char byte;

	(void)prctl(PR_SET_NAME, "nsviewd-spawner");
	/* Workers are not waited for. */
	(void)signal(SIGCHLD, SIG_IGN);
	(void)setsid();
	(void)!chdir("/");
	if (nsv_helper_null_stdio() < 0 || owner_filter_spawner() < 0)
		return;
	for (;;) {
		struct nsv_packet p = {
			.head = &byte, .head_len = 1, .fds = fds, .n_fds = OWNER_FDS
		};

		if (nsv_packet_recv(post->sock, &p, NSV_NO_DEADLINE) < 0)
			return;
		if (fds[1] >= 0)
			start_worker(post, fds[0], fds[1]);
		nsv_close(fds[0]);
		nsv_close(fds[1]);
	}
}

int owner_spawner_start(int procfs, struct nsv_helper *ret, int *ret_sock)
{
	int socks[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	r = nsv_helper_start(
	    &(struct nsv_helper_plan){
		.run = spawn,
		.data = &(struct post){ .sock = socks[1], .procfs = procfs },
		.keep = (int[]){ socks[1], procfs },
		.n_keep = 2,
	    },
	    ret);
	nsv_close(socks[1]);
	if (r < 0)
		nsv_close(socks[0]);
	else
		*ret_sock = socks[0];
	return r;
}
