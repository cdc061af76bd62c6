/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * feed.h - files on their way from the walk, which opens and reads them, to a thread that hashes,
 * packs and lists them in the same order: two processors, and one file at a time on each.
 *
 * The ring has a fixed size, and so has the buffer for the bytes of a file: larger files, and those
 * with holes, travel as an open fd.
 *
 * Locks: one, inside, over the ring. One thread feeds; a slot is the feeder's until it is pushed,
 * and the taker's until nsv_feed_free() or the slot's turn comes again.
 */
#ifndef NSV_COLLECT_FEED_H
#define NSV_COLLECT_FEED_H

#include "collect/body.h"

struct nsv_fed {
	/* NULL: a file. Else why @path could not be taken, owned, and what it came to. */
	char *reason;
	enum nsv_outcome outcome;
	char *path;	     /* owned, in the package */
	struct nsv_entity m; /* its path is @path; link and xattrs are owned */
	dev_t dev;
	ino_t ino;
	bool claimed; /* the first name of several: nsv_links_done() is due */
	char *known;  /* of an earlier name: what was remembered of it; owned */
	int fd;	      /* to be read yet, owned; none: @ready has it all */
	struct nsv_ready ready;
	const struct nsv_taken
	    *got; /* what a helper said of @fd, which it filled; NULL: none did */
};

struct nsv_feed;

/*
 * @take is called for each, by the thread; where no thread can be had, by nsv_feed_push(). It
 * leaves what is owned alone.
 */
int nsv_feed_new(void (*take)(struct nsv_fed *x, void *data), void *data, struct nsv_feed **ret);
/* The buffer of the next slot, NSV_BUFFER bytes; waits until it is free. */
char *nsv_feed_buffer(struct nsv_feed *f);
/* Whether the taker has more to do than the reader, who may hash then what was read. */
bool nsv_feed_behind(struct nsv_feed *f);
/* Takes over all that @x owns, and what was read into nsv_feed_buffer(). */
void nsv_feed_push(struct nsv_feed *f, struct nsv_fed *x);
/* Lets the thread go on at once: it is woken for many at a time only. */
void nsv_feed_hurry(struct nsv_feed *f);
/* Waits until all is taken. NULL is fine. Returns NULL. */
struct nsv_feed *nsv_feed_free(struct nsv_feed *f);

#endif
