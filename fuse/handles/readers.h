/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * readers.h - what the threads that read the view ask for after a listing, so that their next
 * listings bring it along.
 *
 * A thread that lists a folder may want names only (ls -U, find -name), or go on and ask for each
 * file (find -size), or for each file's ACL, too (ls -l). Each such request earns the thread
 * credit, and each entry that a listing brings along costs some. A new thread starts with a little.
 * So a reader of names soon gets names only, and the work in vain is bounded.
 *
 * The table is small and fixed. Threads that share a slot drive each other out, and a number that
 * is used again inherits: both cost time, not truth.
 *
 * Threads: any; no locks. A race moves the credit by some entries.
 */
#ifndef NSV_FUSE_READERS_H
#define NSV_FUSE_READERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#define READERS_SLOTS 256

enum reader_wants {
	WANTS_FOLDERS, /* attributes of folders */
	WANTS_FILES,   /* and of anything else */
	WANTS_ACLS,
	WANTS_KINDS
};

struct readers {
	struct reader {
		_Atomic pid_t tid;
		_Atomic int credit[WANTS_KINDS]; /* entries */
	} slots[READERS_SLOTS];
};

/* The thread asked for one by a request of its own. @tid: 0 for threads that have no number here.
 */
void readers_asked(struct readers *r, pid_t tid, enum reader_wants what);

/* Whether the thread's credit pays @cost entries. */
bool readers_pay(struct readers *r, pid_t tid, enum reader_wants what, int cost);

#endif
