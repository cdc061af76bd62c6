/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mount_points.c - two sorted lists of mounts compared. Bounded: a container may mount without end.
 */
#include "fuse/coherence/mount_points.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuse/containers/mount_table.h"
#include "reach/util.h"

void mount_points_clear(struct mount_points *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->points[i].path);
	free(m->points);
	*m = (struct mount_points){ 0 };
}

static int add(void *data, const struct mount_line *line)
{
	struct mount_points *m = data;
	struct mount_point *points;
	char *path;

	if (m->n == MOUNT_POINTS_MAX)
		return -E2BIG;
	if (m->n == m->size) {
		size_t size = m->size ? m->size * 2 : 32;

		points = reallocarray(m->points, size, sizeof(*points));
		if (!points)
			return -ENOMEM;
		m->points = points;
		m->size = size;
	}
	path = strdup(line->point);
	if (!path)
		return -ENOMEM;
	m->points[m->n++] = (struct mount_point){ line->id, path };
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct mount_point *a = left, *b = right;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return strcmp(a->path, b->path);
}

static void call(const struct mount_point *point, bool changed, mount_point_fn fn, void *data,
		 const struct place *place)
{
	/* The list keeps its own for the next time. */
	nsv_autofree char *copy = strdup(point->path);

	if (copy)
		fn(data, place, copy, changed);
}

int mount_points_update(struct mount_points *m, FILE *table, mount_point_fn fn, void *data,
			const struct place *place)
{
	struct mount_points now = { .known = true };
	int r = mount_table_each(table, add, &now);
	size_t i = 0, j = 0;

	if (r < 0) {
		mount_points_clear(&now);
		mount_points_clear(m);
		return r;
	}
	if (now.n > 1)
		qsort(now.points, now.n, sizeof(*now.points), compare);
	while (m->known && (i < m->n || j < now.n)) {
		int order = i == m->n	 ? 1
			    : j == now.n ? -1
					 : compare(&m->points[i], &now.points[j]);

		call(order > 0 ? &now.points[j] : &m->points[i], order != 0, fn, data, place);
		i += order <= 0;
		j += order >= 0;
	}
	mount_points_clear(m);
	*m = now;
	return 0;
}
