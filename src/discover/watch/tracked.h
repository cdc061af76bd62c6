/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tracked.h - a container that a watch tracks: a copy that outlives the scan, and the pidfd of its
 * lead. No locks.
 */
#ifndef NSV_DISCOVER_TRACKED_H
#define NSV_DISCOVER_TRACKED_H

#include <stdbool.h>
#include <stdint.h>

#include <nsview/discover.h>

struct nsv_tracked {
	struct nsv_container c; /* its strings and lists are in @memory */
	const char *name;	/* nsv_container_name(), in @memory */
	void *memory;
	/* The current lead: another process once the first has ended and the container lives on. */
	pid_t lead;
	uint64_t lead_start;
	int pidfd;	    /* of the lead; NSV_FD_NONE when the lead has ended or no fd was free */
	uint64_t mntns_id;  /* NS_GET_MNTNS_ID, never re-used (Linux 6.11); 0: unknown */
	uint64_t alive_at;  /* clock ticks since boot: a lead was last seen alive then */
	uint64_t report_by; /* monotonic ns: time to report it, whatever its name; 0: reported */
};

/* Copies @c of @scan. NULL when out of memory. */
struct nsv_tracked *nsv_tracked_new(const struct nsv_scan *scan, const struct nsv_container *c);
struct nsv_tracked *nsv_tracked_free(struct nsv_tracked *t);

/* Replaces the copy by @c of a later scan; for a container that is not reported yet. 0 or -ENOMEM.
 */
int nsv_tracked_update(struct nsv_tracked *t, const struct nsv_scan *scan,
		       const struct nsv_container *c);

/* Opens the pidfd of the lead; false when the lead has ended or no fd is free. */
bool nsv_tracked_open_pidfd(struct nsv_tracked *t, int procfs);
/* Whether the lead lives, by its pidfd. */
bool nsv_tracked_is_alive(const struct nsv_tracked *t);

/*
 * Whether @c of a scan is the container @t. Equal inode numbers of mount namespaces don't prove it:
 * the kernel re-uses the number of a namespace that has ended.
 */
bool nsv_tracked_is_same(const struct nsv_tracked *t, int procfs, const struct nsv_container *c);

#endif
