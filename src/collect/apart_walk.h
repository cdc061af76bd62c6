/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apart_walk.h - a walk through the container's files by helpers (apart.h): what they send is taken
 * as it comes; where one hangs, the next one goes on. No locks: one thread.
 */
#ifndef NSV_COLLECT_APART_WALK_H
#define NSV_COLLECT_APART_WALK_H

#include "collect/sent.h"

struct nsv_apart_walk {
	struct nsv_collection *c;
	/* In the helper: walks, by the calls of far.h. */
	void (*run)(struct nsv_far *far, void *data);
	/* Takes a file or folder. */
	void (*take)(struct nsv_sent *sent, void *data);
	/* How many (NSV_WIRE_COUNT); of the last helper, which walks through all names. */
	void (*count)(unsigned what, uint64_t n, void *data);
	void *data;
	int top; /* what the helper walks through */
};

/* 0, or -errno: there was no helper, or the walk failed. */
int nsv_apart_walk(const struct nsv_apart_walk *w);

#endif
