/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sent.h - a file as a helper sent it (apart.h), and its bytes into the package. */
#ifndef NSV_COLLECT_SENT_H
#define NSV_COLLECT_SENT_H

#include "collect/apart.h"

struct nsv_sent {
	struct nsv_entity m;  /* its texts last as long as the message that brought them */
	bool again;	      /* a further name of one that came already: no bytes */
	int fd;		      /* its bytes; none for what has none, or if nothing came */
	struct nsv_taken got; /* of a regular file: whether the bytes are all */
};

/* nsv_take_body() of a file that has come; @got: what was said of it. */
int nsv_take_sent(struct nsv_collection *c, struct nsv_entity *m, int fd,
		  const struct nsv_taken *got, struct nsv_taken *ret);
/*
 * The regular file behind @pathfd by a helper, @max_size bytes of it at most (0: all). ret->m is
 * without texts. 0, or -errno with fd none if nothing came. *ret is to be given to nsv_sent_clear()
 * in either case.
 */
int nsv_fetch(struct nsv_collection *c, struct nsv_copy *copy, int pathfd, uint64_t max_size,
	      struct nsv_sent *ret);
void nsv_sent_clear(struct nsv_sent *sent);

/* Opens it for reading, access time untouched if possible. An fd or -errno. */
int nsv_fetch_open(const struct nsv_collection *c, int pathfd);

#endif
