/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tracked.h - a container that a watch knows of: a copy that outlives the scan, and the pidfd of
 * its lead. No locks.
 */
#ifndef NSV_DISCOVER_TRACKED_H
#define NSV_DISCOVER_TRACKED_H

#include <stdbool.h>
#include <stdint.h>

#include <nsview/discover.h>

struct nsv_tracked {
	struct nsv_container c; /* strings are in @memory */
	const char *name;	/* nsv_container_name(), in @memory */
	void *memory;
	/* The lead as it is now: another process when the first has ended and the group lives on.
	 */
	pid_t lead;
	uint64_t lead_start;
	int pidfd;	    /* of the lead; NSV_FD_NONE when it has ended or none is left */
	uint64_t mntns_id;  /* unique for ever (Linux 6.11); 0 unknown */
	uint64_t alive_at;  /* clock ticks since boot when a lead was last seen alive */
	uint64_t report_by; /* monotonic ns until which it may get a better name; 0: told already */
};

/* Copies @c of @scan. NULL without memory. */
struct nsv_tracked *nsv_tracked_new(const struct nsv_scan *scan, const struct nsv_container *c);
struct nsv_tracked *nsv_tracked_free(struct nsv_tracked *t);

/* Takes over what a later scan has found out, before the container was told of. */
int nsv_tracked_update(struct nsv_tracked *t, const struct nsv_scan *scan,
		       const struct nsv_container *c);

/* Opens the pidfd of the lead; false when it has ended already or no fd is to be had. */
bool nsv_tracked_open_pidfd(struct nsv_tracked *t, int procfs);
/* Whether the lead lives, by its pidfd. */
bool nsv_tracked_is_alive(const struct nsv_tracked *t);

/*
 * Whether @c of a scan is the container @t. Equal inode numbers do not say so: the
 * kernel gives the number of a namespace that is gone to the next one.
 */
bool nsv_tracked_is_same(const struct nsv_tracked *t, int procfs, const struct nsv_container *c);

#endif
