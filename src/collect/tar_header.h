/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tar_header.h - the blocks of an archive that stand before a member's bytes: pax interchange
 * format (POSIX.1-2001), holes as GNU's format 1.0. The same member always gives the same bytes,
 * so that a package can be checked by making them again.
 */
#ifndef NSV_COLLECT_TAR_HEADER_H
#define NSV_COLLECT_TAR_HEADER_H

#include "collect/member.h"

#define NSV_TAR_BLOCK ((size_t)512)

struct nsv_bytes {
	char *buf; /* owned */
	size_t len, size;
};

int nsv_bytes_add(struct nsv_bytes *b, const void *data, size_t len);
void nsv_bytes_free(struct nsv_bytes *b);

/*
 * The blocks for @m into @out, from its beginning; with holes, the map too, which belongs to the
 * member's data. *ret_stored: bytes of data that follow, without the filling of the last block.
 * 0, -ENOMEM or -E2BIG.
 */
int nsv_tar_header(const struct nsv_entity *m, struct nsv_bytes *out, size_t *ret_map,
		   uint64_t *ret_stored);

#endif
