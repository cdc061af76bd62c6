/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unseen.c - processes that the caller was not allowed to look at, and whether a container may be
 * missing for one: by what /proc tells of it to everybody. Asked one by one, after the scan.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <nsview/discover.h>

#include "discover/internal.h"
#include "discover/scan/cgroup.h"
#include "reach/proc.h"
#include "reach/sized.h"
#include "reach/util.h"

size_t nsv_scan_unseen(const struct nsv_scan *scan)
{
	return scan->n_unseen;
}

/* An engine's container, by its cgroup, that is not in the scan by another process of it. */
static bool is_unlisted(const struct nsv_scan *scan, const char *dir)
{
	char small[1024];
	nsv_autofree char *heap = NULL;
	struct nsv_cgroup cgroup;
	const char *text;

	if (nsv_process_text(scan->procfs, dir, "cgroup", small, sizeof(small), &text, &heap) < 0)
		return false;
	nsv_cgroup_match(nsv_cgroup_path(text), &cgroup);
	if (!cgroup.id.text || cgroup.monitor)
		return false;
	for (size_t i = 0; i < scan->n; i++) {
		const char *id = scan->containers[i].id;

		if (id && strlen(id) == cgroup.id.len &&
		    memcmp(id, cgroup.id.text, cgroup.id.len) == 0)
			return false;
	}
	return true;
}

static bool may_be_container(const struct nsv_scan *scan, pid_t pid)
{
	struct nsv_process_ids ids;
	char dir[NSV_PROCESS_DIR];
	int r;

	(void)snprintf(dir, sizeof(dir), "%d", (int)pid);
	r = nsv_process_ids(scan->procfs, dir, NULL, &ids);
	if (r < 0)
		return !nsv_process_gone(r);
	return ids.levels > 1 || is_unlisted(scan, dir);
}

bool nsv_scan_unseen_get(const struct nsv_scan *scan, size_t i, struct nsv_unseen *ret)
{
	struct nsv_unseen unseen;

	if (i >= scan->n_unseen)
		return false;
	unseen = scan->unseen[i];
	unseen.may_be_container = may_be_container(scan, unseen.pid);
	return nsv_sized_give(ret, &unseen, sizeof(unseen)) == 0;
}
