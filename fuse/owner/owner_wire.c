/* SPDX-License-Identifier: GPL-2.0-or-later */
/* owner_wire.c - messages with fds. Both ends are our own processes. No state, no locks. */
#include "fuse/owner/owner_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "reach/util.h"

union control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(sizeof(int) * OWNER_FDS)];
};

int owner_wire_send(int sock, const void *head, size_t head_len, const void *data, size_t len,
		    const int *fds, size_t n_fds)
{
	union control control = { .buf = { 0 } };
	struct iovec iov[] = { { (void *)head, head_len }, { (void *)data, len } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = NSV_ARRAY_SIZE(iov) };
	ssize_t n;

	if (n_fds > OWNER_FDS)
		return -EINVAL;
	if (n_fds > 0) {
		struct cmsghdr *c = &control.align;

		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EPIPE ? -ECONNRESET : -errno;
	return 0;
}

static void take_fds(struct msghdr *msg, int fds[static OWNER_FDS])
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(msg);

	for (size_t i = 0; i < OWNER_FDS; i++)
		fds[i] = NSV_FD_NONE;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len <= CMSG_LEN(sizeof(int) * OWNER_FDS))
		memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
}

int owner_wire_recv(int sock, void *head, size_t head_len, void *data, size_t size, size_t *ret_len,
		    int ret_fds[static OWNER_FDS])
{
	union control control = { .buf = { 0 } };
	struct iovec iov[] = { { head, head_len }, { data, size } };
	struct msghdr msg = {
		.msg_iov = iov,
		.msg_iovlen = NSV_ARRAY_SIZE(iov),
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	int fds[OWNER_FDS];
	ssize_t n;

	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : -ECONNRESET;
	take_fds(&msg, fds);
	/* Too many open files: some did not get through. */
	if ((size_t)n < head_len || msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		for (size_t i = 0; i < OWNER_FDS; i++)
			nsv_close(fds[i]);
		return msg.msg_flags & MSG_CTRUNC ? -EMFILE : -EBADMSG;
	}
	memcpy(ret_fds, fds, sizeof(fds));
	*ret_len = (size_t)n - head_len;
	return 0;
}
