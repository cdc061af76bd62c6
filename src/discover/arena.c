/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena.c - allocates from blocks of 16 KiB; a larger request gets a block of its own. The results
 * of a scan or an inspection all live as long as that scan or inspection, so one call frees them.
 */
#include "discover/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 16384

struct nsv_arena_block {
	struct nsv_arena_block *next;
	size_t used, size;
	_Alignas(max_align_t) unsigned char bytes[];
};

void *nsv_arena_alloc(struct nsv_arena *a, size_t size)
{
	struct nsv_arena_block *b = a->blocks;
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (!b || b->size - b->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		b = calloc(1, sizeof(*b) + room);
		if (!b)
			return NULL;
		b->size = room;
		b->next = a->blocks;
		a->blocks = b;
	}
	p = b->bytes + b->used;
	b->used += size;
	return p;
}

char *nsv_arena_strn(struct nsv_arena *a, const char *text, size_t len)
{
	char *copy = nsv_arena_alloc(a, len + 1);

	if (copy)
		memcpy(copy, text, len);
	return copy;
}

char *nsv_arena_str(struct nsv_arena *a, const char *text)
{
	return nsv_arena_strn(a, text, strlen(text));
}

char *nsv_arena_printf(struct nsv_arena *a, const char *fmt, ...)
{
	char *text = NULL, *copy;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	copy = nsv_arena_strn(a, text, (size_t)n);
	free(text);
	return copy;
}

void nsv_arena_done(struct nsv_arena *a)
{
	while (a->blocks) {
		struct nsv_arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
}
