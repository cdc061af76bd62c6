/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pipe.h - pipes of the host as sources. */
#ifndef NSV_COPY_PIPE_H
#define NSV_COPY_PIPE_H

#include "data.h"
#include "item.h"

/* Whether what @st tells of is read, and not made anew: an argument that is
 * followed, without -r and -a. */
bool nsv_pipe_is_source(const struct nsv_item *it, const struct stat *st);

/* From the O_PATH fd of a pipe to one that is read by nsv_pipe_copy(), which may wait. -errno, @e.
 */
int nsv_pipe_open(int pathfd, struct nsv_error *e);

/* All that comes until the last writer has gone. 0 or -errno with @e. */
int nsv_pipe_copy(struct nsv_worker *w, int src, int dst, struct nsv_error *e);

#endif
