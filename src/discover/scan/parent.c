/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * parent.c - finds the container around a nested container. Three signs, the surest first:
 * 1. an ancestor of its lead is in the outer container (an orphan gets PID 1 of its PID namespace
 * as parent, so this holds after the engine inside has ended);
 * 2. a PID namespace above its own is that of the outer container's lead (NS_GET_PARENT,
 * ioctl_nsfs(2), Linux 4.9);
 * 3. its cgroup is below the outer container's, for containers in the host's PID namespace.
 * No locks: one thread makes a scan.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "discover/internal.h"
#include "discover/scan/cgroup.h"
#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/util.h"

/* Bounds the walk: a re-used PID can make a chain of parents circular. */
#define STEPS_MAX 1024

/* One process on the way up, cached: leads have ancestors in common (a shell, init). */
struct nsv_ancestor {
	pid_t pid, ppid; /* pid 0: a free slot */
	uint64_t mntns;	 /* 0: unreadable */
};

static struct nsv_ancestor read_ancestor(const struct nsv_scan *scan, pid_t pid)
{
	struct nsv_ancestor s = { .pid = pid };
	struct nsv_process_stat stat;
	char dir[NSV_PROCESS_DIR];

	(void)snprintf(dir, sizeof(dir), "%d", (int)pid);
	if (nsv_process_stat(scan->procfs, dir, &stat) == 0)
		s.ppid = stat.ppid;
	(void)nsv_process_mntns(scan->procfs, pid, dir, &s.mntns);
	return s;
}

static void make_ancestors(struct nsv_scan *scan)
{
	size_t n = 256;

	while (n / 4 < scan->n)
		n *= 2;
	scan->ancestors = nsv_arena_alloc(&scan->arena, n * sizeof(*scan->ancestors));
	if (scan->ancestors)
		scan->n_ancestors = n;
}

/* Looks into 8 slots at most; a process that finds none is read without being cached. */
static struct nsv_ancestor get_ancestor(struct nsv_scan *scan, pid_t pid)
{
	size_t i = (size_t)pid * 2654435761U;

	if (!scan->ancestors)
		make_ancestors(scan);
	for (int tries = 0; scan->n_ancestors && tries < 8; tries++, i++) {
		struct nsv_ancestor *s = &scan->ancestors[i & (scan->n_ancestors - 1)];

		if (s->pid == 0)
			*s = read_ancestor(scan, pid);
		if (s->pid == pid)
			return *s;
	}
	return read_ancestor(scan, pid);
}

ssize_t nsv_parent_by_ancestors(struct nsv_scan *scan, size_t index)
{
	struct nsv_ancestor s = get_ancestor(scan, scan->containers[index].pid);

	for (int i = 0; i < STEPS_MAX && s.ppid > 0; i++) {
		const struct nsv_container *c;

		s = get_ancestor(scan, s.ppid);
		c = s.mntns ? nsv_scan_find_mntns(scan, s.mntns) : NULL;
		if (c && c->kind == NSV_KIND_CONTAINER && c != &scan->containers[index])
			return c - scan->containers;
	}
	return -1;
}

/* The oldest container whose lead is in PID namespace @pidns, or -1. */
static ssize_t find_pidns(const struct nsv_scan *scan, uint64_t pidns, size_t not_this)
{
	for (size_t i = 0; i < scan->n; i++) {
		const struct nsv_container *c = &scan->containers[i];

		if (i != not_this && c->kind == NSV_KIND_CONTAINER && c->pidns == pidns)
			return (ssize_t)i;
	}
	return -1;
}

static ssize_t by_pidns(const struct nsv_scan *scan, size_t index)
{
	const struct nsv_container *c = &scan->containers[index];
	nsv_autofd int fd = NSV_FD_NONE;
	char path[NSV_PROCESS_DIR + 16];

	if (scan->recorded || c->pidns == 0 || c->pidns == scan->pidns)
		return -1;
	(void)snprintf(path, sizeof(path), "%d/ns/pid", (int)c->pid);
	fd = openat(scan->procfs, path, O_RDONLY | O_CLOEXEC);
	for (int i = 0; fd >= 0 && i < NSV_PID_LEVELS; i++) {
		int up = ioctl(fd, NS_GET_PARENT);
		struct stat st;
		ssize_t found;

		nsv_close_p(&fd);
		fd = up;
		if (up < 0 || fstat(up, &st) < 0 || st.st_ino == scan->pidns)
			return -1;
		found = find_pidns(scan, st.st_ino, index);
		if (found >= 0)
			return found;
	}
	return -1;
}

/* A container's own cgroup: its lead's cgroup path, cut after the component that has the ID. */
static struct nsv_span own_cgroup(const struct nsv_container *c)
{
	struct nsv_span all = { c->cgroup, c->cgroup ? strlen(c->cgroup) : 0 };
	struct nsv_cgroup m;

	if (!c->id || !c->cgroup)
		return (struct nsv_span){ 0 };
	nsv_cgroup_match(all, &m);
	if (m.id.len)
		all.len = (size_t)(strchrnul(m.id.text + m.id.len, '/') - all.text);
	return all;
}

static bool is_below(const char *cgroup, struct nsv_span above)
{
	return above.len && strncmp(cgroup, above.text, above.len) == 0 &&
	       cgroup[above.len] == '/' && cgroup[above.len + 1];
}

/* The container with the deepest cgroup above this container's own, or -1. */
static ssize_t by_cgroup(const struct nsv_scan *scan, const struct nsv_span *own, size_t index)
{
	ssize_t best = -1;

	if (!own[index].len)
		return -1;
	for (size_t i = 0; i < scan->n; i++) {
		if (i == index || own[i].len >= own[index].len ||
		    scan->containers[i].kind != NSV_KIND_CONTAINER ||
		    !is_below(own[index].text, own[i]))
			continue;
		if (best < 0 || own[i].len > own[best].len)
			best = (ssize_t)i;
	}
	return best;
}

/* Two containers may each hold descendants of the other: then the younger gets no parent. */
static bool is_circular(const struct nsv_scan *scan, size_t index, ssize_t parent)
{
	while (parent >= 0 && parent != (ssize_t)index)
		parent = scan->containers[parent].parent;
	return parent >= 0;
}

void nsv_parents_fill(struct nsv_scan *scan)
{
	nsv_autofree struct nsv_span *own = calloc(scan->n + 1, sizeof(*own));

	for (size_t i = 0; own && i < scan->n; i++)
		own[i] = own_cgroup(&scan->containers[i]);
	for (size_t i = 0; i < scan->n; i++) {
		struct nsv_container *c = &scan->containers[i];
		ssize_t parent;

		if (c->kind == NSV_KIND_HOST)
			continue;
		parent = nsv_parent_by_ancestors(scan, i);
		if (parent < 0)
			parent = by_pidns(scan, i);
		if (parent < 0 && own)
			parent = by_cgroup(scan, own, i);
		c->parent = is_circular(scan, i, parent) ? -1 : parent;
	}
}
