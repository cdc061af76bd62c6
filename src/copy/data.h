/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* data.h - the bytes of regular files; what one thread needs for them. */
#ifndef NSV_COPY_DATA_H
#define NSV_COPY_DATA_H

#include "internal.h"

/* Measured on ext4 and tmpfs: above this reads and writes get no faster. */
#define NSV_BUFFER ((size_t)256 * 1024)

/* One thread's own. */
struct nsv_worker {
	struct nsv_copy *c;
	char *buf; /* NSV_BUFFER bytes */
	uint64_t rng;
	/* What was learnt about the last pair of devices. */
	dev_t src_dev, dst_dev;
	bool pair_known, try_clone, try_range;
};

int nsv_worker_init(struct nsv_worker *w, struct nsv_copy *c);
void nsv_worker_clear(struct nsv_worker *w);

/*
 * Copies @src (at its start, attributes @st) into the empty regular file @dst, holes as holes. The
 * end is where it ends, and no further than its size: that of @st, or where the file turns out to
 * be longer, the size that it has then. So a log that grows ends, and a file of a container's own
 * file system that never ends does not fill the disk. Files of the kernel's file systems have no
 * true size and are read to their end. *ret_past: it has more than its size says. 0 or -errno with
 * @e.
 */
int nsv_data_copy(struct nsv_worker *w, int src, const struct stat *st, int dst, dev_t dst_dev,
		  bool *ret_past, struct nsv_error *e);

/* The same to something that is no regular file: every byte, in order. EFBIG from @max bytes on. */
int nsv_data_stream(struct nsv_worker *w, int src, const struct stat *st, int dst, uint64_t max,
		    bool *ret_past, struct nsv_error *e);

/*
 * Whether @src still begins with all that @dst has. False as well where that can't be known: @dst
 * has holes, or is not open for reading.
 */
bool nsv_data_begins(struct nsv_worker *w, int src, int dst);

/* The next data of @fd at or behind @from and before @size: 1, or 0 where there is none. */
int nsv_data_next(int fd, off_t from, off_t size, off_t *ret_at, off_t *ret_end);

/* write(2) until all is written. 0 or -errno. */
int nsv_write_all(int fd, const char *buf, size_t len);

/* Whether the file was changed between two looks at it. */
bool nsv_data_changed(const struct stat *before, const struct stat *after);

#endif
