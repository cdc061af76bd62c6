/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * flow.h - one direction of bytes between the caller and the program, in pieces that a pipe takes
 * without blocking (PIPE_BUF), since the caller's fds are shared with other processes and so stay
 * blocking.
 */
#ifndef NSV_RUN_INSIDE_FLOW_H
#define NSV_RUN_INSIDE_FLOW_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

struct nsv_flow {
	int from, to;	       /* borrowed; negative: this direction has ended */
	bool own_from, own_to; /* close at the end: the other side shall notice */
	size_t at, len;
	char buf[4096];
};

/* What to wait for next. */
struct pollfd nsv_flow_wants(const struct nsv_flow *f);
/* Moves what poll(2) has found. */
void nsv_flow_move(struct nsv_flow *f, short revents);
/* Writes what is there and, if reading doesn't block (@drain), all that comes without waiting. */
void nsv_flow_finish(struct nsv_flow *f);

#endif
