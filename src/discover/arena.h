/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* arena.h - an arena: many small allocations that one call frees. No locks. */
#ifndef NSV_DISCOVER_ARENA_H
#define NSV_DISCOVER_ARENA_H

#include <stddef.h>

struct nsv_arena_block;

struct nsv_arena {
	struct nsv_arena_block *blocks;
};

/* Zeroed and aligned for any type; NULL when out of memory. */
void *nsv_arena_alloc(struct nsv_arena *a, size_t size);
/* These return a NUL-terminated text in the arena; NULL when out of memory. */
char *nsv_arena_strn(struct nsv_arena *a, const char *text, size_t len);
char *nsv_arena_str(struct nsv_arena *a, const char *text);
char *nsv_arena_printf(struct nsv_arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Frees everything; the arena can be used again. */
void nsv_arena_done(struct nsv_arena *a);

#endif
