/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recheck.c - compares a node's ctime with its stamp. A node whose path is too long counts as
 * changed, because it can't be looked at. No locks.
 */
#include "fuse/coherence/recheck.h"

#include <stdbool.h>

#include "reach/clock.h"

#define CHUNK 16 /* 64 KiB on the stack: works without memory */

uint32_t recheck_stamp(const struct tree *t, const struct statx *st)
{
	const struct {
		int64_t sec;
		uint64_t nsec;
	} ctime = { st->stx_ctime.tv_sec, st->stx_ctime.tv_nsec };
	uint32_t stamp = tree_hash(t, &ctime, sizeof(ctime));

	return stamp ? stamp : 1;
}

static bool has_changed(const struct tree *t, struct container *p, const struct tree_stamped *item)
{
	struct statx st;

	return !*item->path || container_look_path(p, item->path, &st) < 0 ||
	       st.stx_ino != item->ino || container_dev(&st) != item->dev ||
	       recheck_stamp(t, &st) != item->stamp;
}

void recheck_some(struct tree *t, struct container *p, uint64_t *cursor, unsigned budget_us,
		  void (*invalidate)(void *data, uint64_t number), void *data)
{
	struct tree_stamped items[CHUNK];
	const int64_t end = nsv_now_ns() + (int64_t)budget_us * 1000;
	bool more = true;
	size_t n;

	while (more && nsv_now_ns() < end && container_enter_unasked(p) == 0) {
		more = tree_list_stamped(t, p, cursor, items, CHUNK, &n);
		for (size_t i = 0; i < n; i++)
			if (has_changed(t, p, &items[i]))
				invalidate(data, items[i].number);
		container_leave(p);
	}
	if (!more)
		*cursor = 0;
}
