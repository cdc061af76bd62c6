/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tracked.c - copies containers out of a scan, each into one block of memory, and tells whether a
 * container of a later scan is the same one.
 *
 * Defends against re-used PIDs and namespace inode numbers: pidfd, start time and the namespace's
 * unique ID decide. No mount namespace is held open, because that would keep the container's mounts
 * busy after its end. No locks: one thread.
 */
#include "discover/watch/tracked.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "discover/internal.h"
#include "reach/proc.h"
#include "reach/util.h"

/* NS_GET_MNTNS_ID of linux/nsfs.h (Linux 6.11): an ID that the kernel never re-uses. */
#define GET_MNTNS_ID _IOR(0xb7, 0x5, uint64_t)

/* The string members of struct nsv_container. */
static const size_t strings[] = {
	offsetof(struct nsv_container, rootfs),	  offsetof(struct nsv_container, cgroup),
	offsetof(struct nsv_container, engine),	  offsetof(struct nsv_container, id),
	offsetof(struct nsv_container, short_id), offsetof(struct nsv_container, pod_uid),
	offsetof(struct nsv_container, hostname), offsetof(struct nsv_container, engine_name),
	offsetof(struct nsv_container, image),	  offsetof(struct nsv_container, pod_namespace),
	offsetof(struct nsv_container, pod_name), offsetof(struct nsv_container, pod_container),
};

static const char **string_at(struct nsv_container *c, size_t i)
{
	return (const char **)((char *)c + strings[i]);
}

static size_t length(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static const char *put(char **at, const char *text)
{
	size_t len = length(text);
	char *copy = *at;

	if (!text)
		return NULL;
	memcpy(copy, text, len);
	*at += len;
	return copy;
}

/* Lists come first because of their alignment, then the strings. */
static void *copy_into(const struct nsv_container *from, const char *name, struct nsv_container *to,
		       const char **ret_name)
{
	size_t n_pids = from->pids ? from->n_pids : 0, size = length(name);
	struct nsv_container old = *from;
	struct nsv_label *labels;
	pid_t *pids;
	void *memory;
	char *at;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(strings); i++)
		size += length(*string_at(&old, i));
	for (size_t i = 0; i < from->n_labels; i++)
		size += length(from->labels[i].key) + length(from->labels[i].value);
	size += from->n_labels * sizeof(*labels) + n_pids * sizeof(*pids);
	memory = malloc(size + 1);
	if (!memory)
		return NULL;
	*to = old;
	labels = memory;
	pids = (pid_t *)(labels + from->n_labels);
	at = (char *)(pids + n_pids);
	if (n_pids)
		memcpy(pids, from->pids, n_pids * sizeof(*pids));
	to->pids = from->pids ? pids : NULL;
	for (size_t i = 0; i < from->n_labels; i++) {
		labels[i].key = put(&at, from->labels[i].key);
		labels[i].value = put(&at, from->labels[i].value);
	}
	to->labels = from->n_labels ? labels : NULL;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(strings); i++)
		*string_at(to, i) = put(&at, *string_at(&old, i));
	*ret_name = put(&at, name);
	to->parent = -1; /* an index would point into a freed scan */
	return memory;
}

int nsv_tracked_update(struct nsv_tracked *t, const struct nsv_scan *scan,
		       const struct nsv_container *c)
{
	struct nsv_container copy;
	const char *name = NULL;
	void *memory = copy_into(c, nsv_container_name(scan, c), &copy, &name);

	if (!memory)
		return -ENOMEM;
	free(t->memory);
	t->memory = memory;
	t->c = copy;
	t->name = name;
	return 0;
}

struct nsv_tracked *nsv_tracked_new(const struct nsv_scan *scan, const struct nsv_container *c)
{
	struct nsv_tracked *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->pidfd = NSV_FD_NONE;
	if (nsv_tracked_update(t, scan, c) < 0)
		return nsv_tracked_free(t);
	t->lead = c->pid;
	t->lead_start = c->start;
	t->alive_at = c->start;
	return t;
}

struct nsv_tracked *nsv_tracked_free(struct nsv_tracked *t)
{
	if (t) {
		nsv_close(t->pidfd);
		free(t->memory);
		free(t);
	}
	return NULL;
}

/* The unique ID of @pid's mount namespace; 0 before Linux 6.11, or if it is not @mntns. */
static uint64_t mntns_id(int procfs, pid_t pid, uint64_t mntns)
{
	char path[NSV_PROCESS_DIR + sizeof("/ns/mnt")];
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat st;
	uint64_t id;

	(void)snprintf(path, sizeof(path), "%d/ns/mnt", (int)pid);
	fd = openat(procfs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || st.st_ino != mntns || ioctl(fd, GET_MNTNS_ID, &id))
		return 0;
	return id;
}

bool nsv_tracked_open_pidfd(struct nsv_tracked *t, int procfs)
{
	nsv_autofd int fd = (int)syscall(SYS_pidfd_open, t->lead, 0);
	struct nsv_process_stat stat;
	char dir[NSV_PROCESS_DIR];

	if (fd < 0)
		return false;
	/* Another process may have got the PID since the scan. */
	(void)snprintf(dir, sizeof(dir), "%d", (int)t->lead);
	if (nsv_process_stat(procfs, dir, &stat) < 0 || stat.start != t->lead_start)
		return false;
	t->pidfd = nsv_steal_fd(&fd);
	if (!t->mntns_id)
		t->mntns_id = mntns_id(procfs, t->lead, t->c.mntns);
	return true;
}

bool nsv_tracked_is_alive(const struct nsv_tracked *t)
{
	struct pollfd p = { t->pidfd, POLLIN, 0 };

	return t->pidfd >= 0 && poll(&p, 1, 0) == 0;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : !a && !b;
}

bool nsv_tracked_is_same(const struct nsv_tracked *t, int procfs, const struct nsv_container *c)
{
	uint64_t id;

	if (t->c.mntns != c->mntns || t->c.kind != c->kind)
		return false;
	if (t->lead == c->pid && t->lead_start == c->start)
		return true;
	if (nsv_tracked_is_alive(t))
		return true;
	id = t->mntns_id ? mntns_id(procfs, c->pid, c->mntns) : 0;
	if (id)
		return id == t->mntns_id;
	/* A process that was already running while the old lead was alive, and is in a namespace of
	 * that number now, was in the old lead's namespace: the number can't have been re-used. */
	return c->start <= t->alive_at && same_text(t->c.id, c->id);
}
