/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spool.h - bytes at offsets, in memory while they are few, else in an unlinked temporary file:
 * what a copy has to remember of a hostile tree costs disk, not memory. No locks: one owner, or the
 * owner's lock.
 */
#ifndef NSV_COPY_SPOOL_H
#define NSV_COPY_SPOOL_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

/* In bytes. A larger spool moves to a file. */
#define NSV_SPOOL_MEMORY ((uint64_t)1 << 20)

struct nsv_spool {
	char *mem; /* while fd is none */
	size_t mem_size;
	int fd;
	uint64_t size; /* the highest byte ever written, or as nsv_spool_cut() left it */
};

#define NSV_SPOOL_INIT                    \
	{                                 \
		.mem = NULL, .fd = -EBADF \
	}

/* Both return 0 or -errno. Bytes that were never written read as zeroes. */
int nsv_spool_write(struct nsv_spool *s, uint64_t off, const void *buf, size_t len);
int nsv_spool_read(const struct nsv_spool *s, uint64_t off, void *buf, size_t len);

/* Forgets what lies at @size and beyond; it may read as anything until written. */
void nsv_spool_cut(struct nsv_spool *s, uint64_t size);

void nsv_spool_free(struct nsv_spool *s);

/* An unlinked file below TMPDIR, /var/tmp or /tmp, else a memfd. */
int nsv_spool_tmpfile(void);

#endif
