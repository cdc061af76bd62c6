/* SPDX-License-Identifier: GPL-2.0-or-later */
/* recheck.c - see recheck.h. A path too long to be written is a change: it can't be looked at. */
#include "fuse/coherence/recheck.h"

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "reach/util.h"

#define CHUNK 32

uint32_t recheck_stamp(const struct tree *t, const struct statx *st)
{
	const struct {
		int64_t sec;
		uint64_t nsec;
	} ctime = { st->stx_ctime.tv_sec, st->stx_ctime.tv_nsec };
	uint32_t stamp = tree_hash(t, &ctime, sizeof(ctime));

	return stamp ? stamp : 1;
}

static int64_t now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static bool has_changed(const struct tree *t, struct place *p, const struct tree_stamped *item)
{
	struct statx st;

	return !*item->path || place_look_path(p, item->path, &st) < 0 || st.stx_ino != item->ino ||
	       place_dev(&st) != item->dev || recheck_stamp(t, &st) != item->stamp;
}

void recheck_some(struct tree *t, struct place *p, uint64_t *cursor, unsigned budget_us,
		  void (*forget)(void *data, uint64_t number), void *data)
{
	nsv_autofree struct tree_stamped *items = malloc(CHUNK * sizeof(*items));
	const int64_t end = now_us() + budget_us;
	bool more = true;
	size_t n;

	while (items && more && now_us() < end && place_enter_unasked(p) == 0) {
		more = tree_list_stamped(t, p, cursor, items, CHUNK, &n);
		for (size_t i = 0; i < n; i++)
			if (has_changed(t, p, &items[i]))
				forget(data, items[i].number);
		place_leave(p);
	}
	if (!more)
		*cursor = 0;
}
