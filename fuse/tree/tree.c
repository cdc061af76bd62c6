/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree.c - a hash table of nodes by parent and name.
 *
 * A container chooses the names, so the hash is keyed (SipHash-1-3): it can't make all of them
 * collide. Locks: tree.lock.
 */
#include "fuse/tree/tree.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "fuse/containers/container.h"
#include "fuse/tree/siphash.h"
#include "fuse/tree/tree_table.h"
#include "reach/util.h"

#define LEAST_BUCKETS 1024
#define TOP_NUMBER    1 /* FUSE_ROOT_ID */

static uint32_t hash_of(const struct tree *t, uint64_t parent, const char *name, size_t len)
{
	return siphash(t->key, parent, name, len);
}

uint32_t tree_hash(const struct tree *t, const void *data, size_t len)
{
	return hash_of(t, 0, data, len); /* 0 is no node's number */
}

static size_t node_size(const struct node *n)
{
	return sizeof(*n) + n->name_len + 1;
}

static void free_node(struct tree *t, struct node *n)
{
	tree_drop_places(t, n);
	slab_free(&t->slab, n, node_size(n));
}

static bool node_counts_container(const struct node *n)
{
	return n->container && (n->kind == NODE_ROOT || n->kind == NODE_LINK);
}

/* Without memory the table keeps its size, and is slower. */
static void table_resize(struct tree *t, size_t n)
{
	struct node **table = node_buckets_new(n);

	if (!table)
		return;
	for (size_t i = 0; i < t->n_buckets; i++)
		while (t->buckets[i]) {
			struct node *node = t->buckets[i];
			struct node **to = &table[node->hash & (n - 1)];

			t->buckets[i] = node->chain;
			node->chain = *to;
			*to = node;
		}
	node_buckets_free(t->buckets, t->n_buckets);
	t->buckets = table;
	t->n_buckets = n;
}

static void unchain(struct tree *t, struct node *node)
{
	struct node **p = &t->buckets[node->hash & (t->n_buckets - 1)];

	while (*p != node)
		p = &(*p)->chain;
	*p = node->chain;
	node->gone = true;
	tree_index_remove(&t->index, node);
	t->n_nodes--;
	if (t->n_buckets > LEAST_BUCKETS && t->n_nodes < t->n_buckets / 8)
		table_resize(t, t->n_buckets / 4);
}

static struct node *find(struct tree *t, uint64_t parent, const char *name, size_t len,
			 uint32_t hash)
{
	struct node *node = t->buckets[hash & (t->n_buckets - 1)];

	while (node &&
	       (node->stale || node->hash != hash || tree_number(t, node->parent) != parent ||
		node->name_len != len || memcmp(node->name, name, len) != 0))
		node = node->chain;
	return node;
}

static struct node *make(struct tree *t, struct node *parent, const char *name, size_t len,
			 uint32_t hash, const struct node_id *id)
{
	struct node *node = slab_alloc(&t->slab, sizeof(*node) + len + 1);
	struct node **bucket;

	if (!node)
		return NULL;
	*node = (struct node){
		.parent = parent,
		.container = id->container,
		.ino = id->ino,
		.dev = id->dev,
		.hash = hash,
		.kind = id->kind,
		.flags = id->flags & NODE_FLAGS,
		.name_len = (uint8_t)len,
	};
	memcpy(node->name, name, len);
	node->name[len] = '\0';
	if (t->n_nodes >= t->n_buckets)
		table_resize(t, t->n_buckets * 2);
	bucket = &t->buckets[hash & (t->n_buckets - 1)];
	node->chain = *bucket;
	*bucket = node;
	tree_index_add(&t->index, node);
	t->n_nodes++;
	parent->children++;
	if (node_counts_container(node))
		container_get(node->container);
	return node;
}

struct node *tree_lookup(struct tree *t, struct node *parent, const char *name,
			 const struct node_id *id)
{
	size_t len = strlen(name);
	uint32_t hash = hash_of(t, tree_number(t, parent), name, len);
	struct node *node;

	if (len > UINT8_MAX)
		return NULL;
	(void)pthread_mutex_lock(&t->lock);
	node = find(t, tree_number(t, parent), name, len, hash);
	if (node && (node->ino != id->ino || node->dev != id->dev || node->kind != id->kind ||
		     node->flags != id->flags || node->container != id->container)) {
		node->stale = true;
		node = NULL;
	}
	if (!node)
		node = make(t, parent, name, len, hash, id);
	if (node)
		node->lookups++;
	(void)pthread_mutex_unlock(&t->lock);
	return node;
}

void tree_set_unwatch(struct tree *t, void (*fn)(void *data, uint64_t number), void *data)
{
	t->unwatch = fn;
	t->unwatch_data = data;
}

/*
 * The nodes in @gone are out of the table. Their memory is freed after the callback, so that their
 * numbers are not reused before.
 */
static void unwatch(struct tree *t, struct node *gone)
{
	while (gone) {
		struct node *next = gone->chain;

		if (t->unwatch)
			t->unwatch(t->unwatch_data, tree_number(t, gone));
		(void)pthread_mutex_lock(&t->lock);
		free_node(t, gone);
		(void)pthread_mutex_unlock(&t->lock);
		gone = next;
	}
}

