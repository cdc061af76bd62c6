// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree_move.c - folders that the container renamed: where their nodes are found now.
 */
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "fuse/containers/container.h"
#include "fuse/tree/tree_table.h"

#define BEARERS 8 /* of one name, one after the other */

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
			tree_set_place(t, node, new, path + len);
	}
	/* Those that had a place already are where that says. */
	n = tree_bearers(t, from, name, nodes, BEARERS);
	for (size_t i = 0; i < n; i++)
		if (!atomic_load(&nodes[i]->place))
			tree_set_place(t, nodes[i], new, "");
	(void)pthread_mutex_unlock(&t->lock);
}
