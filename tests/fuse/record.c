/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record.c - makes an empty container and its record. */
#include "record.h"

#include <stdlib.h>

static void free_record(struct watched_container *c)
{
	process_group_clear(&c->processes);
	mount_points_clear(&c->mount_points);
	free(c);
}

struct watched_container *record_new(uint64_t serial)
{
	static const struct view_options options = { .max_inflight = 4 };
	struct watched_container *c = malloc(sizeof(*c));
	struct container *p = calloc(1, sizeof(*p));

	if (!c || !p)
		abort();
	atomic_store(&p->refs, 1);
	atomic_store(&p->root, NSV_FD_NONE);
	atomic_store(&p->pidfd, NSV_FD_NONE);
	atomic_store(&p->wake, NSV_FD_NONE);
	p->options = &options;
	p->procfs = NSV_FD_NONE;
	p->serial = serial;
	mounts_init(&p->mounts, NULL);
	watched_init(c, p);
	p->watched_free = free_record;
	atomic_store(&p->watched, c);
	return c;
}

void record_put(struct watched_container *c)
{
	container_put(c->container);
}

uint64_t record_serial(const struct lane *lane)
{
	const struct watched_container *c = lane->of;

	return c->container->serial;
}
