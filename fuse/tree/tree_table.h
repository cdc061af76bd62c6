/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree_table.h - the tables behind struct tree, private to tree.c, tree_list.c,
 * tree_move.c and tree_places.c. */
#ifndef NSV_FUSE_TREE_TABLE_H
#define NSV_FUSE_TREE_TABLE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "fuse/tree/slab.h"
#include "fuse/tree/tree.h"
#include "fuse/tree/tree_index.h"

#define TREE_MOVED_MOST 1024

/* The lock protects everything but the key and the unwatch hook, which never change. */
struct tree {
	pthread_mutex_t lock;
	struct slab slab;
	uint64_t key[2];
	struct node **buckets;
	size_t n_buckets, n_nodes;
	struct tree_index index;
	struct node *top;
	struct node *moved[TREE_MOVED_MOST]; /* those with a place */
	size_t n_moved;
	void (*unwatch)(void *data, uint64_t number);
	void *unwatch_data;
};

/* With the lock held: nodes that bear @name in the folder of number @parent, or did. */
size_t tree_bearers(struct tree *t, uint64_t parent, const char *name, struct node **ret_nodes,
		    size_t max);
/* With the lock held: the node is at @path followed by @rest now, as long as there is room. */
void tree_set_place(struct tree *t, struct node *node, const char *path, const char *rest);
/* With the lock held, before a node's memory goes: frees its places. */
void tree_drop_places(struct tree *t, struct node *node);

#endif
