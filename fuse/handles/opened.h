/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opened.h - a list of the open files, by node. The kernel asks for attributes of an open file
 * without naming its handle, and the file's name or its container may be gone: then an open fd
 * answers.
 *
 * Threads: any. One lock, a leaf. No file is asked with the lock held.
 */
#ifndef NSV_FUSE_OPENED_H
#define NSV_FUSE_OPENED_H

#include <pthread.h>
#include <stdint.h>

struct opened_file {
	struct opened_file *next, **link;
	uint64_t number; /* of the file's node */
	int fd;		 /* borrowed; NSV_FD_NONE: none */
};

struct opened {
	pthread_mutex_t lock;
	struct opened_file *first;
};

void opened_init(struct opened *o);
void opened_done(struct opened *o);
void opened_add(struct opened *o, struct opened_file *f, uint64_t number, int fd);
/* Call before closing the fd. A file that was never added is fine. */
void opened_remove(struct opened *o, struct opened_file *f);
/* Removes and returns any file; NULL if the list is empty. */
struct opened_file *opened_take(struct opened *o);
/*
 * Duplicates the fd of an open file of this node; the caller closes it. -EBADF: none is open; or
 * another -errno.
 */
int opened_fd(struct opened *o, uint64_t number);

#endif
