/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * opener.c - the opener, its children, and requests to it.
 *
 * Each request carries a socket for its answer, so a child that hangs delays no other request.
 * Defends against: a client that was taken over (requests of a fixed size, no fd of the host), a
 * container that hangs (one child a request, NSV_OPENER_SECONDS). No locks.
 */
#include "opener.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "caps.h"
#include "clock.h"
#include "message.h"
#include "pinned.h"
#include "proc.h"
#include "resolve.h"
#include "util.h"

struct request {
	struct nsv_pin_guard guard;
	uint32_t wanted;
};

struct answer {
	int32_t result;
	uint32_t got; /* bits of enum nsv_pin: fds come in the order of the bits */
	int32_t err[NSV_PINS];
};

_Static_assert((int)NSV_PINS <= NSV_FDS_MAX, "all fds in one packet");

/* ---- the opener's child: one request ---- */

/* From memory: the container's root may be a server's, which tells outsiders its device only. */
static bool is_same_root(int root)
{
	const int how = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
	struct statx own, other;

	if (statx(AT_FDCWD, "/", how, STATX_INO, &own) < 0 || statx(root, "", how, 0, &other) < 0)
		return true;
	if (own.stx_dev_major != other.stx_dev_major || own.stx_dev_minor != other.stx_dev_minor)
		return false;
	return statx(root, "", how, STATX_INO, &other) < 0 || own.stx_ino == other.stx_ino;
}

/* A service of the host may have a mount namespace of its own, over the host's root. */
static bool is_host(const struct nsv_target *t)
{
	return t->is_host || is_same_root(t->root);
}

static int open_exe(const struct nsv_target *t)
{
	nsv_autofd int fd = openat(t->procdir, "exe", O_PATH | O_CLOEXEC);

	return fd < 0 ? -errno : nsv_reopen_through(t->procfs, fd, false, NULL, NULL);
}

