/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listing.h - what a folder holds, in an order that does not change: each name has its own place,
 * a keyed hash of the name, which is the offset that the kernel is given. A reader that goes on at
 * an offset meets each name that was there all the time exactly once, whatever was added, removed
 * or renamed meanwhile, and whichever listing of the folder is asked: so a listing may be dropped
 * and read again at any time. The key is secret: nobody can choose names that share a place.
 *
 * A folder is read whole and closed: an fd that is open below a mount would keep the container from
 * unmounting it, and a shell that sits in a folder has it open for long.
 *
 * Memory is asked for before it is taken (listing_budget). Where it is refused a listing keeps the
 * first names in its order only, a window, and the rest is read again when it is wanted: a folder
 * of any size takes no more memory than there is.
 *
 * No locks: a listing has one owner at a time.
 */
#ifndef NSV_FUSE_LISTING_H
#define NSV_FUSE_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How places are made. @mask: of the hash; all ones but in tests of names that share a place. */
struct listing_order {
	uint64_t key[2];
	uint64_t mask;
};

struct listing_entry {
	uint64_t ino, place;
	unsigned char type; /* DT_* */
	const char *name;
};

struct listing_place {
	uint64_t place; /* the hash, and which of those that share it */
	uint32_t at;	/* of the record */
};

/* Starts as zeroes. */
struct listing {
	char *records;
	size_t len, size;
	struct listing_place *places; /* sorted, once it was read */
	size_t n, n_size;
	uint64_t after;	 /* a window: places behind this one... */
	uint64_t before; /* ...and before this one; LISTING_END where the folder ends in it */
	bool shared;	 /* some names share a hash */
};

#define LISTING_END UINT64_MAX

/*
 * True: @more bytes may be taken, and are counted by whoever has the listing; with @must they are
 * taken whatever the answer is.
 */
struct listing_budget {
	bool (*more)(void *data, size_t more, bool must);
	void *data;
};

/* So much is taken in any case. */
#define LISTING_LEAST ((size_t)64 << 10)
/*
 * Bytes of the kernel's records that are read of one folder: sixteen million short names, or half a
 * million of those that a server makes up, which may go on for ever.
 */
#define LISTING_MAX	   ((size_t)512 << 20)
#define LISTING_MAX_SERVED ((size_t)16 << 20)

struct listing_source {
	int fd;			/* of the folder, at its start */
	size_t max;		/* bytes of the kernel's records; more is -EFBIG */
	uint64_t after;		/* only what comes behind this place */
	struct listing *before; /* the listing before, for names that share a hash; may be NULL */
	/* What is left out; may be NULL. */
	bool (*leaves_out)(void *data, const char *name);
	void *data;
};

/* Reads a folder's entries, also "." and "..", which come first. @budget may be NULL. 0 or -errno.
 */
int listing_read(struct listing *l, const struct listing_order *order,
		 const struct listing_source *source, const struct listing_budget *budget);

/* The same by hand: adds one; listing_sort() behind the last. */
int listing_add(struct listing *l, const struct listing_order *order, const char *name,
		uint64_t ino, unsigned char type);
void listing_sort(struct listing *l);

struct listing_entry listing_get(const struct listing *l, size_t i);

/* The first entry behind @place; l->n where there is none. */
size_t listing_find(const struct listing *l, uint64_t place);

/* Bytes of memory that it takes. */
size_t listing_bytes(const struct listing *l);

/* Frees its memory; it is as at the start. */
void listing_done(struct listing *l);

#endif
