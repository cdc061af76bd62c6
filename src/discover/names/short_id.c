/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* short_id.c - cuts hex IDs to 12 characters, as engines show them. No state, no locks. */
#include <string.h>

#include "discover/internal.h"

#define SHORT_ID 12

static bool is_hex(const char *text)
{
	return strspn(text, "0123456789abcdef") == strlen(text);
}

void nsv_short_ids_fill(struct nsv_scan *scan)
{
	for (size_t i = 0; i < scan->n; i++) {
		struct nsv_container *c = &scan->containers[i];

		c->short_id = c->id;
		if (c->id && strlen(c->id) >= 32 && is_hex(c->id))
			c->short_id = nsv_arena_strn(&scan->arena, c->id, SHORT_ID);
	}
}
