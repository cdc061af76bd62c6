/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inherited.c - corrects groups that inherit their root or their cgroup from a container around
 * them.
 *
 * Root: a system container (LXC, nspawn) has services with private mounts, like the host. Such a
 * group has the "/" of the container that it descends from. It is a service, and a look-up of it
 * finds that container.
 * Cgroup: a program that a container started with another root (a chroot, a sandbox) stays in the
 * container's cgroup. The engine and ID in that path are the container's, not the inner group's.
 *
 * /proc is read only for groups that share a root or an ID with another. No locks: one thread makes
 * a scan.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "discover/internal.h"
#include "reach/util.h"

static int by_root(const void *a, const void *b)
{
	const struct nsv_scan_mntns *const *x = a, *const *y = b;

	if ((*x)->root.dev != (*y)->root.dev)
		return (*x)->root.dev < (*y)->root.dev ? -1 : 1;
	if ((*x)->root.ino != (*y)->root.ino)
		return (*x)->root.ino < (*y)->root.ino ? -1 : 1;
	return ((*x)->index > (*y)->index) - ((*x)->index < (*y)->index);
}

/* Whether entry @i shares its root with a neighbour in the sorted list. */
static bool is_shared(struct nsv_scan_mntns *const *sorted, size_t n, size_t i)
{
	return (i > 0 && nsv_rootfs_same(&sorted[i - 1]->root, &sorted[i]->root)) ||
	       (i + 1 < n && nsv_rootfs_same(&sorted[i + 1]->root, &sorted[i]->root));
}

/* @sorted is sorted by root; @of[i] is the position of container i in by_mntns. */
static void find_services(struct nsv_scan *scan, struct nsv_scan_mntns *const *sorted,
			  const size_t *of)
{
	for (size_t i = 0; i < scan->n; i++) {
		size_t index = sorted[i]->index;
		struct nsv_container *c = &scan->containers[index];
		ssize_t above;

		if (c->kind != NSV_KIND_CONTAINER || !is_shared(sorted, scan->n, i))
			continue;
		above = nsv_parent_by_ancestors(scan, index);
		if (above < 0 ||
		    !nsv_rootfs_same(&scan->by_mntns[of[above]].root, &sorted[i]->root))
			continue;
		c->kind = NSV_KIND_SERVICE;
		c->engine = c->id = c->pod_uid = NULL;
		c->parent = above;
	}
}

static int by_id(const void *a, const void *b)
{
	const struct nsv_container *const *x = a, *const *y = b;

	return strcmp((*x)->id, (*y)->id);
}

static bool same_id(const struct nsv_container *a, const struct nsv_container *b)
{
	return a->id && b->id && strcmp(a->id, b->id) == 0;
}

/* An ID belongs to the outermost of the nested groups that have it. All borrowers are found before
 * any loses its ID, because nesting may be several levels deep. */
static int find_borrowed_ids(struct nsv_scan *scan)
{
	nsv_autofree struct nsv_container **with =
	    calloc(scan->n + 1, sizeof(struct nsv_container *));
	nsv_autofree bool *borrowed = calloc(scan->n + 1, sizeof(*borrowed));
	size_t n = 0;

	if (!with || !borrowed)
		return -ENOMEM;
	for (size_t i = 0; i < scan->n; i++)
		if (scan->containers[i].id)
			with[n++] = &scan->containers[i];
	qsort(with, n, sizeof(struct nsv_container *), by_id);
	for (size_t i = 0; i < n; i++) {
		size_t index = (size_t)(with[i] - scan->containers);
		ssize_t above;

		if (!(i > 0 && same_id(with[i - 1], with[i])) &&
		    !(i + 1 < n && same_id(with[i], with[i + 1])))
			continue;
		above = nsv_parent_by_ancestors(scan, index);
		borrowed[index] = above >= 0 && same_id(&scan->containers[above], with[i]);
	}
	for (size_t i = 0; i < scan->n; i++)
		if (borrowed[i])
			scan->containers[i].engine = scan->containers[i].id = NULL;
	return 0;
}

/* Drops services; a look-up of a service then finds the container it is in. */
static void drop_services(struct nsv_scan *scan, const size_t *of)
{
	size_t n = 0;

	for (size_t i = 0; i < scan->n; i++)
		if (scan->containers[i].kind == NSV_KIND_CONTAINER)
			scan->by_mntns[of[i]].index = n++;
	for (size_t i = 0; i < scan->n; i++) {
		size_t above = i;

		/* Ends: a service's container was no service yet when it was found, so the chain
		 * has no circle. */
		while (scan->containers[above].kind == NSV_KIND_SERVICE)
			above = (size_t)scan->containers[above].parent;
		scan->by_mntns[of[i]].index = scan->by_mntns[of[above]].index;
	}
	n = 0;
	for (size_t i = 0; i < scan->n; i++)
		if (scan->containers[i].kind == NSV_KIND_CONTAINER)
			scan->containers[n++] = scan->containers[i];
	scan->n = n;
}

int nsv_scan_fix_inherited(struct nsv_scan *scan)
{
	nsv_autofree struct nsv_scan_mntns **sorted = NULL;
	nsv_autofree size_t *of = NULL;

	sorted = calloc(scan->n + 1, sizeof(struct nsv_scan_mntns *));
	of = calloc(scan->n + 1, sizeof(*of));
	if (!sorted || !of)
		return -ENOMEM;
	for (size_t i = 0; i < scan->n_mntns; i++) {
		sorted[i] = &scan->by_mntns[i];
		of[sorted[i]->index] = i;
	}
	qsort(sorted, scan->n, sizeof(struct nsv_scan_mntns *), by_root);
	find_services(scan, sorted, of);
	if (!(scan->flags & NSV_SCAN_ALL))
		drop_services(scan, of);
	for (size_t i = 0; i < scan->n; i++)
		scan->containers[i].parent = -1;
	return find_borrowed_ids(scan);
}
