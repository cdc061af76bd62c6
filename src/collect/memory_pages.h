/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory_pages.h - which pages of a range a process has, by the ioctl PAGEMAP_SCAN (Linux 6.7) or
 * by reading its pagemap (proc_pid_pagemap(5)). Neither brings a page in. Any thread.
 */
#ifndef NSV_COLLECT_MEMORY_PAGES_H
#define NSV_COLLECT_MEMORY_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum nsv_memory_pages {
	NSV_PAGES_ANY,	     /* in memory or in swap */
	NSV_PAGES_ANONYMOUS, /* of these, those that are no file's: its own copies */
};

struct nsv_memory_range {
	uint64_t start, end;
};

/*
 * Looks from *at on, at a part of what comes before @end, and moves *at behind it. Returns how many
 * ranges are in @list, of @room; or -errno.
 */
int nsv_pagemap_next(int pagemap, uint64_t *at, uint64_t end, enum nsv_memory_pages which,
		     struct nsv_memory_range *list, size_t room);

#endif
