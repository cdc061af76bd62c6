/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listings.h - what was read of folders lately: one listing of a folder for all who read it.
 *
 * Memory for listings is bounded, for all together and for one container (its share), so that
 * neither a container that makes names up nor a local user that opens folders without end takes
 * more: what nobody reads at the moment is dropped first, the oldest before, and is read again when
 * it is wanted (listing.h); then a listing is read in windows.
 *
 * Threads: any. A folder's lock is held while it is read and answered from: a request for the same
 * folder waits, and has entered its container before, so that they are counted. Behind it the lock
 * of the listings, a leaf.
 */
#ifndef NSV_FUSE_LISTINGS_H
#define NSV_FUSE_LISTINGS_H

#include <pthread.h>
#include <stdint.h>

#include "fuse/coherence/names_version.h"
#include "fuse/handles/listing.h"

#define LISTINGS_MOST  ((size_t)144 << 20) /* bytes */
#define LISTINGS_SHARE ((size_t)128 << 20)
#define LISTINGS_KEPT  64 /* that nobody reads */

struct listings;
struct listings_share;

/* A node's number may be another folder's later: what it is says the rest. */
struct folder_id {
	uint64_t number, ino, serial; /* @serial: of its container; 0: none */
	uint32_t dev;
};

struct folder {
	/* Under its lock. */
	pthread_mutex_t lock;
	struct listing listing;
	uint64_t taken;		      /* listings_time() before it was read; 0: there is none */
	struct names_version version; /* from before it was read */
	int64_t read_ns, took_ns;     /* when it was read, and how long it took */
	bool skipped;		      /* a name of it was not given to the kernel */
	bool aligned;		      /* listings_fill_page() */

	/* Under the lock of the listings. */
	struct folder_id id;
	struct folder *chain;
	struct folder *next, **link; /* of those that nobody reads, oldest first */
	struct listings_share *share;
	size_t charged; /* bytes */
	unsigned users;
};

int listings_new(struct listings **ret_l);
/* With no folder in use. NULL is fine. Returns NULL. */
struct listings *listings_free(struct listings *l);

const struct listing_order *listings_order(const struct listings *l);

/* A number that grows with each call. */
uint64_t listings_time(struct listings *l);

/* A folder to read, not locked; NULL without memory. With listings_put(). */
struct folder *listings_get(struct listings *l, const struct folder_id *id);
/* @ends: nobody is expected to go on with it, so a large one need not be kept. */
void listings_put(struct listings *l, struct folder *f, bool ends);

/* With the folder's lock held: forgets what was read of it. */
void listings_drop(struct listings *l, struct folder *f);

/* The budget of a folder, whose lock is held while it is read. */
struct listings_claim {
	struct listings *l;
	struct folder *f;
	struct listing_budget budget;
};
void listings_claim(struct listings *l, struct folder *f, struct listings_claim *ret_claim);

/* Bytes that are counted now, for tests. */
size_t listings_bytes(struct listings *l);

/*
 * Whether the kernel's own copy of this listing would end exactly where a page ends. It then takes
 * an offset that is not in the copy for the end of the folder (fuse_readdir_cached(): behind the
 * last page there is nothing, and that is looked at before the offset is asked for). Such a copy
 * must not be kept.
 */
bool listings_fill_page(const struct listing *l, size_t page);

#endif
