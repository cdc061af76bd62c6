/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree_index.h - nodes by inode number, for those who know what a name stands for, not the name.
 * Private to tree.c, whose lock it is under.
 */
#ifndef NSV_FUSE_TREE_INDEX_H
#define NSV_FUSE_TREE_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct node;

/* Starts as zeroes but for the key, which is odd and nobody's to know. */
struct tree_index {
	uint64_t key;
	struct node **buckets;
	size_t n_buckets, n;
};

int tree_index_init(struct tree_index *x, uint64_t key);
void tree_index_done(struct tree_index *x);

void tree_index_add(struct tree_index *x, struct node *node);
void tree_index_remove(struct tree_index *x, struct node *node);

/* The first in the bucket of @ino; others by "same". */
struct node *tree_index_first(const struct tree_index *x, uint64_t ino);

/* The buckets of a table of nodes, empty: mapped, so that the kernel has large ones back. NULL
 * without memory. */
struct node **node_buckets_new(size_t n);
void node_buckets_free(struct node **buckets, size_t n);

#endif
