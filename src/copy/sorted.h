/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sorted.h - the names of a folder, sorted by their bytes, as many as go into some memory. */
#ifndef NSV_COPY_SORTED_H
#define NSV_COPY_SORTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts as zeroes. */
struct nsv_sorted {
	char *text; /* a type and a name, terminated, one after the other */
	size_t len, size;
	uint32_t *at; /* into text */
	size_t n, room;
};

/* False: there is no room for it. */
bool nsv_sorted_add(struct nsv_sorted *s, const char *name, unsigned type);
void nsv_sorted_sort(struct nsv_sorted *s);
const char *nsv_sorted_get(const struct nsv_sorted *s, size_t i, unsigned *ret_type);
void nsv_sorted_clear(struct nsv_sorted *s); /* keeps its memory */
void nsv_sorted_free(struct nsv_sorted *s);

#endif
