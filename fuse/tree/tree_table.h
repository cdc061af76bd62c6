/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree_table.h - the tables behind struct tree, private to tree.c and tree_list.c. */
#ifndef NSV_FUSE_TREE_TABLE_H
#define NSV_FUSE_TREE_TABLE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "fuse/tree/slab.h"
#include "fuse/tree/tree.h"
#include "fuse/tree/tree_index.h"

/* The lock protects everything but the key and the unwatch hook, which never change. */
struct tree {
	pthread_mutex_t lock;
	struct slab slab;
	uint64_t key[2];
	struct node **buckets;
	size_t n_buckets, n_nodes;
	struct tree_index index;
	struct node *top;
	void (*unwatch)(void *data, uint64_t number);
	void *unwatch_data;
};

#endif
