/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz_idmap.c - ID maps: a number goes to the other side and comes back, or has no counterpart. */
#include "fuzz.h"

#include <nsview/target.h>

#include "reach/idmap.h"
#include "reach/util.h"

/* Of the first extent that has it, in 64 bits. */
static uint32_t model_to_host(const struct nsv_idmap *map, uint32_t id)
{
	for (unsigned i = 0; i < map->n; i++) {
		uint64_t first = map->extents[i].inside;

		if (id >= first && id < first + map->extents[i].count)
			return (uint32_t)(map->extents[i].host + (id - first));
	}
	return NSV_ID_UNMAPPED;
}

static void check(const struct nsv_idmap *map, uint32_t id)
{
	uint32_t host = nsv_idmap_to_host(map, id);

	FUZZ_CHECK(host == model_to_host(map, id));
	(void)nsv_idmap_to_inside(map, id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	nsv_autofree char *text = fuzz_text(data, size);
	struct nsv_idmap map = { 0 };

	if (nsv_idmap_parse(text, &map) < 0)
		return 0;
	FUZZ_CHECK(map.n <= NSV_IDMAP_EXTENTS);
	check(&map, 0);
	check(&map, UINT32_MAX);
	for (unsigned i = 0; i < map.n; i++) {
		const struct nsv_id_extent *x = &map.extents[i];

		check(&map, x->inside);
		check(&map, x->inside - 1);
		check(&map, x->inside + x->count);
		check(&map, x->inside + x->count - 1);
		check(&map, x->host);
	}
	/* One extent alone is a bijection, as long as it does not wrap. */
	if (map.n == 1 && map.extents[0].count &&
	    (uint64_t)map.extents[0].host + map.extents[0].count <= UINT32_MAX &&
	    (uint64_t)map.extents[0].inside + map.extents[0].count <= UINT32_MAX) {
		uint32_t last = map.extents[0].inside + map.extents[0].count - 1;

		FUZZ_CHECK(nsv_idmap_to_inside(&map, nsv_idmap_to_host(&map, last)) == last);
	}
	nsv_idmap_clear(&map);
	return 0;
}
