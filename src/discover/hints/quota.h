/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * quota.h - what one scan may spend on each user's containers.
 *
 * A local user may start thousands of processes that look like an engine's, with state files and
 * mounts for each. The user whose container a hint is for pays for the work and the memory that it
 * takes, whichever files are read. Past the quota that user's containers have no hints; root's
 * containers have a quota of their own. Work is counted in bytes, which take about a nanosecond
 * each, and not in time: a scan finds the same on a slow machine. No locks: one thread.
 */
#ifndef NSV_DISCOVER_QUOTA_H
#define NSV_DISCOVER_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NSV_HINT_QUOTAS 16
/* Pays for a container whose owner can't be read; no user has this ID. */
#define NSV_HINT_NOBODY UINT32_MAX

/* Bytes that are gone through: of one user, of all users but root, and of root. */
#define NSV_HINT_WORK	   ((uint64_t)32 << 20)
#define NSV_HINT_WORK_ALL  ((uint64_t)64 << 20)
#define NSV_HINT_WORK_ROOT ((uint64_t)256 << 20)
/* Bytes of names, images and labels that are kept. */
#define NSV_HINT_KEPT	   ((uint64_t)4 << 20)
#define NSV_HINT_KEPT_ALL  ((uint64_t)8 << 20)
#define NSV_HINT_KEPT_ROOT ((uint64_t)24 << 20)
/* What a container costs before anything of it is read: some 50 system calls. */
#define NSV_HINT_FEE ((uint64_t)32 << 10)
/* The kernel takes longer to write a byte of a table of mounts than this program to read it. */
#define NSV_HINT_TABLE_FEE 8

struct nsv_hint_quota {
	uint32_t uid;
	uint64_t work, kept;
};

/* Starts as zeroes. When the table is full, all later users share its last entry. */
struct nsv_hint_quotas {
	struct nsv_hint_quota users[NSV_HINT_QUOTAS];
	size_t n;
	struct nsv_hint_quota root, others; /* others: the sum of all users but root */
};

/* Charges work to a user. False: that is more than was left, and from now on nothing is left. */
bool nsv_hint_charge(struct nsv_hint_quotas *q, uint32_t uid, uint64_t bytes);
/* Charges memory that lasts as long as the scan. */
bool nsv_hint_charge_kept(struct nsv_hint_quotas *q, uint32_t uid, uint64_t bytes);

#endif
