/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opened.h - the files that are open, by node: what is open can be asked for its attributes when
 * its name is gone, or its container (fstat(2) of it comes without the open file).
 *
 * Threads: any. One lock, a leaf; no file is asked with it held.
 */
#ifndef NSV_FUSE_OPENED_H
#define NSV_FUSE_OPENED_H

#include <pthread.h>
#include <stdint.h>

struct opened_file {
	struct opened_file *next, **link;
	uint64_t number; /* of the node */
	int fd;		 /* borrowed; NSV_FD_NONE: it can't be asked */
};

struct opened {
	pthread_mutex_t lock;
	struct opened_file *first;
};

void opened_init(struct opened *o);
void opened_done(struct opened *o);
void opened_add(struct opened *o, struct opened_file *f, uint64_t number, int fd);
/* Before its fd is closed. One that was never added is fine. */
void opened_remove(struct opened *o, struct opened_file *f);
/* Any, taken out; NULL where there is none left. */
struct opened_file *opened_take(struct opened *o);
/* A copy of the fd of one that is open for the node; -EBADF where none is. */
int opened_fd(struct opened *o, uint64_t number);

#endif
