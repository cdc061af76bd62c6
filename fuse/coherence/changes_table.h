/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changes_table.h - which directories of which containers are watched, found by the directory's
 * number, by the kernel's number of the watch, and by the container. Private to changes.c, whose
 * lock it is under.
 */
#ifndef NSV_FUSE_CHANGES_TABLE_H
#define NSV_FUSE_CHANGES_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "fuse/coherence/rate_limit.h"

struct watch {
	struct watch *next_dir; /* in its bucket */
	struct watch *next_wd;	/* in its bucket, those of one number one after the other */
	struct watch *next_in_group, **prev_in_group;
	struct watch_group *of;
	uint64_t dir;
	struct rate rate; /* the first's of a number counts its events */
	int wd;		  /* negative: the directory is not watched for a while */
};

/* A container's: part of its record (watched.h). Starts as zeroes. */
struct watch_group {
	struct watch_group *next, **prev; /* of those with watches */
	struct watch *first;
	size_t n;
	struct rate rate;
};

struct watch_table {
	struct watch **by_dir, **by_wd;
	size_t n_buckets, n;
	struct watch_group *groups; /* with watches */
};

/* Empty is all zero. */
void watch_table_clear(struct watch_table *t);

/* 0, or -ENOMEM. @dir must not be there yet. */
int watch_table_add(struct watch_table *t, int wd, struct watch_group *g, uint64_t dir);

/* It has another number now, or none. */
void watch_table_set_wd(struct watch_table *t, struct watch *w, int wd);

void watch_table_remove(struct watch_table *t, struct watch *w);

struct watch *watch_table_find(const struct watch_table *t, uint64_t dir);

/* The first with this number, and the next with the same. */
struct watch *watch_table_by_wd(const struct watch_table *t, int wd);
struct watch *watch_next(const struct watch *w);

#endif
