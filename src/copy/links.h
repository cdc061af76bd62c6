/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * links.h - which files with several names have been copied, and where to.
 *
 * A hash table from the source's (device, inode) to the place of the first copy. An
 * entry goes when all st_nlink names were seen. Slots and path texts lie in spools,
 * so a million open links cost disk, not memory.
 * Lock: one, inside; never held while a file is copied. A second name of a file whose
 * first copy is still being made waits for it: the maker always calls nsv_links_done().
 */
#ifndef NSV_COPY_LINKS_H
#define NSV_COPY_LINKS_H

#include <stdint.h>
#include <sys/types.h>

struct nsv_links;

struct nsv_link {
	dev_t dst_dev; /* what lies at path, to tell when something else does */
	ino_t dst_ino;
	char *path; /* malloc'd, below the destination's base */
};

int nsv_links_new(struct nsv_links **ret);
struct nsv_links *nsv_links_free(struct nsv_links *l);

/*
 * 1: an earlier name was copied to *ret, which the caller owns. 0: this is the first;
 * copy it, then call nsv_links_done(). -errno: the table failed, copy it by itself.
 */
int nsv_links_claim(struct nsv_links *l, dev_t dev, ino_t ino, uint64_t nlink,
		    struct nsv_link *ret);

/* A longer path is not kept: each name that leads to it would cost that much disk and time. */
#define NSV_LINKS_PATH ((size_t)16 * 1024)

/*
 * Ends a claim: @done says where the copy is; NULL, or with a path that is too long: there is none,
 * let the next name try.
 */
void nsv_links_done(struct nsv_links *l, dev_t dev, ino_t ino, const struct nsv_link *done);

/* For extracted files: remembers (dev, ino) without a path, and asks for it. */
int nsv_links_add(struct nsv_links *l, dev_t dev, ino_t ino);
int nsv_links_has(struct nsv_links *l, dev_t dev, ino_t ino);

/* What the table takes, for tests. */
uint64_t nsv_links_bytes(struct nsv_links *l);

#endif
