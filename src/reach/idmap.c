/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* idmap.c - parses and applies the ID maps of user_namespaces(7). No state, no locks. */
#include "idmap.h"

#include <stdio.h>
#include <string.h>

#include <nsview/target.h>

#include "procfs.h"
#include "util.h"

int nsv_idmap_parse(const char *text, struct nsv_idmap *ret)
{
	nsv_autofree struct nsv_id_extent *extents = NULL;
	unsigned n = 0;

	extents = calloc(NSV_IDMAP_EXTENTS, sizeof(*extents));
	if (!extents)
		return -ENOMEM;
	while (*text) {
		struct nsv_id_extent *x = &extents[n];
		int used = 0;

		if (n == NSV_IDMAP_EXTENTS ||
		    sscanf(text, " %u %u %u%n", &x->inside, &x->host, &x->count, &used) != 3 ||
		    text[used] != '\n')
			return -EBADMSG;
		text += used + 1;
		n++;
	}
	*ret = (struct nsv_idmap){ .n = n, .extents = nsv_steal_ptr(extents) };
	return 0;
}

int nsv_idmap_read(int procdir, const char *name, struct nsv_idmap *ret)
{
	/* The kernel prints at most 340 lines of three right-aligned numbers: 33 bytes each. */
	char text[NSV_IDMAP_EXTENTS * 34 + 1];
	ssize_t n = nsv_read_text(procdir, name, text, sizeof(text));

	return n < 0 ? (int)n : nsv_idmap_parse(text, ret);
}

void nsv_idmap_clear(struct nsv_idmap *map)
{
	nsv_free_p(&map->extents);
	map->n = 0;
}

uint32_t nsv_idmap_to_host(const struct nsv_idmap *map, uint32_t inside)
{
	if (map->identity)
		return inside;
	for (unsigned i = 0; i < map->n; i++) {
		const struct nsv_id_extent *x = &map->extents[i];

		if (inside >= x->inside && inside - x->inside < x->count)
			return x->host + (inside - x->inside);
	}
	return NSV_ID_UNMAPPED;
}

uint32_t nsv_idmap_to_inside(const struct nsv_idmap *map, uint32_t host)
{
	if (map->identity)
		return host;
	for (unsigned i = 0; i < map->n; i++) {
		const struct nsv_id_extent *x = &map->extents[i];

		if (host >= x->host && host - x->host < x->count)
			return x->inside + (host - x->host);
	}
	return NSV_ID_UNMAPPED;
}
