/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree_index.h - an index of nodes by inode number, for callers that know an inode and not its
 * name. Private to tree.c. Locks: the tree's lock protects everything.
 */
#ifndef NSV_FUSE_TREE_INDEX_H
#define NSV_FUSE_TREE_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct node;

/* The key is odd and secret. */
struct tree_index {
	uint64_t key;
	struct node **buckets;
	size_t n_buckets, n;
};

int tree_index_init(struct tree_index *x, uint64_t key);
void tree_index_done(struct tree_index *x);

void tree_index_add(struct tree_index *x, struct node *node);
void tree_index_remove(struct tree_index *x, struct node *node);

/*
 * The first node in the bucket of @ino; node->same is the next. The bucket may hold other inodes,
 * too.
 */
struct node *tree_index_first(const struct tree_index *x, uint64_t ino);

/*
 * Allocates empty buckets by mmap(2), so that freeing a large table returns its memory to the
 * kernel. NULL without memory.
 */
struct node **node_buckets_new(size_t n);
void node_buckets_free(struct node **buckets, size_t n);

#endif
