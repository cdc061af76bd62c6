/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* body.h - the bytes of a regular file into the package. */
#ifndef NSV_COLLECT_BODY_H
#define NSV_COLLECT_BODY_H

#include "collect/internal.h"

#define NSV_WHY_TOO_LARGE "larger than --max-file-size"

struct nsv_taken {
	enum nsv_outcome outcome; /* NSV_TAKEN, _EMPTY, _CHANGED, _TRUNCATED, _FAILED */
	char reason[160];	  /* "" for none */
	bool in_package;	  /* false: it was taken out again */
	struct nsv_member_sums sums;
};

/* The bytes of a file that were read already. */
struct nsv_ready {
	const char *data;
	size_t have;  /* less than its size: it became shorter, or */
	int err;      /* an errno */
	bool changed; /* while it was read */
	bool hashed;  /* into @sum, all of it */
	unsigned char sum[NSV_SHA_LEN];
};

/*
 * Writes @m with the bytes of @fd, holes as holes, m->size of them at most; what is missing by then
 * is zeroes, so that the archive stays whole. m->size and its segments are set to what was written.
 * -errno: the package can't be written.
 */
int nsv_take_body(struct nsv_collection *c, struct nsv_entity *m, int fd, struct nsv_taken *ret);
/* The same of a file without holes, within --max-file-size, that was read already. */
int nsv_take_ready(struct nsv_collection *c, struct nsv_entity *m, const struct nsv_ready *ready,
		   struct nsv_taken *ret);

/* Whether a file is another thing than @m says: its size @size. */
bool nsv_body_changed(const struct nsv_entity *m, uint64_t size, const struct stat *st);

#endif
