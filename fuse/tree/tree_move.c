// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree_move.c - folders that the container renamed: where their nodes are found now.
 *
 * A place is a path, written once and kept as long as its node, so that it is read without a lock;
 * the next one is put before it. What is opened by it is compared with the node as ever: a place
 * that is wrong is a folder that isn't found, never another folder.
 *
 * Bounded, as the container may rename without end: nodes that have a place, and places of a node.
 */
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuse/containers/container.h"
#include "fuse/tree/tree_table.h"

#define PLACES	32 /* of a node */
#define BEARERS 8  /* of one name, one after the other */

void tree_drop_places(struct tree *t, struct node *node)
{
	struct node_place *place = atomic_load(&node->place), *older;
	size_t i = 0;

	if (!place)
		return;
	while (i < t->n_moved && t->moved[i] != node)
		i++;
	if (i < t->n_moved)
		t->moved[i] = t->moved[--t->n_moved];
	for (; place; place = older) {
		older = place->older;
		free(place);
	}
}

static void set_place(struct tree *t, struct node *node, const char *path, const char *rest)
{
	struct node_place *old = atomic_load(&node->place), *place = old;
	const size_t size = strlen(path) + strlen(rest) + 1;
	unsigned n = 0;

	for (; place; place = place->older)
		n++;
	if (n >= PLACES || (!old && t->n_moved == TREE_MOVED_MOST))
		return;
	place = malloc(sizeof(*place) + size);
	if (!place)
		return;
	(void)snprintf(place->path, size, "%s%s", path, rest);
	place->older = old;
	if (!old)
		t->moved[t->n_moved++] = node;
	atomic_store(&node->place, place);
	atomic_store(&node->container->moved, true);
}

/* "a/b" of @name in the folder of number @dir; false where there is none any more. */
static bool path_in(struct tree *t, uint64_t dir, const char *name, char path[PATH_MAX])
{
	const struct node *node = tree_node(t, dir);
	char buf[PATH_MAX], *at;

	return !node->gone && (node->kind == NODE_PATH || node->kind == NODE_ROOT) &&
	       node_path(node, buf, sizeof(buf), &at) == 0 &&
	       snprintf(path, PATH_MAX, "%s%s%s", node->kind == NODE_PATH ? at : "",
			node->kind == NODE_PATH ? "/" : "", name) < PATH_MAX;
}

void tree_move(struct tree *t, uint64_t from, const char *name, uint64_t to, const char *to_name)
{
	struct node *nodes[BEARERS];
	char old[PATH_MAX], new[PATH_MAX];
	size_t n, len;

	(void)pthread_mutex_lock(&t->lock);
	if (!path_in(t, from, name, old) || !path_in(t, to, to_name, new)) {
		(void)pthread_mutex_unlock(&t->lock);
		return;
	}
	len = strlen(old);
	for (size_t i = 0; i < t->n_moved; i++) {
		struct node *node = t->moved[i];
		const char *path = atomic_load(&node->place)->path;

		if (node->container == tree_node(t, from)->container && !strncmp(path, old, len) &&
		    (!path[len] || path[len] == '/'))
			set_place(t, node, new, path + len);
	}
	/* Those that had a place already are where that says. */
	n = tree_bearers(t, from, name, nodes, BEARERS);
	for (size_t i = 0; i < n; i++)
		if (!atomic_load(&nodes[i]->place))
			set_place(t, nodes[i], new, "");
	(void)pthread_mutex_unlock(&t->lock);
}
