/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsinfo_tree.c - the processes of a container as ps f draws them, with both PIDs.
 *
 * A container may make a chain of thousands: no recursion, and the drawing stops to
 * indent at some depth. Parents were read one after the other, so they may form a ring where a PID
 * was used again: each process is printed once all the same.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "nsinfo.h"

#define DEPTH_MAX 32U

struct node {
	size_t member;
	size_t first_child, next_sibling; /* index + 1, 0: none */
	bool has_parent, printed;
};

struct tree {
	const struct nsinfo_output *out;
	const struct nsv_inspection *i;
	const struct nsinfo_names *users;
	struct node *nodes; /* in the order of members */
	size_t *stack;	    /* (node, depth) of those to be printed */
	bool more[DEPTH_MAX + 1];
};

static size_t find_member(const struct nsv_inspection *i, pid_t pid)
{
	size_t low = 0, high = i->n_members;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (nsv_inspection_member(i, middle)->pid == pid)
			return middle + 1;
		if (nsv_inspection_member(i, middle)->pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

/* From the last to the first, so that each list of children is ascending. */
static void link_nodes(struct tree *t)
{
	for (size_t n = t->i->n_members; n-- > 0;) {
		size_t parent = find_member(t->i, nsv_inspection_member(t->i, n)->ppid);

		t->nodes[n].member = n;
		if (!parent || parent - 1 == n)
			continue;
		t->nodes[n].has_parent = true;
		t->nodes[n].next_sibling = t->nodes[parent - 1].first_child;
		t->nodes[parent - 1].first_child = n + 1;
	}
}

static void print_node(struct tree *t, size_t n, size_t depth)
{
	const struct nsv_member *m = nsv_inspection_member(t->i, n);
	nsv_autofree char *command = nsinfo_shown(t->out, m->command);
	int64_t uid = nsinfo_inside(t->i, NSV_ID_USER, m->uid);
	const char *name = nsinfo_name_of(t->users, uid);
	nsv_autofree char *user = name ? nsinfo_shown(t->out, name) : NULL;
	size_t shown = nsv_min(depth, (size_t)DEPTH_MAX);

	printf("  %8d %8d ", (int)m->pid, (int)m->inside);
	if (user)
		printf("%8s  ", user);
	else if (uid >= 0)
		printf("%8lld  ", (long long)uid);
	else
		printf("%8s  ", "-");
	for (size_t d = 1; d < shown; d++)
		printf("%s", t->more[d] ? "|  " : "   ");
	printf("%s%s\n", depth ? "\\_ " : "", command);
}

static void print_below(struct tree *t, size_t root)
{
	size_t used = 0;

	t->stack[used++] = root;
	t->stack[used++] = 0;
	while (used) {
		size_t depth = t->stack[--used];
		size_t n = t->stack[--used];
		struct node *node = &t->nodes[n];

		if (depth && node->next_sibling && !t->nodes[node->next_sibling - 1].printed) {
			t->stack[used++] = node->next_sibling - 1;
			t->stack[used++] = depth;
		}
		if (node->printed)
			continue;
		node->printed = true;
		t->more[nsv_min(depth, (size_t)DEPTH_MAX)] = depth && node->next_sibling;
		print_node(t, n, depth);
		if (node->first_child && !t->nodes[node->first_child - 1].printed) {
			t->stack[used++] = node->first_child - 1;
			t->stack[used++] = depth + 1;
		}
	}
}

void nsinfo_tree(const struct nsinfo_output *out, const struct nsinfo_subject *s)
{
	const struct nsv_inspection *i = s->i;
	struct tree t = { .out = out, .i = i, .users = &s->users };
	nsv_autofree struct node *nodes = calloc(i->n_members + 1, sizeof(*nodes));
	nsv_autofree size_t *stack = calloc(i->n_members + 2, 4 * sizeof(*stack));

	if (!nodes || !stack)
		cli_no_memory();
	t.nodes = nodes;
	t.stack = stack;
	link_nodes(&t);
	printf("  %8s %8s %8s  %s\n", "PID", "INSIDE", s->users.n ? "USER" : "UID", "COMMAND");
	for (size_t n = 0; n < i->n_members; n++)
		if (!nodes[n].has_parent)
			print_below(&t, n);
	for (size_t n = 0; n < i->n_members; n++)
		if (!nodes[n].printed)
			print_below(&t, n);
}
