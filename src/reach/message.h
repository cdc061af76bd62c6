/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * message.h - bytes and fds between this process and its helpers: whole or not at all, and not
 * for longer than a deadline.
 *
 * Sockets are AF_UNIX and blocking. Both ends are our own processes, but one of them may have
 * been stopped, killed or stuck in a container's file system.
 * Threads: no state; one thread at a time uses a socket, unless packets are of one message each.
 */
#ifndef NSV_REACH_MESSAGE_H
#define NSV_REACH_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "clock.h"

#define NSV_FDS_MAX	16	  /* fds of one packet; the kernel's limit is 253 (SCM_MAX_FD) */
#define NSV_NO_DEADLINE INT64_MAX /* wait for ever; else a value of nsv_now_ms() */

/* Waits until @fd can be read, or has ended. 0, -ETIMEDOUT, or -errno. Signals don't shorten it. */
int nsv_wait_readable(int fd, int64_t deadline);

/* Exactly @len bytes, or -errno; -ECONNRESET: the other end has gone. No SIGPIPE. */
int nsv_send_all(int sock, const void *data, size_t len);
int nsv_recv_all(int sock, void *data, size_t len, int64_t deadline);

/*
 * One message: a head of fixed size, then data, and fds by SCM_RIGHTS (unix(7)). Over
 * SOCK_SEQPACKET; over SOCK_STREAM without data, where no more than the head is sent before an
 * answer is awaited.
 */
struct nsv_packet {
	void *head;
	size_t head_len;
	void *data; /* may be NULL with len 0 */
	size_t len; /* to receive: the room for data; received: what came */
	int *fds; /* to send: borrowed; received: the caller's, NSV_FD_NONE for what did not come */
	size_t n_fds; /* to receive: the room; NSV_FDS_MAX at most */
};

int nsv_packet_send(int sock, const struct nsv_packet *p);

/*
 * -EMFILE: fds did not get through (this process has too many, RLIMIT_NOFILE); head and data are
 * there, all fds are NSV_FD_NONE. -EBADMSG: shorter than the head, longer than the data, or more
 * fds than asked for; -ECONNRESET, -ETIMEDOUT. After an error no fd is left open.
 */
int nsv_packet_recv(int sock, struct nsv_packet *p, int64_t deadline);

#endif
