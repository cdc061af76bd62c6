/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * package.h - writes an evidence package, member by member, in one pass: an archive (output.h) or
 * a folder. Each member's bytes are hashed as they come; the hashes become SHA256SUMS.
 *
 * Until nsv_package_close() the package has the name PACKAGE.partial and the mode 0600 (0700). A
 * device, a FIFO or standard output is written to as it is, never renamed, never changed.
 *
 * A full disk: the space that was kept for the listings is given back, a small member is finished,
 * a large one is answered -ENOSPC and then taken out again. No locks: one thread.
 */
#ifndef NSV_COLLECT_PACKAGE_H
#define NSV_COLLECT_PACKAGE_H

#include <nsview/error.h>
#include <nsview/sign.h>

#include "collect/member.h"
#include "collect/text.h"

struct nsv_package;

struct nsv_member_sums {
	unsigned char data[NSV_SHA_LEN];   /* of its bytes, holes as zeroes */
	unsigned char header[NSV_SHA_LEN]; /* of its blocks in the archive; zeroes in a folder */
	bool whole;			   /* data is of every byte: the holes were not too long */
};

/* Longer holes are not hashed: a file may say that it has 8 EiB. */
#define NSV_HOLES_HASHED ((uint64_t)64 << 30)

struct nsv_package_options {
	const char *path; /* "-": standard output */
	uint64_t per_second;
	time_t now;			 /* what the package's own members are dated */
	const struct nsv_sign_key *sign; /* borrowed; NULL: unsigned */
};

int nsv_package_open(const struct nsv_package_options *o, struct nsv_package **ret,
		     struct nsv_error *e);

/*
 * Begins a member. A regular file's bytes follow by nsv_package_data() and nsv_package_hole(),
 * m->size in all, then nsv_package_end(). For all else it is only ended. -ENOSPC:
 * nsv_package_drop() it. Another -errno: the package can't be written; the same comes back from all
 * later calls.
 */
int nsv_package_begin(struct nsv_package *p, const struct nsv_entity *m);
/* The hash of all its bytes, if it is known: they are not hashed again. */
void nsv_package_hashed(struct nsv_package *p, const unsigned char sum[NSV_SHA_LEN]);
int nsv_package_data(struct nsv_package *p, const void *buf, size_t len);
int nsv_package_hole(struct nsv_package *p, uint64_t len);
int nsv_package_end(struct nsv_package *p, struct nsv_member_sums *ret);

/* A whole member of the package's own making. */
int nsv_package_text(struct nsv_package *p, const char *path, struct nsv_text *text);
int nsv_package_buffer(struct nsv_package *p, const char *path, const void *buf, size_t len);
/* The hash of a further name of a file that is in the package. */
void nsv_package_sum_link(struct nsv_package *p, const char *path, const char *hex);

/* Whether the disk has become full: what was kept free is for the listings alone. */
bool nsv_package_full(const struct nsv_package *p);
/* Takes the member at hand out again, for which -ENOSPC was the answer. */
int nsv_package_drop(struct nsv_package *p);
bool nsv_package_may_drop(const struct nsv_package *p);
/* Asks for that much to be kept free for the listings. */
void nsv_package_keep_room(struct nsv_package *p, uint64_t bytes);

/* Writes SHA256SUMS, its signatures, the end, and gives the package its name. @ret_root: the hash
 * of SHA256SUMS. */
int nsv_package_close(struct nsv_package *p, char ret_root[NSV_SHA_HEX], struct nsv_error *e);
/* Leaves what was written under its partial name. NULL is fine. Returns NULL. */
struct nsv_package *nsv_package_free(struct nsv_package *p);

uint64_t nsv_package_bytes(const struct nsv_package *p);
bool nsv_package_is_folder(const struct nsv_package *p);
bool nsv_package_is_zstd(const struct nsv_package *p);
/* The kind of an archive by its name, as of enum nsv_packing; -1: a folder. */
int nsv_package_kind(const char *path);
/* What a member of the package's own making is. */
void nsv_member_own(struct nsv_entity *m, const char *path, uint64_t size, time_t now);
/* A line of SHA256SUMS, names as sha256sum(1) writes them. */
void nsv_sum_line(struct nsv_text *t, const char *hex, const char *path);

#endif
