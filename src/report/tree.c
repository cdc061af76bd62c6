/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree.c - parents before their children, without recursion. */
#include "report/tree.h"

#include <stdlib.h>

#include "base/util.h"

static struct nsv_process_fact *parent_of(struct nsv_facts *f, const struct nsv_process_fact *p)
{
	const struct nsv_process_fact *parent = nsv_facts_process(f, p->ppid);

	return parent && parent != p ? &f->processes[parent - f->processes] : NULL;
}

/* Writes @top and all below it; each process once. */
static size_t place(struct nsv_facts *f, size_t top, size_t n)
{
	size_t from = n;
	uint32_t *stack = f->tree + f->n_processes; /* what is to be placed yet: the second half */
	size_t depth = 0;

	stack[depth++] = (uint32_t)top;
	f->processes[top].placed = true;
	while (depth > 0) {
		struct nsv_process_fact *p = &f->processes[stack[--depth]];

		f->tree[n++] = (uint32_t)(p - f->processes);
		/* The list of children is from the last to the first: so the first is on top. */
		for (uint32_t k = p->first; k; k = f->processes[k - 1].next) {
			struct nsv_process_fact *child = &f->processes[k - 1];

			if (child->placed)
				continue;
			child->placed = true;
			child->depth = p->depth + 1;
			stack[depth++] = k - 1;
		}
	}
	return n - from;
}

int nsv_tree_make(struct nsv_facts *f)
{
	size_t n = 0;

	if (!f->n_processes)
		return 0;
	f->tree = calloc(f->n_processes * 2, sizeof(*f->tree));
	if (!f->tree)
		return -ENOMEM;
	for (size_t i = 0; i < f->n_processes; i++) {
		struct nsv_process_fact *parent = parent_of(f, &f->processes[i]);

		if (!parent)
			continue;
		f->processes[i].next = parent->first;
		parent->first = (uint32_t)i + 1;
	}
	for (size_t i = 0; i < f->n_processes; i++)
		if (!parent_of(f, &f->processes[i]))
			n += place(f, i, n);
	/* Circles have no top. */
	for (size_t i = 0; i < f->n_processes; i++)
		if (!f->processes[i].placed)
			n += place(f, i, n);
	return 0;
}
