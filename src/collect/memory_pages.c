/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memory_pages.c - see memory_pages.h. No state. */
#include "collect/memory_pages.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "reach/util.h"

#define PAGE	((uint64_t)4096)
#define ENTRIES 8192
/* At one time, so that a vast range shows progress. */
#define STRIDE ((uint64_t)64 << 30)

/* linux/fs.h of Linux 6.7. */
struct scan {
	uint64_t size, flags, start, end, walk_end;
	uint64_t vec, vec_len, max_pages;
	uint64_t inverted, mask, anyof, returned;
};

struct region {
	uint64_t start, end, categories;
};

#define SCAN	     _IOWR('f', 16, struct scan)
#define IS_FILE	     ((uint64_t)1 << 2)
#define IS_PRESENT   ((uint64_t)1 << 3)
#define IS_SWAPPED   ((uint64_t)1 << 4)
#define IS_ZERO_PAGE ((uint64_t)1 << 5)

/* Entries of pagemap. */
#define ENTRY_PRESENT ((uint64_t)1 << 63)
#define ENTRY_SWAPPED ((uint64_t)1 << 62)
#define ENTRY_FILE    ((uint64_t)1 << 61)

#define REGIONS 512

static int by_scan(int pagemap, uint64_t *at, uint64_t end, bool anonymous,
		   struct nsv_memory_range *list, size_t room)
{
	struct region regions[REGIONS];
	struct scan s = { .size = sizeof(s),
			  .start = *at,
			  .end = nsv_min(end, *at + STRIDE),
			  .vec = (uint64_t)(uintptr_t)regions,
			  .vec_len = nsv_min(room, (size_t)REGIONS),
			  .inverted = IS_ZERO_PAGE | (anonymous ? IS_FILE : 0),
			  .mask = IS_ZERO_PAGE | (anonymous ? IS_FILE : 0),
			  .anyof = IS_PRESENT | IS_SWAPPED,
			  .returned = IS_ZERO_PAGE };
	int n = ioctl(pagemap, SCAN, &s);

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++)
		list[i] = (struct nsv_memory_range){ regions[i].start, regions[i].end };
	if (s.walk_end <= *at)
		return -EIO;
	*at = s.walk_end;
	return n;
}

static int by_reading(int pagemap, uint64_t *at, uint64_t end, bool anonymous,
		      struct nsv_memory_range *list, size_t room)
{
	uint64_t entries[ENTRIES];
	uint64_t most = nsv_min(room, (size_t)ENTRIES);
	size_t want = (size_t)nsv_min((end - *at) / PAGE, most);
	ssize_t n = pread(pagemap, entries, want * sizeof(*entries), (off_t)(*at / PAGE * 8));
	int used = 0;

	if (n <= 0)
		return n < 0 ? -errno : -ESRCH;
	for (size_t i = 0; i < (size_t)n / sizeof(*entries); i++, *at += PAGE) {
		if (!(entries[i] & (ENTRY_PRESENT | ENTRY_SWAPPED)) ||
		    (anonymous && entries[i] & ENTRY_FILE))
			continue;
		if (used && list[used - 1].end == *at)
			list[used - 1].end += PAGE;
		else
			list[used++] = (struct nsv_memory_range){ *at, *at + PAGE };
	}
	return used;
}

int nsv_pagemap_next(int pagemap, uint64_t *at, uint64_t end, enum nsv_memory_pages which,
		     struct nsv_memory_range *list, size_t room)
{
	bool anonymous = which == NSV_PAGES_ANONYMOUS;
	int n = by_scan(pagemap, at, end, anonymous, list, room);

	if (n != -ENOTTY && n != -EINVAL && n != -ENOSYS)
		return n;
	return by_reading(pagemap, at, end, anonymous, list, room);
}
