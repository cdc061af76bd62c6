/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slab.h - memory for millions of small objects of few sizes. Returns memory to the kernel as soon
 * as a chunk is empty; malloc(3) would keep what a walk over a million files took. No locks: the
 * caller locks.
 */
#ifndef NSV_FUSE_SLAB_H
#define NSV_FUSE_SLAB_H

#include <stddef.h>

#define SLAB_MAX     512 /* the largest object, in bytes */
#define SLAB_CLASSES (SLAB_MAX / 16)

struct slab_chunk;

/* Initialize with zeroes. */
struct slab {
	struct slab_chunk *partial[SLAB_CLASSES]; /* chunks with free space, by size class */
	size_t chunks;				  /* number of mapped chunks */
};

/*
 * Returns @size bytes, uninitialized, aligned to 16; NULL without memory, or if @size is above
 * SLAB_MAX.
 */
void *slab_alloc(struct slab *s, size_t size);
/* @size is the size given to slab_alloc(). NULL is fine. */
void slab_free(struct slab *s, void *p, size_t size);

#endif
