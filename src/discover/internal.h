/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * internal.h - struct nsv_scan and the steps that fill it; private to this room.
 *
 * Order of the steps: scan.c groups processes by mount namespace and makes containers of the
 * groups; hints.c, short_id.c, hostnames.c and parent.c then fill in further members. No locks:
 * one thread makes a scan; a finished scan is only read.
 */
#ifndef NSV_DISCOVER_INTERNAL_H
#define NSV_DISCOVER_INTERNAL_H

#include <nsview/discover.h>

#include "discover/arena.h"
#include "discover/scan/rootfs.h"

struct nsv_label {
	const char *key, *value;
};

struct nsv_scan_mntns {
	uint64_t mntns;
	size_t index; /* of the container; for a service that was dropped, of its container */
	struct nsv_rootfs root;
};

struct nsv_scan {
	int procfs;		/* directory fd: the host's /proc, or a recorded tree */
	bool for_name;		/* nsv_scan_for_name() */
	bool recorded;		/* a recorded tree: no namespace to join, no pidfd to open */
	unsigned flags;		/* enum nsv_scan_flags */
	struct nsv_arena arena; /* owns every string and list below */
	struct nsv_container *containers; /* sorted by start, then PID */
	size_t n;
	struct nsv_scan_mntns *by_mntns; /* sorted */
	size_t n_mntns;
	struct nsv_ancestor *ancestors; /* parent.c's cache, used while the scan is made */
	size_t n_ancestors;
	uint64_t mntns, utsns, pidns, userns, netns; /* the caller's own */
	struct nsv_unseen *unseen;		     /* the arena's */
	size_t n_unseen;
	const char *own_name; /* the caller's hostname; NULL: not read */
	unsigned slow;	      /* see nsv_process_ids() */
};

/* ---- scan.c ---- */

/* nsv_scan_new() of the folder @procfs, borrowed: a recorded tree. Negative: of the host's /proc.
 */
int nsv_scan_new_of(int procfs, const struct nsv_scan_options *options, struct nsv_scan **ret_scan,
		    struct nsv_error *e);
/*
 * nsv_scan_new() with less work, to find out what a name means: rootfs stays NULL, and start may be
 * 0 where it was not needed.
 */
int nsv_scan_for_name(unsigned flags, struct nsv_scan **ret_scan, struct nsv_error *e);

/* ---- hints.c: the engines' state files ---- */

/* Fills engine_name, image, labels and pod of each container that has a trustworthy state file.
 * Never fails: a bad file costs its container the hint. */
void nsv_hints_fill(struct nsv_scan *scan);

/* ---- short_id.c ---- */

/* Fills short_id of every container. Short of memory, it stays NULL. */
void nsv_short_ids_fill(struct nsv_scan *scan);

/* ---- index.c ---- */

/* Sorts the containers and points each mount namespace to its container. Every look-up needs this
 * first. */
void nsv_scan_index(struct nsv_scan *scan);

/* ---- hostnames.c ---- */

struct nsv_hostnames;

/*
 * Fills hostname of every container whose UTS namespace the caller may join. Never fails. In three
 * steps, so that the caller reads other things while a helper works: start makes room for @room
 * containers (NULL: none needed, or no memory; fine to pass); add takes one whose pid and utsns are
 * known; finish waits. Between add and finish the scan's list may be sorted and shortened.
 */
struct nsv_hostnames *nsv_hostnames_start(struct nsv_scan *scan, size_t room);
void nsv_hostnames_add(struct nsv_scan *scan, struct nsv_hostnames *h, struct nsv_container *c);
void nsv_hostnames_finish(struct nsv_scan *scan, struct nsv_hostnames *h);
/* start, and add of each container of the scan. */
struct nsv_hostnames *nsv_hostnames_of_all(struct nsv_scan *scan);
/* All steps at once. */
void nsv_hostnames_fill(struct nsv_scan *scan);

/* ---- parent.c: nested containers ---- */

/* Fills parent of every container. Never fails. */
void nsv_parents_fill(struct nsv_scan *scan);

/* Index of the nearest container that holds an ancestor of this container's lead, or -1. */
ssize_t nsv_parent_by_ancestors(struct nsv_scan *scan, size_t index);

/* ---- inherited.c: groups that share root, engine or ID with the container around them ---- */

/* Turns such groups into services, and takes borrowed engines and IDs away. 0 or -ENOMEM. */
int nsv_scan_fix_inherited(struct nsv_scan *scan);

#endif
