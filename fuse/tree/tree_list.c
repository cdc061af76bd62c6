/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree_list.c - lists the nodes of a container in parts, for threads that serve no request.
 *
 * Each part holds the tree's lock for a bounded number of buckets. If the table was resized
 * between two parts, the list starts anew.
 */
#include <stdatomic.h>
#include <string.h>

#include "fuse/tree/tree_table.h"
#include "reach/util.h"

#define LIST_BUCKETS 32768 /* in one part, with the lock held */

/* A kind of list: whether it includes @node, and how to copy the node to @item. */
struct list_kind {
	size_t item_size;
	bool (*wanted)(const struct node *node);
	void (*copy)(const struct tree *t, const struct node *node, void *item);
};

/*
 * Copies the nodes of one bucket, except the first @skip. Returns how many. *ret_full: the bucket
 * has more than @room.
 */
static size_t list_bucket(const struct tree *t, const struct list_kind *kind,
			  const struct node *first, const struct container *container, size_t skip,
			  char *items, size_t room, bool *ret_full)
{
	size_t n = 0;

	for (const struct node *node = first; node; node = node->chain) {
		if (node->container != container || node->kind == NODE_LINK || !node->lookups ||
		    !kind->wanted(node))
			continue;
		if (skip) {
			skip--;
			continue;
		}
		*ret_full = n == room;
		if (*ret_full)
			return n;
		kind->copy(t, node, items + n++ * kind->item_size);
	}
	return n;
}

/*
 * The cursor is a bucket (32 bits), the number of its nodes already listed (24), and the size of
 * the table (8); for a table of another size the list starts anew. A bucket is listed in one part,
 * unless it alone exceeds @max: the table may have had no memory to grow.
 */
static bool list(struct tree *t, const struct list_kind *kind, const struct container *container,
		 uint64_t *cursor, char *ret_items, size_t max, size_t *ret_n)
{
	size_t i = 0, skip = 0, n = 0, end;
	bool full = false;
	uint64_t bits;

	(void)pthread_mutex_lock(&t->lock);
	bits = (uint64_t)__builtin_ctzl(t->n_buckets);
	if (*cursor >> 56 == bits) {
		i = (uint32_t)*cursor;
		skip = *cursor >> 32 & 0xffffff;
	}
	end = nsv_min(t->n_buckets, i + LIST_BUCKETS);
	while (i < end && !full) {
		size_t more = list_bucket(t, kind, t->buckets[i], container, skip,
					  ret_items + n * kind->item_size, max - n, &full);

		if (!full) {
			i++;
			skip = 0;
			n += more;
		} else if (n == 0) {
			skip += more;
			n = more;
			break;
		}
	}
	end = t->n_buckets;
	(void)pthread_mutex_unlock(&t->lock);
	*cursor = bits << 56 | (uint64_t)skip << 32 | i;
	*ret_n = n;
	return i < end;
}

static bool any_node(const struct node *node)
{
	(void)node;
	return true;
}

static void copy_name(const struct tree *t, const struct node *node, void *item)
{
	struct tree_item *to = item;

	to->parent = tree_number(t, node->parent);
	to->number = tree_number(t, node);
	to->watched = node->watched;
	memcpy(to->name, node->name, (size_t)node->name_len + 1);
}

bool tree_list(struct tree *t, const struct container *container, uint64_t *cursor,
	       struct tree_item *ret_items, size_t max, size_t *ret_n)
{
	static const struct list_kind kind = { sizeof(*ret_items), any_node, copy_name };

	return list(t, &kind, container, cursor, (char *)ret_items, max, ret_n);
}

static bool has_stamp(const struct node *node)
{
	return atomic_load_explicit(&node->attrs, memory_order_relaxed) != 0;
}

static void copy_stamp(const struct tree *t, const struct node *node, void *item)
{
	struct tree_stamped *to = item;
	char buf[PATH_MAX], *path;

	to->number = tree_number(t, node);
	to->ino = node->ino;
	to->dev = node->dev;
	to->stamp = atomic_load_explicit(&node->attrs, memory_order_relaxed);
	to->path[0] = '\0';
	if (node_path(node, buf, sizeof(buf), &path) == 0)
		memcpy(to->path, path, strlen(path) + 1);
}

bool tree_list_stamped(struct tree *t, const struct container *container, uint64_t *cursor,
		       struct tree_stamped *ret_items, size_t max, size_t *ret_n)
{
	static const struct list_kind kind = { sizeof(*ret_items), has_stamp, copy_stamp };

	return list(t, &kind, container, cursor, (char *)ret_items, max, ret_n);
}
