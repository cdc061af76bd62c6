/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trim.c - covers kernel file systems and unmounts servers' in a clone of a container's mounts.
 *
 * The clone follows no links, so a path below its root stays there. umount2(2) looks a path up
 * without asking the mounted file system, which other calls may do. But it waits for other CPUs, so
 * what has no server is covered instead; a mount on a file is unmounted. No state, no locks.
 */
#include "trim.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "place.h"
#include "reach/mountinfo.h"
#include "reach/util.h"

/* Of umount2(2): sys/mount.h does not go with linux/mount.h. */
#define MNT_DETACH	2
#define UMOUNT_NOFOLLOW 8

#define MAX_ROUNDS 32
#define NONE	   SIZE_MAX

/* A mount of the clone. */
struct mount {
	uint32_t id, parent_id, dev;
	unsigned flags; /* enum nsv_fs_flags */
	size_t point;	/* offset in the table's points */
	size_t parent;	/* index; NONE for the clone's root */
	size_t top;	/* index of the mount that lies over the whole of this one, or NONE */
};

struct table {
	struct mount *list; /* sorted by ID */
	size_t n, room;
	char *points;
	size_t used, size;
};

struct trim {
	int procfs, empty;
	uint32_t empty_dev;
	const char *root;
	size_t root_len;
};

/* ---- the table of the clone's mounts ---- */

static void clear(struct table *t)
{
	free(t->list);
	free(t->points);
	*t = (struct table){ 0 };
}

static const char *point_of(const struct table *t, size_t i)
{
	return t->points + t->list[i].point;
}

static int add(struct table *t, const struct nsv_mount_line *line)
{
	size_t len = strlen(line->point) + 1;

	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		void *list = realloc(t->list, room * sizeof(*t->list));

		if (!list)
			return -ENOMEM;
		t->list = list;
		t->room = room;
	}
	if (t->used + len > t->size) {
		size_t size = 2 * (t->used + len);
		char *points = realloc(t->points, size);

		if (!points)
			return -ENOMEM;
		t->points = points;
		t->size = size;
	}
	t->list[t->n++] = (struct mount){
		.id = line->id,
		.parent_id = line->parent,
		.dev = nsv_mount_dev(line->major, line->minor),
		.flags = nsv_fs_flags(line->type),
		.point = t->used,
		.parent = NONE,
		.top = NONE,
	};
	memcpy(t->points + t->used, line->point, len);
	t->used += len;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct mount *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static size_t find(const struct table *t, uint32_t id)
{
	const struct mount key = { .id = id };
	const struct mount *found = t->n ? bsearch(&key, t->list, t->n, sizeof(key), by_id) : NULL;

	return found ? (size_t)(found - t->list) : NONE;
}

static bool is_below(const struct trim *trim, const char *point)
{
	return strncmp(point, trim->root, trim->root_len) == 0 &&
	       (point[trim->root_len] == '/' || point[trim->root_len] == '\0');
}

static int read_table(const struct trim *trim, struct table *ret)
{
	nsv_automountinfo struct nsv_mountinfo m;
	struct nsv_mount_line line;
	int r = nsv_mountinfo_open(&m, trim->procfs, "self", NSV_MOUNTINFO_MAX);

	*ret = (struct table){ 0 };
	if (r < 0)
		return r;
	while ((r = nsv_mountinfo_next(&m, &line)) > 0)
		if (is_below(trim, line.point) && (r = add(ret, &line)) < 0)
			break;
	if (r < 0)
		return r;
	if (ret->n > 1)
		qsort(ret->list, ret->n, sizeof(*ret->list), by_id);
	for (size_t i = 0; i < ret->n; i++) {
		size_t p = ret->list[i].parent = find(ret, ret->list[i].parent_id);

		if (p != NONE && strcmp(point_of(ret, i), point_of(ret, p)) == 0)
			ret->list[p].top = i;
	}
	return 0;
}

/* ---- what has to go ---- */

/* Whether a path can lead to it: neither it nor what it is mounted on lies under another mount. */
static bool is_reached(const struct table *t, size_t i)
{
	if (t->list[i].top != NONE)
		return false;
	/* A mount is younger than its parent, but IDs are re-used: count the steps. */
	for (size_t steps = 0; t->list[i].parent != NONE && steps < t->n; steps++) {
		size_t p = t->list[i].parent;

		if (t->list[p].top != NONE && t->list[p].top != i)
			return false;
		i = p;
	}
	return true;
}

