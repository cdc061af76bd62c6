/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wire.c - moves requests, answers and fds over a socket. No state, no locks. */
#include "wire.h"

#include <string.h>
#include <sys/socket.h>

#include "util.h"

/* The longest path that is carried; a longer one is not a path but an attack on memory. */
#define TEXT_MAX (64U << 20)

int nsv_wire_send(int sock, const void *data, size_t len)
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

int nsv_wire_recv(int sock, void *data, size_t len)
{
	char *p = data;

	while (len > 0) {
		ssize_t n = recv(sock, p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ECONNRESET;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int nsv_wire_send_answer(int sock, const struct nsv_answer *answer, int fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)answer, .iov_len = sizeof(*answer) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (fd >= 0) {
		struct cmsghdr *c = &control.align;

		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return nsv_wire_send(sock, (const char *)answer + n, sizeof(*answer) - (size_t)n);
}

int nsv_wire_recv_answer(int sock, struct nsv_answer *ret, int *ret_fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = ret, .iov_len = sizeof(*ret) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c;
	ssize_t n;
	int fd = NSV_FD_NONE;
	int r;

	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : -ECONNRESET;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	r = nsv_wire_recv(sock, (char *)ret + n, sizeof(*ret) - (size_t)n);
	if (r < 0) {
		nsv_close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

int nsv_wire_recv_text(int sock, uint64_t len, char **ret_text)
{
	nsv_autofree char *text = NULL;
	int r;

	if (len > TEXT_MAX)
		return -ENAMETOOLONG;
	text = malloc(len + 1);
	if (!text)
		return -ENOMEM;
	r = nsv_wire_recv(sock, text, len);
	if (r < 0)
		return r;
	text[len] = '\0';
	*ret_text = nsv_steal_ptr(text);
	return 0;
}
