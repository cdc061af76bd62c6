/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory_ranges.c - of each mapping the pages that are worth it and that are there: all that is no
 * file's; of files what the process changed, and the first page, by which gdb knows a library. A
 * page that is not in memory or swap is not asked for: nothing is brought in from a file system.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/memory.h"

#define RANGES_MAX 60000 /* program headers */

struct finding {
	struct nsv_memory_ranges *r;
	struct nsv_memory_reader *reader;
	const struct nsv_map *map;
	uint64_t taken; /* of this mapping */
};

static uint32_t flags_of(const struct nsv_map *m)
{
	return (m->perms[0] == 'r' ? (uint32_t)PF_R : 0) |
	       (m->perms[1] == 'w' ? (uint32_t)PF_W : 0) |
	       (m->perms[2] == 'x' ? (uint32_t)PF_X : 0);
}

static int add_range(void *data, const struct nsv_memory_range *range)
{
	struct finding *f = data;
	struct nsv_memory_ranges *r = f->r;
	struct nsv_core_range *last = r->n ? &r->list[r->n - 1] : NULL;
	uint64_t start = range->start, len = range->end - range->start;

	/* The first page of a file may be among the others, too. */
	if (last && last->at + last->len > start) {
		uint64_t over = nsv_min(last->at + last->len - start, len);

		start += over;
		len -= over;
	}
	if (r->most - r->bytes < len) {
		len = (r->most - r->bytes) / NSV_CORE_PAGE * NSV_CORE_PAGE;
		r->cut = "larger than --max-file-size or what is left of --memory-limit";
	}
	if (len == 0)
		return 0;
	f->taken += len;
	r->bytes += len;
	if (last && last->at + last->len == start && start != f->map->start) {
		last->len += len;
		return 0;
	}
	if (r->n == RANGES_MAX) {
		f->taken -= len;
		r->bytes -= len;
		r->cut = "too many pieces";
		return 0;
	}
	if (r->n == r->room || !r->list) {
		size_t room = r->room ? r->room * 2 : 256;
		struct nsv_core_range *list = realloc(r->list, room * sizeof(*list));

		if (!list)
			return -ENOMEM;
		r->list = list;
		r->room = room;
	}
	r->list[r->n++] = (struct nsv_core_range){ start, len, flags_of(f->map) };
	return 0;
}

/* Whether pages of a mapping are wanted, and which. */
static bool is_wanted(const struct nsv_map *m, unsigned filter, enum nsv_memory_pages *ret)
{
	*ret = NSV_PAGES_ANY;
	if (m->kind == NSV_MAP_NOT)
		return false;
	if (filter & NSV_MEMORY_EXEC && m->perms[2] == 'x')
		return true;
	switch (m->kind) {
	case NSV_MAP_HEAP:
		return filter & NSV_MEMORY_HEAP;
	case NSV_MAP_STACK:
		return filter & NSV_MEMORY_STACK;
	case NSV_MAP_FILE:
		*ret = NSV_PAGES_ANONYMOUS;
		return filter & NSV_MEMORY_ANON;
	default:
		return filter & NSV_MEMORY_ANON;
	}
}

static const char *const kinds[] = {
	[NSV_MAP_ANONYMOUS] = "anonymous", [NSV_MAP_HEAP] = "heap", [NSV_MAP_STACK] = "stack",
	[NSV_MAP_SHARED] = "shared",	   [NSV_MAP_FILE] = "file", [NSV_MAP_VDSO] = "vdso",
	[NSV_MAP_NOT] = "untouched",
};

static void put_map(struct nsv_jout *j, const struct nsv_maps *maps, const struct finding *f)
{
	char range[48];

	(void)snprintf(range, sizeof(range), "%llx-%llx", (unsigned long long)f->map->start,
		       (unsigned long long)f->map->end);
	nsv_jout_begin(j, NULL, '{');
	nsv_jout_text(j, "range", range);
	nsv_jout_text(j, "permissions", f->map->perms);
	nsv_jout_text(j, "path", nsv_map_path(maps, f->map));
	nsv_jout_text(j, "kind", kinds[f->map->kind]);
	nsv_jout_u64(j, "bytes", f->taken);
	nsv_jout_end(j, '{');
}

static int find_in(struct finding *f, unsigned filter)
{
	const struct nsv_map *m = f->map;
	enum nsv_memory_pages which;
	bool wanted = is_wanted(m, filter, &which);
	int r = 0;

	/* The kernel's own code is there, whether it has been used or not. */
	if (m->kind == NSV_MAP_VDSO)
		return add_range(f, &(struct nsv_memory_range){ m->start, m->end });
	if (m->kind == NSV_MAP_FILE && m->offset == 0)
		r = nsv_memory_pages(f->reader, m->start, m->start + NSV_CORE_PAGE, NSV_PAGES_ANY,
				     add_range, f);
	if (r == 0 && wanted)
		r = nsv_memory_pages(f->reader, m->start, m->end, which, add_range, f);
	return r;
}

int nsv_memory_ranges_find(struct nsv_memory_ranges *ret, struct nsv_memory_reader *reader,
			   struct nsv_maps *maps, unsigned filter, struct nsv_jout *j)
{
	int r = 0;

	if (!filter)
		filter = NSV_MEMORY_ANON | NSV_MEMORY_HEAP | NSV_MEMORY_STACK;
	for (size_t i = 0; i < maps->n && r == 0; i++) {
		struct finding f = { .r = ret, .reader = reader, .map = &maps->list[i] };

		r = find_in(&f, filter);
		put_map(j, maps, &f);
	}
	return r;
}
