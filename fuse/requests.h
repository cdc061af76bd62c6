/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * requests.h - requests as they come from the kernel, before libfuse takes them apart: for
 * session.c. No state.
 */
#ifndef NSV_FUSE_REQUESTS_H
#define NSV_FUSE_REQUESTS_H

#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdint.h>

/* The request's number; 0 where somebody may not give up waiting for its answer. */
uint64_t request_number(const struct fuse_buf *buf);

/* Who waits for the answer to another one got a signal: the number of that, or 0. */
uint64_t request_interrupts(const struct fuse_buf *buf);

/*
 * Whether a thread of this process, @pid, asks, or one of its helpers (a session; 0: none), and
 * waits for an answer.
 */
bool request_is_own(const struct fuse_buf *buf, pid_t pid, pid_t helpers);

/* Answers with the error @err. What is answered already, or later, the kernel ignores. */
void request_refuse(int fd, uint64_t number, int err);

#endif
