/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * batch.h - one answer to the kernel about a folder's entries: the state that dir.c and batch.c
 * share.
 *
 * Threads: one; the folder's lock is held (dir.c).
 */
#ifndef NSV_FUSE_BATCH_H
#define NSV_FUSE_BATCH_H

#include "fuse/ops/ops.h"

#define BATCH_PLUS_MAX 4096 /* entries of one answer */

struct handle;

/* One answer under way. */
struct batch {
	fuse_req_t req;
	struct view *v;
	struct node *node;
	struct handle *h; /* of dir.c; may be NULL */
	struct folder *folder;
	char *buf;
	size_t size, len;
	size_t i;	 /* next entry */
	bool starts;	 /* the first entries of the folder are asked for */
	unsigned paying; /* bits by enum reader_wants: the reader's credit paid some */
	bool paid_out;	 /* and then was at its end */
	/* The folder, where it is open: with the attributes of entries. */
	int fd;
	struct statx dirst;
	enum notified notified;		    /* whether the folder is watched */
	fuse_ino_t counted[BATCH_PLUS_MAX]; /* to be taken back if the answer fails */
	size_t n_counted;
};

/* Adds entries from b->i on, until the answer is full or the listing ends. @plus: with attributes.
 */
void batch_fill(struct batch *b, bool plus);

#endif
