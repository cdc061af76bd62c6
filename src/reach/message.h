/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * message.h - passes bytes and fds between this process and its helpers, whole or not at all, and
 * within a deadline.
 *
 * Sockets are AF_UNIX and blocking. Both ends belong to nsview, but one of them may be stopped,
 * killed, or stuck in a container's file system.
 * Threads: one at a time on a SOCK_STREAM socket; any number on a SOCK_SEQPACKET one.
 */
#ifndef NSV_REACH_MESSAGE_H
#define NSV_REACH_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "clock.h"

#define NSV_FDS_MAX	16	  /* fds of one packet; the kernel's limit is 253 (SCM_MAX_FD) */
#define NSV_NO_DEADLINE INT64_MAX /* no limit; other deadlines are times of nsv_now_ms() */

/* Waits until @fd is readable or its other end is closed. 0, -ETIMEDOUT, or -errno. Signals don't
 * shorten the wait. */
int nsv_wait_readable(int fd, int64_t deadline);

/* Sends, receives exactly @len bytes. 0 or -errno; -ECONNRESET: the other end is closed. No
 * SIGPIPE. */
int nsv_send_all(int sock, const void *data, size_t len);
int nsv_recv_all(int sock, void *data, size_t len, int64_t deadline);

/*
 * One message: a head of fixed size, then data, with fds by SCM_RIGHTS (unix(7)). For
 * SOCK_SEQPACKET; also for SOCK_STREAM if there is no data and the sender waits for an answer
 * after each head, or sends further bytes by nsv_send_all() only.
 */
struct nsv_packet {
	void *head;
	size_t head_len;
	void *data;   /* may be NULL with len 0 */
	size_t len;   /* to receive: the room for data; received: bytes of it */
	int *fds;     /* to send: borrowed; received: the caller's, NSV_FD_NONE in unused places */
	size_t n_fds; /* to receive: the room; at most NSV_FDS_MAX */
};

int nsv_packet_send(int sock, const struct nsv_packet *p);

/*
 * 0 or -errno. -EMFILE: this process has too many fds open (RLIMIT_NOFILE): head and data are
 * filled, every fd is NSV_FD_NONE. -EBADMSG: shorter than the head, longer than the room, or more
 * fds than expected; -ECONNRESET; -ETIMEDOUT. After an error no received fd stays open.
 */
int nsv_packet_recv(int sock, struct nsv_packet *p, int64_t deadline);

#endif
