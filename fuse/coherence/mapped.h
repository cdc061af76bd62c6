/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mapped.h - files that change without an event: a container writes to them through a mapping.
 *
 * While somebody looks at a container, its processes are looked through twice a second for files
 * that are mapped shared, or open for writing; each of these is invalidated, with its attributes.
 * So what the view shows of a file is at most a second old:
 *
 *   - a mapping keeps its file open for writing, so a write is followed by a scan that finds the
 *     mapping or a descriptor, or by the event of the last one's end (changes.h);
 *   - a scan that isn't done when the next is due, as that of a process which keeps the lock of its
 *     address space, or that was not allowed, or had no memory, has all files of this container
 *     invalidated instead.
 *
 * Not seen are writers without a process in the container (another one's, in a shared volume), and
 * one that hides the file that it had mapped (a descriptor that is only in flight on a socket, or
 * in a table of files that one of its threads has for itself).
 *
 * Nothing is done, and no timer is armed, while nobody looks: a container that was not asked for
 * anything for two minutes has all of its files invalidated once, and rests.
 *
 * Threads: any. One lock, the list's. Scans run in lanes of their own (deliver.h) and may hang.
 */
#ifndef NSV_FUSE_MAPPED_H
#define NSV_FUSE_MAPPED_H

#include <stdint.h>

struct deliver;
struct loop;
struct mapped;
struct tree;
struct watched_container;
struct watched_list;

struct mapped_config {
	struct loop *loop;	 /* these three have to live longer */
	struct deliver *deliver; /* whose receiver calls mapped_tick() and the like */
	struct watched_list *list;
	struct tree *tree;
	unsigned rest_ms; /* after so long a container rests; 0: two minutes */
	/* Makes the kernel forget a file's contents and attributes. May wait. */
	void (*invalidate)(void *data, uint64_t number);
	void *data;
};

int mapped_new(const struct mapped_config *config, struct mapped **ret_mapped);

/* After the loop and the delivery have stopped. NULL is fine. Returns NULL. */
struct mapped *mapped_free(struct mapped *m);

/* A container is in the list; it has ended. */
void mapped_add(struct mapped *m, struct watched_container *c);
void mapped_drop(struct watched_container *c);

/* NEWS_TICK, NEWS_SCAN; and NEWS_REST or NEWS_FILES. */
void mapped_tick(struct mapped *m);
void mapped_scan(struct mapped *m, struct watched_container *c);
void mapped_invalidate(struct mapped *m, struct watched_container *c);

#endif
