/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mounts.c - keeps the table of a container's mounts for a moment. */
#include "fuse/containers/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "reach/clock.h"

#define BELIEVE_NS 50000000

static int refresh(struct mounts *m, int procfs, pid_t pid)
{
	nsv_automountinfo struct nsv_mountinfo table;
	struct nsv_mount_list list = { 0 };
	char dir[16];
	int r;

	(void)snprintf(dir, sizeof(dir), "%d", (int)pid);
	r = nsv_mountinfo_open(&table, procfs, dir, NSV_MOUNTINFO_MAX);
	if (r == 0)
		r = nsv_mount_list_read(&list, &table);
	if (r < 0) {
		nsv_mount_list_clear(&list);
		return r;
	}
	nsv_mount_list_clear(&m->list);
	m->list = list;
	return 0;
}

/* Takes the flag of overlays from those that are known to be local. */
static unsigned look_below(struct mounts *m, int procfs, uint32_t dev, unsigned flags)
{
	if (flags & NSV_FS_LAYERED && m->layers && layers_local(m->layers, procfs, dev))
		flags &= ~(unsigned)NSV_FS_LAYERED;
	return flags;
}

int mounts_flags(struct mounts *m, int procfs, pid_t pid, uint64_t id, unsigned *ret)
{
	const struct nsv_mount_entry *found = NULL;
	struct nsv_mount_entry copy = { 0 };
	int64_t at = nsv_clock_ns(CLOCK_MONOTONIC_COARSE);

	(void)pthread_mutex_lock(&m->lock);
	if (at - m->read_at < BELIEVE_NS)
		found = nsv_mount_list_find(&m->list, id);
	if (!found && refresh(m, procfs, pid) == 0 && m->list.n) {
		m->read_at = at;
		found = nsv_mount_list_find(&m->list, id);
	}
	if (found)
		copy = *found;
	(void)pthread_mutex_unlock(&m->lock);
	if (!found)
		return -ESTALE;
	*ret = look_below(m, procfs, copy.dev, copy.flags);
	return 0;
}

int mounts_flags_of_device(struct mounts *m, int procfs, uint32_t dev, unsigned *ret)
{
	struct mounts own = { 0 };
	int r = refresh(&own, procfs, getpid());

	if (r == 0)
		r = -ESTALE;
	for (size_t i = 0; i < own.list.n && r < 0; i++)
		if (own.list.entries[i].dev == dev) {
			*ret = look_below(m, procfs, dev, own.list.entries[i].flags);
			r = 0;
		}
	nsv_mount_list_clear(&own.list);
	return r;
}

void mounts_init(struct mounts *m, struct layers *layers)
{
	*m = (struct mounts){ .layers = layers };
	(void)pthread_mutex_init(&m->lock, NULL);
}

void mounts_done(struct mounts *m)
{
	nsv_mount_list_clear(&m->list);
	(void)pthread_mutex_destroy(&m->lock);
}

void mounts_forget(struct mounts *m)
{
	(void)pthread_mutex_lock(&m->lock);
	m->read_at = 0;
	(void)pthread_mutex_unlock(&m->lock);
}
