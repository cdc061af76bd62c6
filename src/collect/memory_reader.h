/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory_reader.h - reads the memory of a process that runs on: neither is it stopped, nor traced.
 *
 * A helper opens /proc/PID/mem, pagemap and smaps once, and all three stay those of the program
 * that the process ran then (proc_pid_mem(5)). The kernel takes the lock of the address space for
 * each read, which the process may hold for as long as it likes, and a page may come from a file
 * system whose server hangs; so the helper is killed when it does not answer, and the process is
 * left out from there on.
 *
 * Privilege: PTRACE_MODE_ATTACH over the process. Threads: one.
 */
#ifndef NSV_COLLECT_MEMORY_READER_H
#define NSV_COLLECT_MEMORY_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/memory_pages.h"
#include "reach/helper.h"

struct nsv_memory_reader {
	int procfs; /* borrowed */
	struct nsv_helper helper;
	int sock;
	unsigned stuck; /* questions without an answer, in all */
};

#define NSV_MEMORY_READER_INIT(fd)                                        \
	{                                                                 \
		.procfs = (fd), .helper = NSV_HELPER_NONE, .sock = -EBADF \
	}

/* The process that has this PID and started at @start (clock ticks). -ESRCH: there is none; -EIO:
 * it has no memory, as a zombie or a kernel thread; -ETIMEDOUT. */
int nsv_memory_open(struct nsv_memory_reader *r, pid_t pid, uint64_t start);

/* Its smaps, piece by piece; @take's other values than 0 end it. 0, 1: cut at @max bytes, or
 * -errno.
 */
int nsv_memory_maps(struct nsv_memory_reader *r, size_t max,
		    int (*take)(void *data, const char *text, size_t len), void *data);

/* Which pages from @start to @end there are: each range ascending, for @take as above. */
int nsv_memory_pages(struct nsv_memory_reader *r, uint64_t start, uint64_t end,
		     enum nsv_memory_pages which,
		     int (*take)(void *data, const struct nsv_memory_range *range), void *data);

/*
 * @len bytes at @at into @buf. Pages that can't be read are zeroes, and *ret_missing counts them. 0
 * or -errno; -ESRCH: the process has ended.
 */
int nsv_memory_read(struct nsv_memory_reader *r, uint64_t at, void *buf, size_t len,
		    uint64_t *ret_missing);

void nsv_memory_reader_done(struct nsv_memory_reader *r);

#endif
