/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree_index.c - a hash table of nodes by inode number.
 *
 * The chains are doubly linked: many names may be one inode, and removing one of its nodes must
 * not walk a long chain. Locks: the tree's lock.
 */
#include "fuse/tree/tree_index.h"

#include <errno.h>
#include <sys/mman.h>

#include "fuse/tree/tree.h"

#define LEAST_BUCKETS 1024

static struct node **bucket_of(struct node **buckets, size_t n, uint64_t key, uint64_t ino)
{
	uint64_t mixed = (ino ^ key >> 32) * key;

	return &buckets[(mixed ^ mixed >> 32) & (n - 1)];
}

struct node **node_buckets_new(size_t n)
{
	void *p = mmap(NULL, n * sizeof(struct node *), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void node_buckets_free(struct node **buckets, size_t n)
{
	if (buckets)
		(void)munmap(buckets, n * sizeof(struct node *));
}

static void put(struct node **bucket, struct node *node)
{
	node->same = *bucket;
	node->same_link = bucket;
	if (node->same)
		node->same->same_link = &node->same;
	*bucket = node;
}

static void take(struct node *node)
{
	*node->same_link = node->same;
	if (node->same)
		node->same->same_link = node->same_link;
}

static void resize(struct tree_index *x, size_t n)
{
	struct node **buckets = node_buckets_new(n);

	if (!buckets)
		return;
	for (size_t i = 0; i < x->n_buckets; i++)
		while (x->buckets[i]) {
			struct node *node = x->buckets[i];

			take(node);
			put(bucket_of(buckets, n, x->key, node->ino), node);
		}
	node_buckets_free(x->buckets, x->n_buckets);
	x->buckets = buckets;
	x->n_buckets = n;
}

void tree_index_add(struct tree_index *x, struct node *node)
{
	if (x->n >= x->n_buckets)
		resize(x, x->n_buckets * 2);
	put(bucket_of(x->buckets, x->n_buckets, x->key, node->ino), node);
	x->n++;
}

void tree_index_remove(struct tree_index *x, struct node *node)
{
	take(node);
	x->n--;
	if (x->n_buckets > LEAST_BUCKETS && x->n < x->n_buckets / 8)
		resize(x, x->n_buckets / 4);
}

struct node *tree_index_first(const struct tree_index *x, uint64_t ino)
{
	return *bucket_of(x->buckets, x->n_buckets, x->key, ino);
}

int tree_index_init(struct tree_index *x, uint64_t key)
{
	*x = (struct tree_index){ .key = key | 1, .n_buckets = LEAST_BUCKETS };
	x->buckets = node_buckets_new(x->n_buckets);
	return x->buckets ? 0 : -ENOMEM;
}

void tree_index_done(struct tree_index *x)
{
	node_buckets_free(x->buckets, x->n_buckets);
	x->buckets = NULL;
}
