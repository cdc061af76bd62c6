/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tar_in.h - reads the members of a package that is an archive, as tar_header.h writes them: what
 * another writer could have made otherwise is damage. Hostile input; bounded memory. No locks.
 */
#ifndef NSV_COLLECT_TAR_IN_H
#define NSV_COLLECT_TAR_IN_H

#include "collect/package.h"
#include "collect/verify/unpack.h"

struct nsv_tar_in;

struct nsv_tar_found {
	const char *path; /* no slash at its end; until the next call */
	const char *link; /* of a symbolic or hard link, or NULL */
	mode_t mode;	  /* with the type */
	bool hard;
	uint64_t uid, gid, size; /* size of the file, holes included */
	int64_t mtime;
	unsigned char header[NSV_SHA_LEN];
};

int nsv_tar_in_new(struct nsv_unpack *u, struct nsv_tar_in **ret);
struct nsv_tar_in *nsv_tar_in_free(struct nsv_tar_in *t);
/*
 * The next member, what is left of the last one skipped. 1; 0 at the end of the archive; -ENODATA:
 * the bytes end before the archive does; -EBADMSG: damaged.
 */
int nsv_tar_in_next(struct nsv_tar_in *t, struct nsv_tar_found *ret);
/*
 * Reads and hashes the bytes of a regular file. @also (may be NULL) gets a copy of at most @max of
 * them. As of nsv_package_end(): ret->header is left alone.
 */
int nsv_tar_in_body(struct nsv_tar_in *t, struct nsv_text *also, uint64_t max,
		    struct nsv_member_sums *ret);

#endif
