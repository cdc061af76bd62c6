/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* risk.c - devices that are sure to answer, from the host's and the container's tables of mounts.
 */
#include "collect/risk.h"

#include <stdlib.h>
#include <string.h>

#include "collect/internal.h"
#include "collect/mounts.h"

#define SURE_MAX 65536

static int append(uint32_t **list, size_t *n, size_t *room, uint32_t value)
{
	for (size_t i = *n; i-- > 0;)
		if ((*list)[i] == value)
			return 0;
	if (*n == *room) {
		size_t more = *room ? *room * 2 : 64;
		uint32_t *grown = more > SURE_MAX ? NULL : realloc(*list, more * sizeof(**list));

		if (!grown)
			return -ENOMEM;
		*list = grown;
		*room = more;
	}
	(*list)[(*n)++] = value;
	return 0;
}

static int add(struct nsv_risks *r, uint32_t dev)
{
	return append(&r->sure, &r->n, &r->room, dev);
}

static bool is_memory(const char *type)
{
	return strcmp(type, "tmpfs") == 0 || strcmp(type, "ramfs") == 0 ||
	       strcmp(type, "devtmpfs") == 0;
}

/* Mount points of the host's served file systems, each with a NUL. */
struct served {
	char *points;
	size_t len;
};

static int add_served(struct served *s, const char *point)
{
	size_t len = strlen(point) + 1;
	char *points = realloc(s->points, s->len + len);

	if (!points)
		return -ENOMEM;
	memcpy(points + s->len, point, len);
	s->points = points;
	s->len += len;
	return 0;
}

/* Whether a layer of an overlay lies on one of these. */
static bool names_served(const struct served *s, const char *options)
{
	for (size_t at = 0; at < s->len; at += strlen(s->points + at) + 1)
		if (strstr(options, s->points + at))
			return true;
	return false;
}

/* One pass over the host's table; of overlays in the second, when the served ones are known. */
static int read_host(struct nsv_collection *c, struct nsv_risks *r, struct served *s, bool overlays)
{
	nsv_automountinfo struct nsv_mountinfo table;
	struct nsv_mount_line m;
	int err = nsv_mountinfo_open(&table, c->target->procfs, "self", NSV_MOUNTINFO_MAX);

	while (err >= 0 && (err = nsv_mountinfo_next(&table, &m)) > 0) {
		unsigned flags = nsv_fs_flags(m.type);

		if (flags & NSV_FS_SERVED)
			err = overlays ? 0 : add_served(s, m.point);
		else if (flags & NSV_FS_LAYERED)
			err = !overlays || names_served(s, m.super)
				  ? 0
				  : add(r, nsv_mount_dev(m.major, m.minor));
		else
			err = overlays ? 0 : add(r, nsv_mount_dev(m.major, m.minor));
	}
	return err;
}

static int read_container(struct nsv_collection *c, struct nsv_risks *r)
{
	nsv_automountinfo struct nsv_mountinfo table;
	struct nsv_mount_line m;
	int err = nsv_mountinfo_open(&table, c->target->procdir, ".", NSV_MOUNTINFO_MAX);

	while (err >= 0 && (err = nsv_mountinfo_next(&table, &m)) > 0) {
		unsigned flags = nsv_fs_flags(m.type);
		uint32_t dev = nsv_mount_dev(m.major, m.minor);

		if (nsv_wants(c, NSV_COLLECT_NO_SECRETS) && nsv_mount_is_secret(&m))
			err = append(&r->secret, &r->n_secret, &r->secret_room, m.id);
		if (err >= 0 && is_memory(m.type))
			err = add(r, dev);
		/* Others are left out of the walk. */
		if (!is_memory(m.type) && !(flags & NSV_FS_KERNEL) &&
		    (!(flags & NSV_FS_SERVED) || strcmp(m.point, "/") == 0))
			r->files = r->files || nsv_may_hang(r, dev);
	}
	return err;
}

int nsv_risks_read(struct nsv_collection *c, struct nsv_risks *ret)
{
	struct served s = { 0 };
	int err;

	*ret = (struct nsv_risks){ 0 };
	err = read_host(c, ret, &s, false);
	if (err >= 0)
		err = read_host(c, ret, &s, true);
	free(s.points);
	if (err >= 0)
		err = read_container(c, ret);
	if (err < 0) {
		nsv_risks_free(ret);
		ret->files = true;
	}
	return err;
}

bool nsv_may_hang(const struct nsv_risks *r, uint32_t dev)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->sure[i] == dev)
			return false;
	return true;
}

bool nsv_is_secret_mount(const struct nsv_risks *r, uint64_t id)
{
	for (size_t i = 0; i < r->n_secret; i++)
		if (r->secret[i] == id)
			return true;
	return false;
}

void nsv_risks_free(struct nsv_risks *r)
{
	nsv_free_p(&r->sure);
	nsv_free_p(&r->secret);
	r->n = r->room = r->n_secret = r->secret_room = 0;
}