void tree_forget(struct tree *t, struct node *node, uint64_t n)
{
	struct container *container = NULL;
	struct node *watched = NULL;

	if (node == t->top)
		return;
	(void)pthread_mutex_lock(&t->lock);
	node->lookups -= n < node->lookups ? n : node->lookups;
	while (node != t->top && node->lookups == 0 && node->children == 0) {
		struct node *parent = node->parent;

		/* The path upwards has at most one such node. */
		if (node_counts_container(node))
			container = node->container;
		unchain(t, node);
		if (node->watched) {
			node->chain = watched;
			watched = node;
		} else {
			free_node(t, node);
		}
		parent->children--;
		node = parent;
	}
	(void)pthread_mutex_unlock(&t->lock);
	unwatch(t, watched);
	/* Without the lock: closing the root may wait for the container's file system. */
	if (container)
		container_put(container);
}

uint64_t tree_peek(struct tree *t, uint64_t parent, const char *name)
{
	size_t len = strlen(name);
	uint64_t number = 0;
	struct node *node;

	(void)pthread_mutex_lock(&t->lock);
	node = find(t, parent, name, len, hash_of(t, parent, name, len));
	if (node && node->lookups)
		number = tree_number(t, node);
	(void)pthread_mutex_unlock(&t->lock);
	return number;
}

size_t tree_bearers(struct tree *t, uint64_t parent, const char *name, struct node **ret_nodes,
		    size_t max)
{
	size_t len = strlen(name), n = 0;
	uint32_t hash = hash_of(t, parent, name, len);

	for (struct node *node = t->buckets[hash & (t->n_buckets - 1)]; node && n < max;
	     node = node->chain)
		if (node->hash == hash && tree_number(t, node->parent) == parent &&
		    node->name_len == len && memcmp(node->name, name, len) == 0)
			ret_nodes[n++] = node;
	return n;
}

size_t tree_peek_all(struct tree *t, uint64_t parent, const char *name, uint64_t *ret_numbers,
		     size_t max)
{
	struct node *nodes[16];
	size_t n;

	(void)pthread_mutex_lock(&t->lock);
	n = tree_bearers(t, parent, name, nodes, nsv_min(max, NSV_ARRAY_SIZE(nodes)));
	for (size_t i = 0; i < n; i++)
		ret_numbers[i] = tree_number(t, nodes[i]);
	(void)pthread_mutex_unlock(&t->lock);
	return n;
}

size_t tree_find_inode(struct tree *t, const struct container *container, uint32_t dev,
		       uint64_t ino, uint64_t *ret_numbers, size_t max)
{
	size_t n = 0;

	(void)pthread_mutex_lock(&t->lock);
	for (struct node *node = tree_index_first(&t->index, ino); node && n < max;
	     node = node->same)
		if (node->ino == ino && (!dev || node->dev == dev) &&
		    node->container == container && node->kind != NODE_LINK && node->lookups)
			ret_numbers[n++] = tree_number(t, node);
	(void)pthread_mutex_unlock(&t->lock);
	return n;
}

struct node *tree_top(struct tree *t)
{
	return t->top;
}

struct node *tree_node(struct tree *t, uint64_t number)
{
	return number == TOP_NUMBER ? t->top : (struct node *)(uintptr_t)number;
}

uint64_t tree_number(const struct tree *t, const struct node *node)
{
	return node == t->top ? TOP_NUMBER : (uintptr_t)node;
}

size_t tree_count(struct tree *t)
{
	size_t n;

	(void)pthread_mutex_lock(&t->lock);
	n = t->n_nodes;
	(void)pthread_mutex_unlock(&t->lock);
	return n;
}

int tree_new(struct tree **ret_tree)
{
	struct tree *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->buckets = node_buckets_new(LEAST_BUCKETS);
	t->n_buckets = LEAST_BUCKETS;
	t->top = calloc(1, sizeof(*t->top) + 1);
	if (!t->buckets || !t->top ||
	    getrandom(t->key, sizeof(t->key), 0) != (ssize_t)sizeof(t->key) ||
	    tree_index_init(&t->index, t->key[0] ^ (t->key[1] << 32 | t->key[1] >> 32)) < 0) {
		node_buckets_free(t->buckets, t->n_buckets);
		free(t->top);
		free(t);
		return -ENOMEM;
	}
	(void)pthread_mutex_init(&t->lock, NULL);
	t->top->kind = NODE_TOP;
	*ret_tree = t;
	return 0;
}

struct tree *tree_free(struct tree *t)
{
	if (!t)
		return NULL;
	for (size_t i = 0; i < t->n_buckets; i++)
		while (t->buckets[i]) {
			struct node *node = t->buckets[i];

			t->buckets[i] = node->chain;
			if (node_counts_container(node))
				container_put(node->container);
			free_node(t, node);
		}
	node_buckets_free(t->buckets, t->n_buckets);
	tree_index_done(&t->index);
	free(t->top);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
	return NULL;
}
