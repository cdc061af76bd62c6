/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unpack.h - the bytes of an archive that somebody handed over: as they are, or out of gzip or
 * zstd, by what the file begins with. In bounded memory, whatever a frame says of itself. No locks.
 */
#ifndef NSV_COLLECT_UNPACK_H
#define NSV_COLLECT_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct nsv_unpack;

/* @fd is borrowed, at its beginning. *ret_packed: it begins as gzip or zstd do; set with -EBADMSG
 * and -ENODATA, too. 0, -EBADMSG, -ENODATA: it ends early; or -errno. */
int nsv_unpack_new(int fd, struct nsv_unpack **ret, bool *ret_packed);
/* @len bytes, fewer at the end only; -EBADMSG: damaged; -ENODATA: packed
 * bytes that end early; or -errno. */
ssize_t nsv_unpack_read(struct nsv_unpack *u, void *buf, size_t len);
struct nsv_unpack *nsv_unpack_free(struct nsv_unpack *u);

#endif
