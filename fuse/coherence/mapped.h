/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mapped.h - files that change without an event: a container writes to them through a mapping.
 *
 * While a container is looked at, its processes are looked through twice a second for files that
 * are mapped shared, or open for writing; each of these the kernel then forgets, with its
 * attributes. So what the view shows of a file is at most a second old:
 *
 *   - a mapping keeps its file open for writing, so a write is followed by a scan that finds the
 *     mapping or a descriptor, or by the event of the last one's end (changes.h);
 *   - a scan that isn't done when the next is due, as that of a process which keeps the lock of its
 *     address space, or that was not allowed, makes all files of this container forgotten instead.
 *
 * Not seen are writers without a process in the container (another one's, in a shared volume), and
 * one who hides the file that he had mapped (a descriptor that is only in flight on a socket, or in
 * a table of files that one of his threads has for itself).
 *
 * Nothing is done while nobody looks: a container that was not asked for anything for two minutes
 * has all of its files forgotten once, and is let alone.
 *
 * Threads: any. Scans have threads of their own, at most two for each container, which may hang
 * in it. One lock, a leaf.
 */
#ifndef NSV_FUSE_MAPPED_H
#define NSV_FUSE_MAPPED_H

#include <stdbool.h>
#include <stddef.h>

#include "fuse/containers/place.h"
#include "fuse/tree/tree.h"

struct mapped;

/* Makes the kernel forget a file's contents and attributes. May wait. */
typedef void (*mapped_forget_fn)(void *data, uint64_t number);

struct mapped_hooks {
	mapped_forget_fn forget;
	/* A container is let alone, and all of its files are about to be forgotten. NULL is fine.
	 */
	void (*rests)(void *data, struct place *p);
	void *data;
};

/* @rest_ms: after so long a container is let alone; 0: two minutes. */
int mapped_new(struct tree *tree, const struct mapped_hooks *hooks, unsigned rest_ms,
	       struct mapped **ret_mapped);

/* A container came, and went. */
int mapped_add(struct mapped *m, struct place *p);
void mapped_remove(struct mapped *m, const struct place *p);

/*
 * After the unmount. NULL is fine. False: a thread hangs in a container, and what it uses has to
 * stay until the process ends.
 */
bool mapped_free(struct mapped *m);

#endif
