/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount_points.c - compares two sorted lists of mounts. Bounded: a container may mount without
 * end. No locks.
 */
#include "fuse/coherence/mount_points.h"

#include <errno.h>
#include <string.h>

#include "reach/util.h"

void mount_points_clear(struct mount_points *m)
{
	nsv_mount_list_clear(&m->list);
	m->known = false;
}

static const char *point_at(const struct mount_points *m, size_t i)
{
	return m->list.points + m->list.entries[i].point;
}

static int compare(const struct mount_points *a, size_t i, const struct mount_points *b, size_t j)
{
	if (i == a->list.n || j == b->list.n)
		return i == a->list.n ? 1 : -1;
	if (a->list.entries[i].id != b->list.entries[j].id)
		return a->list.entries[i].id < b->list.entries[j].id ? -1 : 1;
	return strcmp(point_at(a, i), point_at(b, j));
}

int mount_points_update(struct mount_points *m, struct nsv_mountinfo *table, mount_point_fn fn,
			void *data, const struct container *container)
{
	struct mount_points now = { .known = true };
	int r = nsv_mount_list_read(&now.list, table);
	size_t i = 0, j = 0;

	if (r == 0 && now.list.n > MOUNT_POINTS_MAX)
		r = -E2BIG;
	while (r == 0 && m->known && (i < m->list.n || j < now.list.n)) {
		int order = compare(m, i, &now, j);
		/* A copy, because @fn may write to the text. */
		nsv_autofree char *copy = strdup(order > 0 ? point_at(&now, j) : point_at(m, i));

		if (copy)
			fn(data, container, copy, order != 0);
		else
			r = -ENOMEM;
		i += order <= 0;
		j += order >= 0;
	}
	mount_points_clear(m);
	if (r == 0)
		*m = now;
	else
		mount_points_clear(&now);
	return r;
}
