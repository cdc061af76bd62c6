/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * internal.h - what a scan holds, and how its parts are filled in; for the files of
 * this room. Order: scan.c groups processes, then cgroup, hints and hostnames each
 * add what they know. No locks: a scan is made by one thread and then only read.
 */
#ifndef NSV_DISCOVER_INTERNAL_H
#define NSV_DISCOVER_INTERNAL_H

#include <nsview/discover.h>

#include "discover/arena.h"
#include "discover/scan/rootfs.h"

struct nsv_scan_mntns {
	uint64_t mntns;
	size_t index; /* of the container; of the one it is a service in, where that is left out */
	struct nsv_rootfs root;
};

struct nsv_scan {
	int procfs;	/* O_PATH or readable directory: the host's /proc, or a recorded tree */
	bool recorded;	/* it is a recorded tree: no namespace can be entered, no pidfd opened */
	unsigned flags; /* enum nsv_scan_flags */
	struct nsv_arena arena;		  /* owns every string and list below */
	struct nsv_container *containers; /* sorted by start, then PID */
	size_t n;
	struct nsv_scan_mntns *by_mntns; /* sorted */
	size_t n_mntns;
	struct nsv_ancestor *ancestors; /* of parent.c, while the scan is made */
	size_t n_ancestors;
	uint64_t mntns, utsns, pidns, userns, netns; /* the caller's own */
	size_t unseen;
	const char *own_name; /* the caller's hostname; NULL: to be asked for */
	unsigned slow;	      /* see nsv_process_ids() */
};

/* ---- hints.c: the engines' state files ---- */

/* Fills engine_name, image, labels and pod of every container where a file can be believed. Never
 * fails: a bad file costs the hint only. */
void nsv_hints_fill(struct nsv_scan *scan);

/* ---- short_id.c ---- */

/* Fills short_id of every container. */
void nsv_short_ids_fill(struct nsv_scan *scan);

/* ---- index.c ---- */

/* Sorts the containers, and points each mount namespace to its container: before any look-up. */
void nsv_scan_index(struct nsv_scan *scan);

/* ---- hostnames.c ---- */

struct nsv_hostnames;

/*
 * Fills hostname of every container whose UTS namespace can be entered. Never fails likewise. In
 * two steps, as the child that asks has its time while the caller reads something else; in between
 * all signals are blocked. NULL where nothing is to be waited for.
 */
struct nsv_hostnames *nsv_hostnames_start(struct nsv_scan *scan);
void nsv_hostnames_finish(struct nsv_scan *scan, struct nsv_hostnames *h);
/* Both. */
void nsv_hostnames_fill(struct nsv_scan *scan);

/* ---- parent.c: nested containers ---- */

/* Fills parent. Never fails likewise. */
void nsv_parents_fill(struct nsv_scan *scan);

/* The nearest container that an ancestor of this one's lead is in, or -1. */
ssize_t nsv_parent_by_ancestors(struct nsv_scan *scan, size_t index);

/* ---- inherited.c: what runs inside of a container and is none of its own ---- */

/* 0 or -ENOMEM. */
int nsv_scan_fix_inherited(struct nsv_scan *scan);

#endif
