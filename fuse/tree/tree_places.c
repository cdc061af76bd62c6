// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree_places.c - where nodes of renamed folders are.
 *
 * A place is a path, written once and kept as long as its node, so that it is read without a lock;
 * the next one is put before it. What is opened by it is compared with the node as ever: a place
 * that is wrong is a folder that isn't found, never another folder.
 *
 * Bounded, as the container may rename without end: nodes that have a place, and places of a node.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuse/containers/container.h"
#include "fuse/tree/tree_table.h"

#define PLACES 32 /* of a node */

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

void tree_set_place(struct tree *t, struct node *node, const char *path, const char *rest)
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
