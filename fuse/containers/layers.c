/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layers.c - goes through this process's own table of mounts for overlays. Their layers are
 * compared with mount points as texts: nothing is opened, because a look at a path may wait for a
 * server.
 */
#include "fuse/containers/layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reach/clock.h"

#define BELIEVE_NS 50000000

static bool is_below(const char *path, const char *point)
{
	size_t len = strlen(point);

	if (len == 1)
		return true;
	return strncmp(path, point, len) == 0 && (!path[len] || path[len] == '/');
}

/* Whether the innermost mount above @path is served. */
static bool is_served(const struct nsv_mount_list *list, const char *path)
{
	size_t best = 0;
	bool served = false;

	for (size_t i = 0; i < list->n; i++) {
		const char *point = list->points + list->entries[i].point;
		size_t len = strlen(point);

		/* Of two on one point the upper one hides the other; either may be it. */
		if (len < best || !is_below(path, point))
			continue;
		served = (len == best && served) || list->entries[i].flags & NSV_FS_SERVED;
		best = len;
	}
	return served;
}

static bool names_layers(const char *option, const char **ret_paths)
{
	static const char *const keys[] = { "lowerdir=", "lowerdir+=", "datadir+=", "upperdir=" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strncmp(option, keys[i], strlen(keys[i])) == 0) {
			*ret_paths = option + strlen(keys[i]);
			return true;
		}
	return false;
}

bool layers_are_local(const struct nsv_mount_list *list, struct nsv_mount_line *line)
{
	char *rest = line->super, *option;
	bool any = false;

	while ((option = strsep(&rest, ","))) {
		const char *paths;
		char *list_rest, *path;

		if (!names_layers(nsv_mount_unescape(option), &paths))
			continue;
		list_rest = option + (paths - option);
		while ((path = strsep(&list_rest, ":"))) {
			if (!*path) /* "::" is before layers for data only */
				continue;
			any = true;
			if (is_served(list, *path == '/' ? path : line->point))
				return false;
		}
	}
	return any;
}

static bool add(struct layers *l, uint32_t dev)
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		uint32_t *bigger = reallocarray(l->local, room, sizeof(*bigger));

		if (!bigger)
			return false;
		l->local = bigger;
		l->room = room;
	}
	l->local[l->n++] = dev;
	return true;
}

/* What could not be read is not known to be local. */
static void refresh(struct layers *l, int procfs)
{
	nsv_automountinfo struct nsv_mountinfo points = { .fd = -1 };
	nsv_automountinfo struct nsv_mountinfo overlays = { .fd = -1 };
	struct nsv_mount_list list = { 0 };
	struct nsv_mount_line line;
	char dir[16];

	l->n = 0;
	(void)snprintf(dir, sizeof(dir), "%d", (int)getpid());
	if (nsv_mountinfo_open(&points, procfs, dir, NSV_MOUNTINFO_MAX) == 0 &&
	    nsv_mount_list_read(&list, &points) == 0 &&
	    nsv_mountinfo_open(&overlays, procfs, dir, NSV_MOUNTINFO_MAX) == 0)
		while (nsv_mountinfo_next(&overlays, &line) > 0)
			if (nsv_fs_flags(line.type) & NSV_FS_LAYERED &&
			    layers_are_local(&list, &line) &&
			    !add(l, nsv_mount_dev(line.major, line.minor)))
				break;
	nsv_mount_list_clear(&list);
}

bool layers_local(struct layers *l, int procfs, uint32_t dev)
{
	int64_t at = nsv_clock_ns(CLOCK_MONOTONIC_COARSE);
	bool found = false;

	(void)pthread_mutex_lock(&l->lock);
	if (!l->read_at || at - l->read_at >= BELIEVE_NS) {
		refresh(l, procfs);
		l->read_at = at;
	}
	for (size_t i = 0; i < l->n && !found; i++)
		found = l->local[i] == dev;
	(void)pthread_mutex_unlock(&l->lock);
	return found;
}

void layers_init(struct layers *l)
{
	*l = (struct layers){ 0 };
	(void)pthread_mutex_init(&l->lock, NULL);
}

void layers_done(struct layers *l)
{
	free(l->local);
	(void)pthread_mutex_destroy(&l->lock);
}
