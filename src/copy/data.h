/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* data.h - copies the bytes of regular files, and the state that each copying thread has. */
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
	/* The fast ways that the last pair of devices has. */
	dev_t src_dev, dst_dev;
	bool pair_known, try_clone, try_range;
	/* Of a kernel's file without a size more bytes are an error (pagemap); 0: no limit. */
	uint64_t kernel_max;
};

int nsv_worker_init(struct nsv_worker *w, struct nsv_copy *c);
void nsv_worker_clear(struct nsv_worker *w);

/*
 * Copies @src (at its start, attributes @st) into the empty regular file @dst, holes as holes, up
 * to the end of file but no further than st_size. If the file is longer than @st says, its size is
 * read once more and limits the copy. So the copy of a growing log ends, and an endless file of a
 * FUSE server does not fill the disk. Kernel file systems report no true size: their files are read
 * to the end, or to w->kernel_max. *ret_past: the file has more bytes than its size says. 0 or
 * -errno with @e.
 */
int nsv_data_copy(struct nsv_worker *w, int src, const struct stat *st, int dst, dev_t dst_dev,
		  bool *ret_past, struct nsv_error *e);

/* Copies every byte in order to a @dst of any kind. -EFBIG from @max bytes on. */
int nsv_data_stream(struct nsv_worker *w, int src, const struct stat *st, int dst, uint64_t max,
		    bool *ret_past, struct nsv_error *e);

/*
 * Whether @src still begins with the content of @dst. Also false if the call can't compare the two:
 * @dst has holes or is not open for reading.
 */
bool nsv_data_begins(struct nsv_worker *w, int src, int dst);

/* Finds the next data of @fd between @from and @size: 1, or 0 if only a hole is left. */
int nsv_data_next(int fd, off_t from, off_t size, off_t *ret_at, off_t *ret_end);

/* Repeats write(2) until all @len bytes are written. 0 or -errno. */
int nsv_write_all(int fd, const char *buf, size_t len);

/* Whether the file was changed between two looks at it. */
bool nsv_data_changed(const struct stat *before, const struct stat *after);

#endif
