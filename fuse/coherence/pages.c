/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pages.c - computes the stamp of a file: a keyed hash of its times and size. No locks. */
#include "fuse/coherence/pages.h"

#include <stdatomic.h>
#include <time.h>

/*
 * Nanoseconds: two ticks of the kernel's slowest clock, and the same for file systems that store
 * seconds.
 */
#define TICKS_NS  20000000U
#define SECONDS	  3
#define COARSE_NS 10000000U

/*
 * A further change within the same tick would leave the times as they are. A time in the future is
 * as bad. The clock is read after the times and before the contents, so the contents include every
 * change until now.
 */
static bool is_recent(const struct statx_timestamp *when)
{
	struct timespec until = { .tv_sec = when->tv_sec,
				  .tv_nsec = (long)when->tv_nsec + TICKS_NS };
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now))
		return true;
	if (when->tv_nsec % COARSE_NS == 0)
		return when->tv_sec >= now.tv_sec - SECONDS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		if (__builtin_add_overflow(until.tv_sec, 1, &until.tv_sec))
			return true;
	}
	return now.tv_sec < until.tv_sec ||
	       (now.tv_sec == until.tv_sec && now.tv_nsec < until.tv_nsec);
}

uint32_t pages_stamp(const struct tree *t, const struct view_options *options,
		     const struct node *node, const struct statx *st)
{
	const struct {
		int64_t ctime, mtime;
		uint32_t ctime_ns, mtime_ns;
		uint64_t size;
	} what = { st->stx_ctime.tv_sec, st->stx_mtime.tv_sec, st->stx_ctime.tv_nsec,
		   st->stx_mtime.tv_nsec, st->stx_size };
	uint32_t stamp;

	if (options->cache == CACHE_NEVER || node->flags & (NODE_PSEUDO | NODE_REMOTE) ||
	    is_recent(&st->stx_ctime))
		return 0;
	stamp = tree_hash(t, &what, sizeof(what));
	return stamp ? stamp : 1;
}

bool pages_kept(const struct node *node, uint32_t stamp)
{
	return stamp && atomic_load_explicit(&node->pages, memory_order_relaxed) == stamp;
}

void pages_read(struct node *node, uint32_t stamp)
{
	if (atomic_load_explicit(&node->pages, memory_order_relaxed) != stamp)
		atomic_store_explicit(&node->pages, stamp, memory_order_relaxed);
}
