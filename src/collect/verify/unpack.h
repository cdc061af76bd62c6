/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unpack.h - the bytes of an archive that somebody handed over: as they are, or out of gzip or
 * zstd, by what the file begins with. In bounded memory, whatever a frame says of itself. No locks.
 */
#ifndef NSV_COLLECT_UNPACK_H
#define NSV_COLLECT_UNPACK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct nsv_unpack;

/* @fd is borrowed, at its beginning. 0 or -errno. */
int nsv_unpack_new(int fd, struct nsv_unpack **ret);
/* @len bytes, fewer at the end only; -EBADMSG: damaged; or -errno. */
ssize_t nsv_unpack_read(struct nsv_unpack *u, void *buf, size_t len);
struct nsv_unpack *nsv_unpack_free(struct nsv_unpack *u);

#endif
