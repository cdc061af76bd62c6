/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mapped.h - finds files that change without an event, because the container writes through a
 * mapping.
 *
 * While a container is in use, a scan of its processes twice a second finds files that are mapped
 * shared or open for writing, and each is invalidated. So the view shows a file as it was at most
 * a second ago:
 *
 *   - A mapping keeps its file open for writing. So a scan after the write finds the mapping or a
 *     descriptor, or the end of the last one made an event (changes.h).
 *   - If a scan is not done when the next is due, was not permitted, or had no memory, all files of
 *     the container are invalidated instead. A process that keeps the lock of its address space can
 *     make a scan hang.
 *
 * Not seen: writers outside of the container, in a shared volume; writers that hide the mapped
 * file (a descriptor in flight on a socket, or in a file table of a single thread).
 *
 * Nothing runs, and no timer is armed, while no container is in use. A container that was not used
 * for two minutes has all of its files invalidated once, and rests.
 *
 * Threads: any. One lock, the list's. Scans run in lanes of their own (deliver.h) and may hang.
 */
#ifndef NSV_FUSE_MAPPED_H
#define NSV_FUSE_MAPPED_H

#include <stdint.h>

struct deliver;
struct loop;
struct mapped;
struct prober;
struct tree;
struct watched_container;
struct watched_list;

struct mapped_config {
	struct loop *loop;	 /* loop, deliver and list have to live longer */
	struct deliver *deliver; /* its callback calls mapped_tick() and the others below */
	struct watched_list *list;
	struct tree *tree;
	struct prober *prober; /* which looks at processes; NULL: this process does */
	unsigned rest_ms;      /* after so long a container rests; 0: two minutes */
	/* Makes the kernel forget a file's contents and attributes. May wait. */
	void (*invalidate)(void *data, uint64_t number);
	void *data;
};

int mapped_new(const struct mapped_config *config, struct mapped **ret_mapped);

/* Call after the loop and the delivery have stopped. NULL is fine. Returns NULL. */
struct mapped *mapped_free(struct mapped *m);

/* For a container that came into the list, and for one that has ended. */
void mapped_add(struct mapped *m, struct watched_container *c);
void mapped_drop(struct watched_container *c);

/* Handlers of NEWS_TICK; of NEWS_SCAN; and of NEWS_REST and NEWS_FILES. */
void mapped_tick(struct mapped *m);
void mapped_scan(struct mapped *m, struct watched_container *c);
void mapped_invalidate(struct mapped *m, struct watched_container *c);

#endif
