/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * held_locks.h - the locks that readers of the view hold on containers' files, with
 * locks=container.
 *
 * A lock belongs to a reader (the kernel's lock owner: a process for fcntl(2), an open file for
 * flock(2)), but its holder in the container's eyes is the daemon. So each pair of a file and an
 * owner has an open file description of its own, on which OFD locks (Linux 3.15) and flock(2) are
 * taken; closing it gives all of them back.
 *
 * Bounds: HELD_LOCKS_MOST pairs; more is ENOLCK. Threads: any. One lock, a leaf, not held while a
 * lock is taken.
 */
#ifndef NSV_FUSE_HELD_LOCKS_H
#define NSV_FUSE_HELD_LOCKS_H

#include <fcntl.h>
#include <stdint.h>

#define HELD_LOCKS_MOST 1024

struct held_locks;

int held_locks_new(struct held_locks **ret_locks);
/* Gives back what is held. NULL is fine. Returns NULL. */
struct held_locks *held_locks_free(struct held_locks *l);

/*
 * The open file description of @owner's locks on the node @number, as an fd that the caller closes:
 * held_locks_drop() may come meanwhile. -ENOENT: there is none; or another -errno.
 */
int held_locks_find(struct held_locks *l, uint64_t number, uint64_t owner);

/*
 * The same, and makes it of @fd, a readable open file description that nothing else uses, if there
 * is none. Takes @fd either way. -ENOLCK or -ENOMEM.
 */
int held_locks_add(struct held_locks *l, uint64_t number, uint64_t owner, int fd);

/* Closes it, if there is one: all locks of @owner on the node go. */
void held_locks_drop(struct held_locks *l, uint64_t number, uint64_t owner);

#endif
