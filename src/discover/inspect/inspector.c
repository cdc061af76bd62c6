/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inspector.c - shared by all parts of an inspection: growing lists, and notes of missing parts. No
 * locks: one thread.
 */
#include "discover/inspect/inspector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reach/util.h"

void *nsv_inspect_grow(struct nsv_inspector *in, const void *list, size_t n, size_t *room,
		       size_t size)
{
	void *bigger;
	size_t want;

	if (n < *room)
		return (void *)list;
	want = *room ? 2 * *room : 16;
	bigger = nsv_arena_alloc(&in->arena, want * size);
	if (!bigger)
		return NULL;
	if (n)
		memcpy(bigger, list, n * size);
	*room = want;
	return bigger;
}

int nsv_inspect_missing(struct nsv_inspector *in, const char *what, int err, const char *why)
{
	const char **list = nsv_inspect_grow(in, in->lists.missing, in->i.n_missing,
					     &in->missing_room, sizeof(*list));
	const char *text =
	    nsv_arena_printf(&in->arena, "%s: %s", what, why ? why : strerror(abs(err)));

	if (!list || !text)
		return -ENOMEM;
	list[in->i.n_missing++] = text;
	in->lists.missing = list;
	return 0;
}
