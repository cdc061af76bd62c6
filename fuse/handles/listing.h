/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listing.h - what a folder holds, read whole: an fd that is open below a mount would keep the
 * container from unmounting it, and a shell that sits in a folder has it open for long.
 *
 * No locks: a listing has one owner at a time.
 */
#ifndef NSV_FUSE_LISTING_H
#define NSV_FUSE_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct listing_entry {
	uint64_t ino;
	unsigned char type; /* DT_* */
	const char *name;
};

/* Starts as zeroes. */
struct listing {
	char *buf;
	size_t len, size;
	size_t *at; /* of each entry in buf */
	size_t n, n_size;
};

/*
 * Reads a folder's entries, also "." and ".."; -EFBIG where they take more than @max bytes. Some
 * four million names, or half a million of those that a server makes up, which may go on for ever.
 */
#define LISTING_MAX	   ((size_t)128 << 20)
#define LISTING_MAX_SERVED ((size_t)16 << 20)
int listing_read(struct listing *l, int dirfd, size_t max);

/* Adds one by hand. */
int listing_add(struct listing *l, const char *name, uint64_t ino, unsigned char type);

struct listing_entry listing_get(const struct listing *l, size_t i);

/* Empty again, memory kept for the next or freed. */
void listing_clear(struct listing *l);
void listing_done(struct listing *l);

#endif