static bool has_unwanted_type(const struct trim *trim, const struct table *t, size_t i)
{
	return t->list[i].flags & (NSV_FS_KERNEL | NSV_FS_SERVED) && point_of(t, i)[trim->root_len];
}

static bool is_unwanted(const struct trim *trim, const struct table *t, size_t i)
{
	return has_unwanted_type(trim, t, i) && is_reached(t, i);
}

static size_t count_unwanted(const struct trim *trim, const struct table *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += is_unwanted(trim, t, i);
	return n;
}

/*
 * Whether it is mounted in one that is to go, now or when what lies over that has gone. What covers
 * a mount does not go along with it: while the one stays, nothing reaches the other.
 */
static bool goes_along(const struct trim *trim, const struct table *t, size_t i)
{
	for (size_t steps = 0; steps <= t->n; steps++) {
		size_t p = t->list[i].parent;

		if (p == NONE)
			return false;
		if (t->list[p].top != i && has_unwanted_type(trim, t, p))
			return true;
		i = p;
	}
	return false;
}

static int cover(const struct trim *trim, const char *point)
{
	nsv_autofd int tree = (int)syscall(SYS_open_tree, trim->empty, "",
					   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	return tree < 0 ? -errno : nsv_mount_attach(tree, AT_FDCWD, point);
}

static int detach(const char *point)
{
	return syscall(SYS_umount2, point, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 ? -errno : 0;
}

/* The container has renamed a folder since the table was read. */
static bool has_moved(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -EINVAL;
}

/* Takes out what can be. 0, or -errno: no further attempt can help. */
static int take_out(const struct trim *trim, const struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		int r;

		/* Those below it go along. */
		if (!is_unwanted(trim, t, i) || goes_along(trim, t, i))
			continue;
		r = t->list[i].flags & NSV_FS_SERVED ? detach(point_of(t, i))
						     : cover(trim, point_of(t, i));
		if (r == -EINVAL)
			r = t->list[i].flags & NSV_FS_SERVED ? cover(trim, point_of(t, i))
							     : detach(point_of(t, i));
		if (r < 0 && !has_moved(r))
			return r;
	}
	return 0;
}

/*
 * Whether all that was to stay is there, and nothing else is covered. A cover may have the ID of a
 * mount that is gone.
 */
static bool is_sound(const struct trim *trim, const struct table *first, const struct table *last)
{
	for (size_t i = 0; i < first->n; i++) {
		size_t at = find(last, first->list[i].id);

		if (!has_unwanted_type(trim, first, i) && !goes_along(trim, first, i) &&
		    (at == NONE || last->list[at].dev != first->list[i].dev))
			return false;
	}
	for (size_t i = 0; i < last->n; i++) {
		size_t p = last->list[i].parent;

		if (last->list[i].dev == trim->empty_dev &&
		    (p == NONE || last->list[p].top != i || !has_unwanted_type(trim, last, p)))
			return false;
	}
	return true;
}

static void count(const struct trim *trim, const struct table *t, struct nsv_trimmed *ret)
{
	/* Without those that a mount of the same kind holds. */
	for (size_t i = 0; i < t->n; i++)
		if (is_unwanted(trim, t, i) && !goes_along(trim, t, i) &&
		    t->list[i].flags & NSV_FS_SERVED && !(t->list[i].flags & NSV_FS_KERNEL) &&
		    ret->served++ == 0)
			(void)snprintf(ret->first, sizeof(ret->first), "%s",
				       point_of(t, i) + trim->root_len);
}

int nsv_trim(int procfs, const char *root, int empty, uint32_t empty_dev, struct nsv_trimmed *ret)
{
	const struct trim trim = { .procfs = procfs,
				   .empty = empty,
				   .empty_dev = empty_dev,
				   .root = root,
				   .root_len = strlen(root) };
	struct table first, now = { 0 };
	int r = read_table(&trim, &first);

	*ret = (struct nsv_trimmed){ 0 };
	if (r == 0 && count_unwanted(&trim, &first) > 0) {
		count(&trim, &first, ret);
		r = take_out(&trim, &first);
		for (unsigned round = 0; r >= 0; round++) {
			clear(&now);
			r = read_table(&trim, &now);
			if (r < 0 || count_unwanted(&trim, &now) == 0)
				break;
			r = round < MAX_ROUNDS ? take_out(&trim, &now) : -EAGAIN;
		}
		if (r == 0 && !is_sound(&trim, &first, &now))
			r = -EAGAIN;
	}
	clear(&first);
	clear(&now);
	return nsv_min(r, 0);
}
