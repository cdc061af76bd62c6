/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * index.c - sorts a scan's containers and looks them up by position, PID and mount namespace. No
 * locks: a finished scan is only read.
 */
#include <stdlib.h>

#include <nsview/discover.h>

#include "discover/internal.h"
#include "reach/proc.h"

static int by_start(const void *a, const void *b)
{
	const struct nsv_container *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int by_mntns(const void *a, const void *b)
{
	const struct nsv_scan_mntns *x = a, *y = b;

	return (x->mntns > y->mntns) - (x->mntns < y->mntns);
}

void nsv_scan_index(struct nsv_scan *scan)
{
	qsort(scan->containers, scan->n, sizeof(*scan->containers), by_start);
	qsort(scan->by_mntns, scan->n_mntns, sizeof(*scan->by_mntns), by_mntns);
	for (size_t i = 0; i < scan->n; i++) {
		const struct nsv_scan_mntns key = { .mntns = scan->containers[i].mntns };
		struct nsv_scan_mntns *m =
		    bsearch(&key, scan->by_mntns, scan->n_mntns, sizeof(key), by_mntns);

		m->index = i;
	}
}

size_t nsv_scan_count(const struct nsv_scan *scan)
{
	return scan->n;
}

const struct nsv_container *nsv_scan_get(const struct nsv_scan *scan, size_t i)
{
	return i < scan->n ? &scan->containers[i] : NULL;
}

const struct nsv_container *nsv_scan_find_pid(const struct nsv_scan *scan, pid_t pid)
{
	char dir[NSV_PROCESS_DIR];
	uint64_t mntns;

	if (pid <= 0 || nsv_process_mntns(scan->procfs, pid, dir, &mntns) < 0)
		return NULL;
	return nsv_scan_find_mntns(scan, mntns);
}

const struct nsv_container *nsv_scan_find_mntns(const struct nsv_scan *scan, uint64_t mntns)
{
	const struct nsv_scan_mntns key = { .mntns = mntns }, *found;

	found = bsearch(&key, scan->by_mntns, scan->n_mntns, sizeof(key), by_mntns);
	return found ? &scan->containers[found->index] : NULL;
}

const char *nsv_container_label(const struct nsv_container *c, size_t i, const char **ret_value)
{
	if (i >= c->n_labels)
		return NULL;
	if (ret_value)
		*ret_value = c->labels[i].value;
	return c->labels[i].key;
}
