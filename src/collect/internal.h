/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * internal.h - a collection while it runs: what is asked for, the package, the listings that grow
 * beside it, what has become of each thing. No locks: one thread, but for what is atomic. While
 * files are taken (feed.h) the thread that writes is another one than the one that reads.
 */
#ifndef NSV_COLLECT_INTERNAL_H
#define NSV_COLLECT_INTERNAL_H

#include <stdatomic.h>

#include <nsview/collect.h>

#include "collect/jout.h"
#include "collect/package.h"
#include "copy/internal.h"
#include "reach/pinned.h"

#define NSV_ROOT_PREFIX	  "[root]"
#define NSV_MTREE_PARTS	  8
#define NSV_WHY_KERNEL	  "a kernel file system"
#define NSV_WHY_NOT_ASKED "files are not asked for"

/* What one thing that was asked for, or met, came to. */
enum nsv_outcome {
	NSV_TAKEN,
	NSV_EMPTY,
	NSV_MISSING,
	NSV_FAILED,
	NSV_CHANGED,
	NSV_TRUNCATED,
	NSV_SKIPPED,
	NSV_OUTCOMES,
};

struct nsv_collection {
	const struct nsv_collect_options *o;
	struct nsv_target *target;
	struct nsv_root *root;
	struct nsv_package *package;
	struct timespec started;
	int64_t started_ns; /* CLOCK_BOOTTIME */
	char id[40];	    /* of this collection */
	char *buf;	    /* NSV_BUFFER bytes, for whoever reads */

	struct nsv_text log, outcomes, timeline, body, files;
	struct nsv_text mtree[NSV_MTREE_PARTS]; /* by patterns in the path: see listings.c */
	_Atomic uint64_t counts[NSV_OUTCOMES];
	uint64_t n_files, n_bytes, n_processes;
	_Atomic uint64_t progress_bytes;
	struct nsv_inodes *inodes; /* open files that are in the package */
	struct nsv_sockets *sockets;
	struct nsv_members *members; /* the processes */
	struct nsv_frozen *frozen;   /* NULL: nothing was */
	/* By any thread: */
	atomic_bool full, ended; /* the disk; the container */
	atomic_int fatal;	 /* -errno: the package can't be written */
};

/* ---- state.c ---- */

const char *nsv_outcome_word(enum nsv_outcome outcome);
/* Of @kind ("file", "mount", "open", "network", ...) the thing @name; @reason may be NULL. */
void nsv_outcome(struct nsv_collection *c, const char *kind, const char *name,
		 enum nsv_outcome outcome, const char *reason);
/* A step into log.jsonl. */
void nsv_log(struct nsv_collection *c, const char *step, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether nothing more is to be taken: cancelled, a full disk, the container's end, a broken pipe.
 */
bool nsv_stop(struct nsv_collection *c);
/* Answers of the package: remembers what ends the collection. */
int nsv_wrote(struct nsv_collection *c, int r);
/* Tells the caller how far it is. */
void nsv_progress(struct nsv_collection *c, const char *phase, const char *name);
bool nsv_wants(const struct nsv_collection *c, unsigned flags);

#endif
