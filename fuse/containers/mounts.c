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

int mounts_flags(struct mounts *m, int procfs, pid_t pid, uint64_t id, unsigned *ret)
{
	const struct nsv_mount_entry *found = NULL;
	int64_t at = nsv_clock_ns(CLOCK_MONOTONIC_COARSE);

	(void)pthread_mutex_lock(&m->lock);
	if (at - m->read_at < BELIEVE_NS)
		found = nsv_mount_list_find(&m->list, id);
	if (!found && refresh(m, procfs, pid) == 0 && m->list.n) {
		m->read_at = at;
		found = nsv_mount_list_find(&m->list, id);
	}
	if (found)
		*ret = found->flags;
	(void)pthread_mutex_unlock(&m->lock);
	return found ? 0 : -ESTALE;
}

int mounts_flags_of_device(int procfs, uint32_t dev, unsigned *ret)
{
	struct mounts m = { 0 };
	int r = refresh(&m, procfs, getpid());

	if (r == 0)
		r = -ESTALE;
	for (size_t i = 0; i < m.list.n && r < 0; i++)
		if (m.list.entries[i].dev == dev) {
			*ret = m.list.entries[i].flags;
			r = 0;
		}
	nsv_mount_list_clear(&m.list);
	return r;
}

void mounts_init(struct mounts *m)
{
	*m = (struct mounts){ 0 };
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
