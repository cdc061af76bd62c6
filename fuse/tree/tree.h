/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree.h - the nodes of the view that the kernel knows.
 *
 * A node (node.h) lives while the kernel counts lookups of it (FUSE_FORGET takes them off) or
 * while it has children. The address of a node is its number for the kernel (nodeid).
 *
 * Threads: any. Parent, name, container, kind and identity of a node never change. The kernel
 * forgets no node while a request about the node or about one below it is in progress. So an
 * operation reads these fields, up to the top, without a lock; a place (tree_move()) is written
 * once and read likewise. The other fields are protected by the tree's lock, a leaf: it is released
 * before any other function is called.
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
/* Frees every node. NULL is fine. Returns NULL. */
struct tree *tree_free(struct tree *t);

/* The node of the mount point; never freed before tree_free(). */
struct node *tree_top(struct tree *t);

/* Converts a node's number to the node, and back. @number must be one that the kernel may use. */
struct node *tree_node(struct tree *t, uint64_t number);
uint64_t tree_number(const struct tree *t, const struct node *node);

/*
 * Finds or makes the node of @name below @parent with the identity @id, and counts one lookup of
 * the kernel. An old node of that name with another identity becomes stale. NULL without memory,
 * or if @name is longer than 255 bytes.
 */
struct node *tree_lookup(struct tree *t, struct node *parent, const char *name,
			 const struct node_id *id);

/*
 * Takes off @n lookups (FUSE_FORGET). Frees the node, and then its parents, if nothing needs them.
 * May close files of the container.
 */
void tree_forget(struct tree *t, struct node *node, uint64_t n);

/*
 * The number of the node @name below the node of number @parent, or 0. For threads that serve no
 * request: reads only the table, so @parent may be freed.
 */
uint64_t tree_peek(struct tree *t, uint64_t parent, const char *name);

/*
 * Also returns stale nodes of that name that are still referenced. Returns how many were written,
 * at most @max.
 */
size_t tree_peek_all(struct tree *t, uint64_t parent, const char *name, uint64_t *ret_numbers,
		     size_t max);

/*
 * The container renamed the folder @name in @from to @to_name in @to. From now on its nodes, and
 * those below, are opened there. Both numbers are of watched nodes, and stay watched meanwhile.
 */
void tree_move(struct tree *t, uint64_t from, const char *name, uint64_t to, const char *to_name);

/*
 * Finds the nodes of @container with inode @ino on device @dev (0: any device), whatever their
 * names. Returns how many were written, at most @max.
 */
size_t tree_find_inode(struct tree *t, const struct container *container, uint32_t dev,
		       uint64_t ino, uint64_t *ret_numbers, size_t max);

/*
 * Sets a callback for each freed node with "watched" set. The callback runs without a lock, before
 * the number can be reused. Call before the first request.
 */
void tree_set_unwatch(struct tree *t, void (*fn)(void *data, uint64_t number), void *data);

/* A copy of a node's data. The node may be freed by now, and its number reused. */
struct tree_item {
	uint64_t parent, number;
	bool watched; /* a folder that was looked into */
	char name[256];
};

/*
 * Lists nodes of @container, at most @max in a call, for threads that serve no request. Begin with
 * *cursor 0. Returns false after the last node.
 */
bool tree_list(struct tree *t, const struct container *container, uint64_t *cursor,
	       struct tree_item *ret_items, size_t max, size_t *ret_n);

/* A node whose attributes the kernel may cache for long. */
struct tree_stamped {
	uint64_t number, ino;
	uint32_t dev, stamp;
	char path[PATH_MAX]; /* as by node_path(); "" if longer than PATH_MAX */
};

/* Like tree_list(), for nodes with a stamp (recheck.h). */
bool tree_list_stamped(struct tree *t, const struct container *container, uint64_t *cursor,
		       struct tree_stamped *ret_items, size_t max, size_t *ret_n);

/* A keyed hash of @data: other programs can't predict it. */
uint32_t tree_hash(const struct tree *t, const void *data, size_t len);

/* The number of nodes, without the top. */
size_t tree_count(struct tree *t);

#endif
