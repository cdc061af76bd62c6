/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * table.h - the members that a package was found to have, by name: in memory while they are few, on
 * disk (copy/spool.h) when they are many. No locks: one thread.
 */
#ifndef NSV_COLLECT_TABLE_H
#define NSV_COLLECT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/member.h"
#include "copy/spool.h"

enum nsv_found_flags {
	NSV_FOUND_REGULAR = 1, /* has bytes of its own */
	NSV_FOUND_WHOLE = 2,   /* data is of all of them */
	NSV_FOUND_SUMMED = 4,  /* its bytes were compared */
	NSV_FOUND_LISTED = 8,  /* its header was compared */
	NSV_FOUND_HARD = 16,
	NSV_FOUND_TOLD = 32, /* it was told as altered: nothing more is told of it */
};

struct nsv_found {
	unsigned char key[16];		 /* of its name */
	unsigned char data[NSV_SHA_LEN]; /* of its bytes; in a folder, of a link's target */
	unsigned char header[NSV_SHA_LEN];
	uint32_t flags;
	uint32_t next; /* in the same bucket, by number + 1 */
	uint64_t name; /* offset into the names */
	uint64_t size;
	uint32_t name_len;
	uint32_t type; /* S_IFMT, in a folder */
};

struct nsv_found_table {
	struct nsv_spool records, names, buckets;
	uint32_t n;
};

#define NSV_FOUND_TABLE_INIT                                                                  \
	{                                                                                     \
		.records = NSV_SPOOL_INIT, .names = NSV_SPOOL_INIT, .buckets = NSV_SPOOL_INIT \
	}

/* 0; -EEXIST: there is one of that name; or -errno. @f: its key, next and name are set here. */
int nsv_found_add(struct nsv_found_table *t, const char *name, struct nsv_found *f);
/* 1 and *ret with its number in *ret_i; 0: there is none. */
int nsv_found_get(const struct nsv_found_table *t, const char *name, struct nsv_found *ret,
		  uint32_t *ret_i);
int nsv_found_at(const struct nsv_found_table *t, uint32_t i, struct nsv_found *ret);
int nsv_found_set(struct nsv_found_table *t, uint32_t i, const struct nsv_found *f);
/* malloc'd. */
char *nsv_found_name(const struct nsv_found_table *t, const struct nsv_found *f);
void nsv_found_free(struct nsv_found_table *t);

#endif
