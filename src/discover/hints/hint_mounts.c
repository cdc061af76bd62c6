/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hint_mounts.c - finds the host's paths of files that an engine mounted into a container
 * (proc_pid_mountinfo(5)). A container's own mounts are in that table too, so each path is a
 * suggestion, and nsv_hint_walk() checks it. Tables are bounded. No locks: one thread.
 */
#include <stdio.h>
#include <string.h>

#include "discover/hints/hints.h"
#include "reach/mountinfo.h"
#include "reach/procfs.h"
#include "reach/util.h"

#define MOUNTS_MAX     ((size_t)1 << 19)
#define OUR_MOUNTS_MAX ((size_t)1 << 23) /* thousands of containers have a line each */

/* Our own table, read once for a scan. False: it can't be read, or the quota is used up. */
static bool our_mounts(struct nsv_hints *h, struct nsv_mountinfo *ret)
{
	if (!h->mounts) {
		nsv_autofree char *text = malloc(OUR_MOUNTS_MAX);

		if (text &&
		    nsv_read_text(h->scan->procfs, "self/mountinfo", text, OUR_MOUNTS_MAX) > 0) {
			h->mounts = nsv_steal_ptr(text);
			h->mounts_len = strlen(h->mounts);
		}
	}
	if (!h->mounts || !nsv_hint_charge(&h->quotas, h->payer, h->mounts_len))
		return false;
	nsv_mountinfo_text(ret, h->mounts, h->mounts_len);
	return true;
}

bool nsv_hint_is_served(struct nsv_hints *h, uint64_t mnt_id)
{
	struct nsv_hint_mount *cached =
	    &h->mount_cache[mnt_id % (sizeof(h->mount_cache) / sizeof(h->mount_cache[0]))];
	nsv_automountinfo struct nsv_mountinfo table = { .fd = NSV_FD_NONE };
	struct nsv_mount_line line;

	if (cached->known && cached->mnt_id == mnt_id)
		return cached->served;
	/* Avoid a mount that is not in the table: it is newer. A recorded tree has other IDs. */
	if (!our_mounts(h, &table))
		return !h->scan->recorded;
	*cached = (struct nsv_hint_mount){ mnt_id, true, !h->scan->recorded };
	while (nsv_mountinfo_next(&table, &line) > 0)
		if (line.id == mnt_id) {
			cached->served = nsv_fs_flags(line.type) & NSV_FS_SERVED;
			break;
		}
	return cached->served;
}

/* The path at which the first of our mounts shows @path of device @dev, malloc'd; NULL: none. */
static char *seen_from_here(struct nsv_hints *h, uint32_t dev, const char *path)
{
	nsv_automountinfo struct nsv_mountinfo table = { .fd = NSV_FD_NONE };
	struct nsv_mount_line m;
	char *out;

	if (!our_mounts(h, &table))
		return NULL;
	while (nsv_mountinfo_next(&table, &m) > 0) {
		size_t len = strcmp(m.root, "/") != 0 ? strlen(m.root) : 0;

		if (nsv_mount_dev(m.major, m.minor) != dev ||
		    (len && (strncmp(path, m.root, len) != 0 || path[len] != '/')))
			continue;
		if (asprintf(&out, "%s%s", strcmp(m.point, "/") == 0 ? "" : m.point, path + len) <
		    0)
			return NULL;
		return out;
	}
	return NULL;
}

/* The topmost mount on a mount point of a container. */
struct topmost {
	uint32_t dev;
	char *root, *type, *super; /* malloc'd */
};

static void topmost_done(struct topmost *t)
{
	free(t->root);
	free(t->type);
	free(t->super);
	*t = (struct topmost){ 0 };
}

static bool find_topmost(struct nsv_hints *h, const struct nsv_container *c, const char *target,
			 struct topmost *ret)
{
	nsv_automountinfo struct nsv_mountinfo table;
	struct nsv_mount_line m;
	char dir[16];
	int r;

	(void)snprintf(dir, sizeof(dir), "%d", c->pid);
	if (nsv_mountinfo_open(&table, h->scan->procfs, dir, MOUNTS_MAX) < 0)
		return false;
	while ((r = nsv_mountinfo_next(&table, &m)) > 0) {
		if (strcmp(m.point, target) != 0)
			continue;
		topmost_done(ret);
		*ret = (struct topmost){ nsv_mount_dev(m.major, m.minor), strdup(m.root),
					 strdup(m.type), strdup(m.super) };
	}
	/* Its length is known only now, so each user has one table too many read. */
	if (!nsv_hint_charge(&h->quotas, h->payer, table.total * NSV_HINT_TABLE_FEE))
		return false;
	return r == 0 && ret->root && ret->type && ret->super;
}

char *nsv_hint_mounted_from(struct nsv_hints *h, const struct nsv_container *c, const char *target)
{
	__attribute__((cleanup(topmost_done))) struct topmost m = { 0 };

	return find_topmost(h, c, target, &m) ? seen_from_here(h, m.dev, m.root) : NULL;
}

char *nsv_hint_upper(struct nsv_hints *h, const struct nsv_container *c)
{
	__attribute__((cleanup(topmost_done))) struct topmost m = { 0 };
	char *rest, *option;

	if (!find_topmost(h, c, "/", &m) || strcmp(m.type, "overlay") != 0)
		return NULL;
	rest = m.super;
	while ((option = strsep(&rest, ",")))
		if (strncmp(option, "upperdir=/", 10) == 0)
			return strdup(nsv_mount_unescape(option) + 9);
	return NULL;
}
