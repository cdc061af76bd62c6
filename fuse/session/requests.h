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

/* The request's number; 0 where nobody waits for an answer, or it has to be served. */
uint64_t request_number(const struct fuse_buf *buf);

/*
 * Whether a thread of this process, @pid, asks, or one of its helpers (a session; 0: none), and
 * waits for an answer.
 */
bool request_is_own(const struct fuse_buf *buf, pid_t pid, pid_t helpers);

/*
 * Answers with the error @err, instead of serving it: what the request is about may be forgotten by
 * the kernel from then on.
 */
void request_refuse(int fd, uint64_t number, int err);

#endif
