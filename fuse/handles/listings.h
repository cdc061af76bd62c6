/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listings.h - listings that are being read where no folder is ever opened.
 *
 * Once OPENDIR was answered by ENOSYS the kernel asks for it no more, reads folders when it needs
 * to and keeps what it read. So what tells one reader's place from another's is the offset alone:
 * its upper half is the number of the listing it belongs to, its lower half the entry. A listing is
 * kept until its end was read, or so many others have been started since that it is dropped; who
 * comes back to it then goes on at the same entry of a new one.
 *
 * Threads: any. One lock, a leaf; a listing's own lock is its readers'.
 */
#ifndef NSV_FUSE_LISTINGS_H
#define NSV_FUSE_LISTINGS_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#include "fuse/handles/listing.h"

struct listings;

/* An open folder: one of the listings, or made by OPENDIR. */
struct open_dir {
	pthread_mutex_t lock; /* of what follows */
	struct listing listing;
	bool loaded;

	/* Of the listings. */
	struct open_dir *next;
	uint64_t ino, number;
	unsigned refs;
	bool kept;
};

struct open_dir *open_dir_new(void);
void open_dir_free(struct open_dir *d);

int listings_new(struct listings **ret_l);
/* NULL is fine. Returns NULL. */
struct listings *listings_free(struct listings *l);

/* The one that @off belongs to, or a new one; NULL without memory. With listings_put(). */
struct open_dir *listings_get(struct listings *l, uint64_t ino, off_t off);
/* @ends: nobody will go on with it. */
void listings_put(struct listings *l, struct open_dir *d, bool ends);

/* The offset of entry @i, and the entry of an offset. */
off_t listings_offset(const struct open_dir *d, size_t i);
size_t listings_entry(off_t off);

#endif
