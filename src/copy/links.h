/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * links.h - remembers where files with several names were copied to.
 *
 * A hash table from the source's (device, inode) to the place of the first copy. An
 * entry goes when all st_nlink names were seen. Slots and paths lie in spools, so a million entries
 * cost disk, not memory.
 *
 * Lock: one, inside; never held while a file is copied. A thread with a second name waits until the
 * first copy is done, so each claim must end with nsv_links_done().
 */
#ifndef NSV_COPY_LINKS_H
#define NSV_COPY_LINKS_H

#include <stdint.h>
#include <sys/types.h>

struct nsv_links;

struct nsv_link {
	dev_t dst_dev; /* of the file at path, to notice a replacement */
	ino_t dst_ino;
	char *path; /* malloc'd, below the destination's base */
};

int nsv_links_new(struct nsv_links **ret);
struct nsv_links *nsv_links_free(struct nsv_links *l);

/*
 * 1: an earlier name was copied to *ret, which the caller owns. 0: this is the first name; copy the
 * file, then call nsv_links_done(). -errno: the table failed; copy this name as a file of its own.
 */
int nsv_links_claim(struct nsv_links *l, dev_t dev, ino_t ino, uint64_t nlink,
		    struct nsv_link *ret);

/* In bytes. The table keeps no longer path, which would cost disk and time for each further name.
 */
#define NSV_LINKS_PATH ((size_t)16 * 1024)

/*
 * Ends a claim: @done is the copy. NULL or too long a path: the copy failed or can't be remembered,
 * so the next name claims anew.
 */
void nsv_links_done(struct nsv_links *l, dev_t dev, ino_t ino, const struct nsv_link *done);

/* For extracted files: remember (dev, ino) without a path; ask whether it is known. */
int nsv_links_add(struct nsv_links *l, dev_t dev, ino_t ino);
int nsv_links_has(struct nsv_links *l, dev_t dev, ino_t ino);

/* The bytes that the table takes, for tests. */
uint64_t nsv_links_bytes(struct nsv_links *l);

#endif
