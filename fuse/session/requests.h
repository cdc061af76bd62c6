/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * requests.h - reads the header of a raw request from the kernel before libfuse parses the
 * request. For session.c and worker.c. No state.
 */
#ifndef NSV_FUSE_REQUESTS_H
#define NSV_FUSE_REQUESTS_H

#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The request's unique number; 0 for requests without an answer and for those that must be served.
 */
uint64_t request_number(const struct fuse_buf *buf);

/*
 * Whether a thread of this process, @pid, asks, or one of its helpers (@n sessions; 0: none), and
 * waits for an answer.
 */
bool request_is_own(const struct fuse_buf *buf, pid_t pid, const pid_t *helpers, size_t n);

/*
 * Answers a request with the error @err instead of serving it. The kernel may forget the request's
 * node right after.
 */
void request_refuse(int fd, uint64_t number, int err);

#endif
