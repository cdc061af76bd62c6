/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pair.h - a folder as it was and as it is, and one name in it likewise.
 */
#ifndef NSV_CHANGES_PAIR_H
#define NSV_CHANGES_PAIR_H

#include "changes/stack.h"

struct nsv_node {
	int upper;	      /* readable folder of the upper layer; none */
	struct nsv_stack now; /* what is merged with it; unused if @same */
	struct nsv_stack old;
	bool same; /* old is merged with it: only what is in the upper folder can differ */
};

struct nsv_pair {
	struct nsv_layered old, now;
	bool in_upper; /* now is in the upper layer */
	bool same;     /* folders: of the node for what is in them */
};

#define NSV_PAIR_NONE                                             \
	{                                                         \
		.old = NSV_LAYERED_NONE, .now = NSV_LAYERED_NONE, \
	}

/* Finds both. 0 or -errno, as of nsv_stack_find(). */
int nsv_pair_find(const struct nsv_layers *l, const struct nsv_node *node, const char *name,
		  struct nsv_pair *ret);
void nsv_pair_free(struct nsv_pair *p);
/* The folder for what is in the pair, whose stacks it takes. Only folders are in it. */
int nsv_node_of(struct nsv_pair *p, struct nsv_node *ret);
void nsv_node_free(struct nsv_node *n);

#endif
