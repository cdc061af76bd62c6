/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pipe.h - reads a pipe of the host as a source. No locks; one worker reads a pipe. */
#ifndef NSV_COPY_PIPE_H
#define NSV_COPY_PIPE_H

#include "data.h"
#include "item.h"

/* Whether the run reads the FIFO @st as a file: a source on the host, with NSV_COPY_FOLLOW_ARG and
 * without NSV_COPY_RECURSIVE, FIFOS and SPECIAL. */
bool nsv_pipe_is_source(const struct nsv_item *it, const struct stat *st);

/* Reopens the O_PATH fd of a pipe for nsv_pipe_copy(), without blocking. -errno with @e. */
int nsv_pipe_open(int pathfd, struct nsv_error *e);

/* Copies bytes until the last writer has closed the pipe. 0 or -errno with @e. */
int nsv_pipe_copy(struct nsv_worker *w, int src, int dst, struct nsv_error *e);

#endif