static int open_ns(const struct nsv_target *t, const char *link)
{
	int fd = openat(t->procdir, link, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int dup_fd(int fd)
{
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? -errno : fd;
}

static int open_one(const struct nsv_target *t, enum nsv_pin pin)
{
	static const char *const links[NSV_PINS] = {
		[NSV_PIN_USER] = "ns/user",	[NSV_PIN_PID] = "ns/pid",
		[NSV_PIN_NET] = "ns/net",	[NSV_PIN_IPC] = "ns/ipc",
		[NSV_PIN_UTS] = "ns/uts",	[NSV_PIN_TIME] = "ns/time",
		[NSV_PIN_CGROUP] = "ns/cgroup",
	};

	switch (pin) {
	case NSV_PIN_PIDFD:
		return dup_fd(t->pidfd);
	case NSV_PIN_ROOT:
		return dup_fd(t->root);
	case NSV_PIN_MNT:
		return dup_fd(t->mntns);
	case NSV_PIN_EXE:
		return open_exe(t);
	default:
		return open_ns(t, links[pin]);
	}
}

/* Opens the wanted fds. The *ret_n that could be opened go to @fds. */
static void open_all(const struct request *rq, struct answer *a, int fds[NSV_PINS], size_t *ret_n)
{
	nsv_autotarget struct nsv_target *t = NULL;

	a->result = nsv_target_pin(rq->guard.pid, rq->guard.mntns_ino, rq->guard.start, &t, NULL);
	if (a->result == 0 && is_host(t))
		a->result = -EPERM;
	if (a->result < 0)
		return;
	for (unsigned pin = 0; pin < NSV_PINS; pin++) {
		int fd = rq->wanted & 1U << pin ? open_one(t, pin) : NSV_FD_NONE;

		if (fd < 0) {
			a->err[pin] = rq->wanted & 1U << pin ? fd : 0;
			continue;
		}
		a->got |= 1U << pin;
		fds[(*ret_n)++] = fd;
	}
	a->result = nsv_target_alive(t);
}

struct serving {
	struct request rq;
	int sock;
};

static void serve(void *data, pid_t parent)
{
	const struct serving *s = data;
	struct answer a = { 0 };
	int fds[NSV_PINS];
	size_t n = 0;

	open_all(&s->rq, &a, fds, &n);
	if (a.result < 0) {
		a.got = 0;
		n = 0;
	}
	(void)nsv_packet_send(s->sock,
			      &(struct nsv_packet){
				  .head = &a, .head_len = sizeof(a), .fds = fds, .n_fds = n });
}

/* ---- the opener ---- */

static bool serve_in_child(const struct request *rq, int sock)
{
	struct serving s = { .rq = *rq, .sock = sock };
	const struct nsv_helper_plan plan = {
		.run = serve,
		.data = &s,
		.keep = &sock,
		.n_keep = 1,
		.seconds = NSV_OPENER_SECONDS,
		.nested = true,
	};
	struct nsv_helper child = NSV_HELPER_NONE;

	/* If the fork fails, the client sees its socket closed. */
	return nsv_helper_start(&plan, &child) == 0;
}

static unsigned reap(unsigned children)
{
	while (children > 0 && waitpid(-1, NULL, WNOHANG) > 0)
		children--;
	return children;
}

struct post {
	int sock;
	int (*confine)(void);
};

static void serve_requests(void *data, pid_t parent)
{
	const struct post *post = data;
	const int sock = post->sock;
	unsigned children = 0;

	(void)prctl(PR_SET_NAME, "nsview-opener");
	if (nsv_caps_keep(NSV_CAP(CAP_SYS_PTRACE) | NSV_CAP(CAP_DAC_READ_SEARCH)) < 0 ||
	    (post->confine && post->confine() < 0))
		return;
	for (;;) {
		struct answer busy = { .result = -EAGAIN };
		struct request rq;
		nsv_autofd int reply = NSV_FD_NONE;
		struct nsv_packet p = {
			.head = &rq, .head_len = sizeof(rq), .fds = &reply, .n_fds = 1
		};
		int r = nsv_packet_recv(sock, &p, NSV_NO_DEADLINE);

		if (r == -ECONNRESET)
			return;
		children = reap(children);
		if (r < 0 || reply < 0)
			continue;
		if (children < NSV_OPENER_CHILDREN) {
			children += serve_in_child(&rq, reply);
		} else {
			(void)nsv_packet_send(reply, &(struct nsv_packet){
							 .head = &busy, .head_len = sizeof(busy) });
		}
	}
}

/* ---- the client ---- */

int nsv_opener_start(struct nsv_opener *ret, int (*confine)(void))
{
	struct nsv_opener o = { .helper = NSV_HELPER_NONE };
	int socks[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	r = nsv_helper_start(&(struct nsv_helper_plan){ .run = serve_requests,
							.data = &(struct post){ socks[1], confine },
							.keep = &socks[1],
							.n_keep = 1 },
			     &o.helper);
	nsv_close(socks[1]);
	o.sock = socks[0];
	if (r < 0)
		nsv_close(o.sock);
	else
		*ret = o;
	return r;
}

static int ask(const struct nsv_opener *o, const struct request *rq, struct answer *a,
	       int fds[NSV_PINS], int64_t deadline)
{
	struct nsv_packet answer = {
		.head = a, .head_len = sizeof(*a), .fds = fds, .n_fds = NSV_PINS
	};
	struct nsv_packet asked = { .head = (void *)rq, .head_len = sizeof(*rq), .n_fds = 1 };
	int socks[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	asked.fds = &socks[1];
	r = nsv_packet_send(o->sock, &asked);
	nsv_close(socks[1]);
	if (r == 0)
		r = nsv_packet_recv(socks[0], &answer, deadline);
	nsv_close(socks[0]);
	return r < 0 ? r : a->result;
}

static int open_here(const struct request *rq, struct answer *a, int fds[NSV_PINS])
{
	size_t n = 0;

	open_all(rq, a, fds, &n);
	for (size_t i = 0; a->result < 0 && i < n; i++)
		nsv_close(fds[i]);
	return a->result;
}

int nsv_opener_pin(const struct nsv_opener *o, const struct nsv_pin_guard *guard, unsigned wanted,
		   int ms, struct nsv_pins *ret)
{
	const struct request rq = { .guard = *guard, .wanted = wanted };
	struct answer a = { 0 };
	int fds[NSV_PINS];
	size_t n = 0;
	int r;

	if (wanted == 0 || wanted >> NSV_PINS || guard->mntns_ino == 0)
		return -EINVAL;
	if (o)
		r = ask(o, &rq, &a, fds, nsv_now_ms() + ms);
	else
		r = open_here(&rq, &a, fds);
	if (r < 0)
		return r;
	for (unsigned pin = 0; pin < NSV_PINS; pin++)
		ret->fds[pin] = a.got & 1U << pin ? fds[n++] : NSV_FD_NONE;
	memcpy(ret->err, a.err, sizeof(ret->err));
	return 0;
}

void nsv_pins_close(struct nsv_pins *pins)
{
	for (size_t pin = 0; pin < NSV_PINS; pin++)
		nsv_close_p(&pins->fds[pin]);
}

void nsv_opener_end(struct nsv_opener *o)
{
	nsv_close_p(&o->sock);
	(void)nsv_helper_end(&o->helper, NSV_HELPER_END_MS);
}
