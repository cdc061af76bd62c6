/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changes_table.h - the watched directories, found by the directory's number, by the kernel's
 * watch descriptor, and by container. Private to changes.c. Locks: the lock of changes.c protects
 * everything.
 */
#ifndef NSV_FUSE_CHANGES_TABLE_H
#define NSV_FUSE_CHANGES_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "fuse/coherence/names_version.h"
#include "fuse/coherence/rate_limit.h"

struct watch {
	struct watch *next_dir; /* next in the bucket of by_dir */
	struct watch
	    *next_wd; /* next in the bucket of by_wd; entries of one descriptor are neighbours */
	struct watch *next_in_group, **prev_in_group;
	struct watch_group *of;
	uint64_t dir;
	struct names_version version;
	struct rate rate; /* the first's of a number counts its events */
	int wd;		  /* negative: the directory is not watched for a while */
};

/* The watches of a container; part of its record (watched.h). Initialize with zeroes. */
struct watch_group {
	struct watch_group *next, **prev; /* in watch_table.groups */
	struct watch *first;
	size_t n;
	struct rate rate;
};

struct watch_table {
	struct watch **by_dir, **by_wd;
	size_t n_buckets, n;
	struct watch_group *groups; /* groups that have watches */
};

/* Initialize a table with zeroes. Frees all entries. */
void watch_table_clear(struct watch_table *t);

/* 0, or -ENOMEM. @dir must not have an entry yet. */
int watch_table_add(struct watch_table *t, int wd, struct watch_group *g, uint64_t dir);

/* Sets the watch descriptor; negative: none. */
void watch_table_set_wd(struct watch_table *t, struct watch *w, int wd);

void watch_table_remove(struct watch_table *t, struct watch *w);

struct watch *watch_table_find(const struct watch_table *t, uint64_t dir);

/* The first entry of a watch descriptor, and the next one of the same; NULL: none. */
struct watch *watch_table_by_wd(const struct watch_table *t, int wd);
struct watch *watch_next(const struct watch *w);

#endif
