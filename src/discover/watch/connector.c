/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * connector.c - receives the kernel's process events (NETLINK_CONNECTOR, CN_IDX_PROC): a process
 * was forked, or executed a program. A socket filter drops all other events, and new threads, so
 * that they don't wake the caller.
 *
 * Defends against forged messages: only the kernel's count as events, and the arrival of a message
 * is the only fact taken from it. No locks.
 */
#include "discover/watch/connector.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "reach/util.h"

#define ACK_MS	  200
#define DRAIN_MAX 65536

#define AT_EVENT      (NLMSG_HDRLEN + sizeof(struct cn_msg))
#define AT_WHAT	      (AT_EVENT + offsetof(struct proc_event, what))
#define AT_CHILD_PID  (AT_EVENT + offsetof(struct proc_event, event_data.fork.child_pid))
#define AT_CHILD_TGID (AT_EVENT + offsetof(struct proc_event, event_data.fork.child_tgid))

/* Values of enum what in struct proc_event; newer headers have moved that enum out of the struct.
 */
#define EVENT_FORK 1u
#define EVENT_EXEC 2u

static int set_filter(int fd)
{
	/* The filter loads words in network order. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_WHAT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(EVENT_EXEC), 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(EVENT_FORK), 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_CHILD_PID),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_CHILD_TGID),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1), /* these differ for a thread */
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { NSV_ARRAY_SIZE(code), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ? -errno : 0;
}

static int send_op(int fd, uint32_t op)
{
	const struct nlmsghdr header = {
		.nlmsg_len = NLMSG_LENGTH(sizeof(struct cn_msg) + sizeof(op)),
		.nlmsg_type = NLMSG_DONE,
	};
	const struct cn_msg cn = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .len = sizeof(op) };
	unsigned char message[NLMSG_SPACE(sizeof(cn) + sizeof(op))] = { 0 };

	memcpy(message, &header, sizeof(header));
	memcpy(message + NLMSG_HDRLEN, &cn, sizeof(cn));
	memcpy(message + NLMSG_HDRLEN + sizeof(cn), &op, sizeof(op));
	return send(fd, message, header.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* Receives one message: 1 and *ret, 0 when none is waiting, or -errno. */
static int receive(int fd, struct proc_event *ret)
{
	unsigned char buf[NLMSG_HDRLEN + sizeof(struct cn_msg) + sizeof(struct proc_event) + 64]
	    __attribute__((aligned(8)));
	struct sockaddr_nl from = { 0 };
	socklen_t from_len = sizeof(from);
	ssize_t n;

	do
		n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT, (struct sockaddr *)&from,
			     &from_len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	memset(ret, 0xff, sizeof(*ret));
	if (from.nl_pid == 0 && (size_t)n >= AT_EVENT + sizeof(*ret))
		memcpy(ret, buf + AT_EVENT, sizeof(*ret));
	return 1;
}

/* Waits for the kernel's answer; -EOPNOTSUPP when none comes. */
static int wait_for_ack(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	struct proc_event event;

	for (int i = 0; i < 1000; i++) {
		int r = receive(fd, &event);

		if (r == -ENOBUFS)
			return 0; /* events overflow the buffer, so the kernel does send them */
		if (r < 0)
			return r;
		if (r && (uint32_t)event.what == 0)
			return event.event_data.ack.err ? -(int)event.event_data.ack.err : 0;
		if (r && ((uint32_t)event.what == EVENT_FORK || (uint32_t)event.what == EVENT_EXEC))
			continue;
		if (!r && poll(&p, 1, ACK_MS) == 0)
			break;
	}
	return -EOPNOTSUPP;
}

int nsv_connector_open(void)
{
	struct sockaddr_nl own = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	nsv_autofd int fd =
	    socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	int r, on = 1;

	if (fd < 0)
		return -errno;
	/* Lost messages do no harm: others are waiting, and one is enough. As an error, the loss
	 * would set EPOLLERR and wake the caller even while the socket is muted. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	r = set_filter(fd);
	if (r < 0)
		return r;
	if (bind(fd, (const struct sockaddr *)&own, sizeof(own)))
		return -errno;
	r = send_op(fd, PROC_CN_MCAST_LISTEN);
	if (r == 0)
		r = wait_for_ack(fd);
	if (r < 0)
		return r;
	return nsv_steal_fd(&fd);
}

bool nsv_connector_drain(int fd)
{
	struct proc_event event;
	bool any = false;

	for (int i = 0; i < DRAIN_MAX; i++) {
		int r = receive(fd, &event);

		if (r == 0)
			break;
		any = true;
		if (r < 0 && r != -ENOBUFS)
			break;
	}
	return any;
}

void nsv_connector_close(int fd)
{
	if (fd < 0)
		return;
	/* Kernels before 6.6 count listeners and don't notice that one closes its socket. */
	(void)send_op(fd, PROC_CN_MCAST_IGNORE);
	nsv_close(fd);
}
