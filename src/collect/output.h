/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * output.h - where the bytes of an archive go: a file or a stream, as they are or compressed by
 * threads of its own, in chunks that can each be read alone (members of gzip, frames of zstd). So
 * what a killed collection leaves can be read up to its last chunk.
 *
 * Locks: one, inside, over the ring of chunks. All calls come from one thread.
 */
#ifndef NSV_COLLECT_OUTPUT_H
#define NSV_COLLECT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum nsv_packing { NSV_PACK_NONE, NSV_PACK_GZIP, NSV_PACK_ZSTD };

struct nsv_output;

/*
 * @fd is borrowed. @per_second: bytes that are taken at most, 0: no limit. @full is called, by any
 * thread, one at a time, when the disk is full: true, there is room now, the same bytes are tried
 * again. 0 or -errno.
 */
int nsv_output_new(int fd, enum nsv_packing packing, uint64_t per_second, bool (*full)(void *data),
		   void *data, struct nsv_output **ret);
/* 0, or the first -errno of any write. */
int nsv_output_write(struct nsv_output *o, const void *buf, size_t len);
/*
 * Ends a chunk and waits until all is written: the offset in @fd, to which the output can be cut
 * back by nsv_output_rewind(). -ESPIPE where @fd is no regular file.
 */
int64_t nsv_output_mark(struct nsv_output *o);
int nsv_output_rewind(struct nsv_output *o, int64_t mark);
/* Waits until all is written. */
int nsv_output_flush(struct nsv_output *o);
/* NULL is fine. Returns NULL. */
struct nsv_output *nsv_output_free(struct nsv_output *o);

#endif
