/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slab.c - chunks of 64 KiB, each for objects of one size; an empty chunk is unmapped at once. A
 * chunk is aligned to its size, so the address of an object gives its chunk. No locks.
 */
#include "fuse/tree/slab.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define CHUNK ((size_t)64 << 10)

struct free_thing {
	struct free_thing *next;
};

struct slab_chunk {
	struct slab_chunk *next, **link; /* in slab.partial; link is NULL if the chunk is full */
	struct free_thing *free;
	uint32_t used, fresh; /* objects in use; bytes from the start that were ever handed out */
	uint32_t size;	      /* of an object */
} __attribute__((aligned(16)));

static void *map_chunk(void)
{
	char *p = mmap(NULL, 2 * CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t lead;

	if (p == MAP_FAILED)
		return NULL;
	lead = (CHUNK - ((uintptr_t)p & (CHUNK - 1))) & (CHUNK - 1);
	if (lead)
		(void)munmap(p, lead);
	(void)munmap(p + lead + CHUNK, CHUNK - lead);
	return p + lead;
}

static void list_add(struct slab_chunk **head, struct slab_chunk *c)
{
	c->next = *head;
	c->link = head;
	if (c->next)
		c->next->link = &c->next;
	*head = c;
}

static void list_del(struct slab_chunk *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->link = NULL;
}

void *slab_alloc(struct slab *s, size_t size)
{
	size_t class = size ? (size - 1) / 16 : 0;
	struct slab_chunk *c;
	void *p;

	if (size > SLAB_MAX)
		return NULL;
#ifdef __SANITIZE_ADDRESS__
	return malloc(size);
#endif
	c = s->partial[class];
	if (!c) {
		c = map_chunk();
		if (!c)
			return NULL;
		c->free = NULL;
		c->used = 0;
		c->fresh = sizeof(*c);
		c->size = (uint32_t)(class + 1) * 16;
		list_add(&s->partial[class], c);
		s->chunks++;
	}
	if (c->free) {
		p = c->free;
		c->free = c->free->next;
	} else {
		p = (char *)c + c->fresh;
		c->fresh += c->size;
	}
	c->used++;
	if (!c->free && c->fresh + c->size > CHUNK)
		list_del(c);
	return p;
}

void slab_free(struct slab *s, void *p, size_t size)
{
	size_t class = size ? (size - 1) / 16 : 0;
	struct slab_chunk *c;
	struct free_thing *t = p;

	if (!p)
		return;
#ifdef __SANITIZE_ADDRESS__
	free(p);
	return;
#endif
	c = (struct slab_chunk *)((char *)p - ((uintptr_t)p & (CHUNK - 1)));
	t->next = c->free;
	c->free = t;
	if (!c->link)
		list_add(&s->partial[class], c);
	if (--c->used == 0) {
		list_del(c);
		(void)munmap(c, CHUNK);
		s->chunks--;
	}
}
