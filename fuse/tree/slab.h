/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slab.h - memory for very many small things of few sizes, given back to the kernel as soon
 * as they are gone: malloc(3) keeps what a walk over a million files took. The caller locks.
 */
#ifndef NSV_FUSE_SLAB_H
#define NSV_FUSE_SLAB_H

#include <stddef.h>

#define SLAB_MAX     512 /* the largest thing */
#define SLAB_CLASSES (SLAB_MAX / 16)

struct slab_chunk;

/* Starts as zeroes. */
struct slab {
	struct slab_chunk *partial[SLAB_CLASSES]; /* chunks with room, by size */
	size_t chunks;				  /* mapped now */
};

/* @size bytes, not initialised, aligned to 16; NULL without memory or above SLAB_MAX. */
void *slab_alloc(struct slab *s, size_t size);
/* @size as it was asked for. NULL is fine. */
void slab_free(struct slab *s, void *p, size_t size);

#endif
