/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* message.c - sends and receives bytes and fds (SCM_RIGHTS) on AF_UNIX sockets. No state, no locks.
 */
#include "message.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "util.h"

union control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(sizeof(int) * NSV_FDS_MAX)];
};

int nsv_wait_readable(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		int64_t left = deadline == NSV_NO_DEADLINE ? -1 : deadline - nsv_now_ms();
		int r;

		if (deadline != NSV_NO_DEADLINE && left < 0)
			left = 0;
		r = poll(&p, 1, (int)nsv_min(left, (int64_t)INT32_MAX));
		if (r > 0)
			return 0;
		if (r == 0 && left < INT32_MAX)
			return -ETIMEDOUT;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
}

int nsv_send_all(int sock, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = send(sock, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EPIPE ? -ECONNRESET : -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int nsv_recv_all(int sock, void *data, size_t len, int64_t deadline)
{
	char *p = data;

	while (len > 0) {
		int r = deadline == NSV_NO_DEADLINE ? 0 : nsv_wait_readable(sock, deadline);
		ssize_t n = r < 0 ? r : recv(sock, p, len, 0);

		if (r < 0)
			return r;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ECONNRESET;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int nsv_packet_send(int sock, const struct nsv_packet *p)
{
	union control control = { .buf = { 0 } };
	struct iovec iov[] = { { p->head, p->head_len }, { p->data, p->len } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = NSV_ARRAY_SIZE(iov) };
	ssize_t n;

	if (p->n_fds > NSV_FDS_MAX)
		return -EINVAL;
	if (p->n_fds > 0) {
		struct cmsghdr *c = &control.align;

		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * p->n_fds);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * p->n_fds);
		memcpy(CMSG_DATA(c), p->fds, sizeof(int) * p->n_fds);
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EPIPE ? -ECONNRESET : -errno;
	return (size_t)n == p->head_len + p->len ? 0 : -EMSGSIZE;
}

/* Copies the fds that came to @fds and returns their number. */
static size_t take_fds(struct msghdr *msg, int fds[static NSV_FDS_MAX])
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	size_t len;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return 0;
	len = nsv_min((size_t)(c->cmsg_len - CMSG_LEN(0)), sizeof(int) * NSV_FDS_MAX);
	memcpy(fds, CMSG_DATA(c), len);
	return len / sizeof(int);
}

int nsv_packet_recv(int sock, struct nsv_packet *p, int64_t deadline)
{
	union control control = { .buf = { 0 } };
	struct iovec iov[] = { { p->head, p->head_len }, { p->data, p->len } };
	struct msghdr msg = {
		.msg_iov = iov,
		.msg_iovlen = NSV_ARRAY_SIZE(iov),
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	int r = deadline == NSV_NO_DEADLINE ? 0 : nsv_wait_readable(sock, deadline);
	int fds[NSV_FDS_MAX];
	size_t came;
	ssize_t n;

	if (r < 0)
		return r;
	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : -ECONNRESET;
	came = take_fds(&msg, fds);
	if ((size_t)n < p->head_len || msg.msg_flags & MSG_TRUNC || came > p->n_fds)
		r = -EBADMSG;
	else if (msg.msg_flags & MSG_CTRUNC)
		r = -EMFILE;
	for (size_t i = 0; r < 0 && i < came; i++)
		nsv_close(fds[i]);
	for (size_t i = 0; i < p->n_fds; i++)
		p->fds[i] = r == 0 && i < came ? fds[i] : NSV_FD_NONE;
	if (r == 0 || r == -EMFILE)
		p->len = (size_t)n - p->head_len;
	return r;
}
