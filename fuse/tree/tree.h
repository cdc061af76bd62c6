/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree.h - what the kernel knows of the view: nodes.
 *
 * A node (node.h) lives until the kernel has forgotten as many lookups as it was told (FUSE_FORGET)
 * and it has no child. Its address is its number for the kernel (nodeid).
 *
 * Threads: parent, name, container, kind and identity never change after a node was made, and the
 * kernel forgets no node with a request about it or below it under way: an operation reads them,
 * up to the root, without a lock. The rest is under the tree's lock, a leaf: nothing is called with
 * it held.
 */
#ifndef NSV_FUSE_TREE_H
#define NSV_FUSE_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuse/containers/node.h"

struct tree;

int tree_new(struct tree **ret_tree);
/* Frees every node; for the end. NULL is fine. Returns NULL. */
struct tree *tree_free(struct tree *t);

/* The node of the mount point; it is never forgotten. */
struct node *tree_top(struct tree *t);

/* From what the kernel calls it, and back. */
struct node *tree_node(struct tree *t, uint64_t number);
uint64_t tree_number(const struct tree *t, const struct node *node);

/*
 * The node of @name below @parent for what was found there, made if there is none, and counts one
 * lookup of the kernel's. NULL without memory.
 */
struct node *tree_lookup(struct tree *t, struct node *parent, const char *name,
			 const struct node_id *id);

/* The kernel forgot @n lookups. */
void tree_forget(struct tree *t, struct node *node, uint64_t n);

/*
 * The number of the node called @name below the one of number @parent, 0 if there is none. For
 * threads that serve no request: it looks into nothing but the table, and @parent may be long gone.
 */
uint64_t tree_peek(struct tree *t, uint64_t parent, const char *name);

/* Those as well that bore the name before and are still in use: how many, at most @max. */
size_t tree_peek_all(struct tree *t, uint64_t parent, const char *name, uint64_t *ret_numbers,
		     size_t max);

/*
 * The numbers of nodes of @container that are the inode @ino of device @dev (0: of any), by
 * whatever name: how many, at most @max.
 */
size_t tree_find_inode(struct tree *t, const struct container *container, uint32_t dev,
		       uint64_t ino, uint64_t *ret_numbers, size_t max);

/*
 * Called for each node that goes with "watched" set, before its number can be another's. Without a
 * lock held.
 */
void tree_set_unwatch(struct tree *t, void (*fn)(void *data, uint64_t number), void *data);

/* A node as it was: it may be gone, and its number another's. */
struct tree_item {
	uint64_t parent, number;
	char name[256];
};

/*
 * Nodes of @container, at most @max a call, for threads that serve no request. *cursor starts at 0.
 * False when that were the last.
 */
bool tree_list(struct tree *t, const struct container *container, uint64_t *cursor,
	       struct tree_item *ret_items, size_t max, size_t *ret_n);

/* What the kernel has of a node, and may cache for long. */
struct tree_stamped {
	uint64_t number, ino;
	uint32_t dev, stamp;
	char path[PATH_MAX]; /* as node_path(); "" where it is longer */
};

/* The same for nodes that have a stamp of recheck.h. */
bool tree_list_stamped(struct tree *t, const struct container *container, uint64_t *cursor,
		       struct tree_stamped *ret_items, size_t max, size_t *ret_n);

/* A hash of any bytes that nobody else can foresee. */
uint32_t tree_hash(const struct tree *t, const void *data, size_t len);

/* Nodes that exist, without the top. */
size_t tree_count(struct tree *t);

#endif
