/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * group.c - groups the processes of /proc by mount namespace, in time linear in their number: a
 * hash table maps inode numbers to groups while reading, then a counting sort makes each group's
 * processes contiguous. No locks.
 */
#include "discover/scan/group.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>

#include "reach/proc.h"
#include "reach/procfs.h"
#include "reach/util.h"

struct seen {
	pid_t pid;
	size_t group;
};

struct reading {
	struct seen *seen;
	size_t n_seen, room;
	struct nsv_group *groups;
	size_t n_groups;
	size_t *slots; /* index of a group + 1, 0: free; never more than half full */
	size_t n_slots;
	struct nsv_unseen *unseen;
	size_t n_unseen, unseen_room;
	bool unordered; /* PIDs did not come in ascending order: a recorded tree, not procfs */
};

static void reading_done(struct reading *r)
{
	free(r->seen);
	free(r->groups);
	free(r->slots);
	free(r->unseen);
}

static size_t *find_slot(const struct reading *r, uint64_t mntns)
{
	size_t mask = r->n_slots - 1;
	size_t i = (size_t)((mntns * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & mask;

	while (r->slots[i] && r->groups[r->slots[i] - 1].mntns != mntns)
		i = (i + 1) & mask;
	return &r->slots[i];
}

/* Doubles the table and the list of groups, which is half as long. */
static int grow(struct reading *r)
{
	size_t n = r->n_slots ? r->n_slots * 2 : 128;
	struct nsv_group *groups = reallocarray(r->groups, n / 2, sizeof(*groups));
	size_t *slots;

	if (!groups)
		return -ENOMEM;
	r->groups = groups;
	slots = calloc(n, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(r->slots);
	r->slots = slots;
	r->n_slots = n;
	for (size_t i = 0; i < r->n_groups; i++)
		*find_slot(r, r->groups[i].mntns) = i + 1;
	return 0;
}

static int add(struct reading *r, pid_t pid, uint64_t mntns)
{
	size_t *slot;

	if (r->n_groups * 2 >= r->n_slots) {
		int err = grow(r);

		if (err < 0)
			return err;
	}
	if (r->n_seen == r->room) {
		size_t room = r->room ? r->room * 2 : 1024;
		struct seen *seen = reallocarray(r->seen, room, sizeof(*seen));

		if (!seen)
			return -ENOMEM;
		r->seen = seen;
		r->room = room;
	}
	slot = find_slot(r, mntns);
	if (!*slot) {
		r->groups[r->n_groups] = (struct nsv_group){ .mntns = mntns };
		*slot = ++r->n_groups;
	}
	r->groups[*slot - 1].n++;
	if (r->n_seen && r->seen[r->n_seen - 1].pid > pid)
		r->unordered = true;
	r->seen[r->n_seen++] = (struct seen){ pid, *slot - 1 };
	return 0;
}

static int add_unseen(struct reading *r, pid_t pid, int err)
{
	if (r->n_unseen == r->unseen_room) {
		size_t room = r->unseen_room ? r->unseen_room * 2 : 64;
		struct nsv_unseen *unseen = reallocarray(r->unseen, room, sizeof(*unseen));

		if (!unseen)
			return -ENOMEM;
		r->unseen = unseen;
		r->unseen_room = room;
	}
	r->unseen[r->n_unseen++] = (struct nsv_unseen){ .pid = pid, .err = err };
	return 0;
}

static int read_one(int procfs, pid_t pid, struct reading *r)
{
	char process[NSV_PROCESS_DIR];
	uint64_t mntns;
	int looked = nsv_process_mntns(procfs, pid, process, &mntns);

	if (looked == 0)
		return add(r, pid, mntns);
	if (looked == -EACCES || looked == -EPERM)
		return add_unseen(r, pid, -looked);
	return 0;
}

static int read_all(int procfs, struct reading *r)
{
	nsv_autofd int fd = openat(procfs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = 0;
	DIR *dir;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir)
		return -errno;
	(void)nsv_steal_fd(&fd);
	for (struct dirent *d; err == 0 && (d = readdir(dir));) {
		uint64_t pid;

		if (nsv_parse_u64(d->d_name, INT32_MAX, &pid) == 0)
			err = read_one(procfs, (pid_t)pid, r);
	}
	(void)closedir(dir);
	return err;
}

static int by_pid(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int sort_groups(struct reading *r, struct nsv_arena *arena, struct nsv_groups *ret)
{
	pid_t *pids = nsv_arena_alloc(arena, r->n_seen * sizeof(*pids));
	struct nsv_group *groups = nsv_arena_alloc(arena, r->n_groups * sizeof(*groups));
	struct nsv_unseen *unseen = nsv_arena_alloc(arena, r->n_unseen * sizeof(*unseen));

	if (!pids || !groups || !unseen)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_unseen; i++)
		unseen[i] = r->unseen[i];
	if (r->unordered)
		qsort(r->seen, r->n_seen, sizeof(*r->seen), by_pid);
	for (size_t i = 0; i < r->n_groups; i++) {
		groups[i] = (struct nsv_group){ .mntns = r->groups[i].mntns, .pids = pids };
		pids += r->groups[i].n;
	}
	for (size_t i = 0; i < r->n_seen; i++) {
		struct nsv_group *g = &groups[r->seen[i].group];

		g->pids[g->n++] = r->seen[i].pid;
	}
	*ret = (struct nsv_groups){
		.groups = groups, .n = r->n_groups, .unseen = unseen, .n_unseen = r->n_unseen
	};
	return 0;
}

int nsv_groups_read(int procfs, struct nsv_arena *arena, struct nsv_groups *ret)
{
	struct reading r = { 0 };
	int err = read_all(procfs, &r);

	if (err == 0)
		err = sort_groups(&r, arena, ret);
	reading_done(&r);
	return err;
}

int nsv_groups_of(int procfs, const pid_t *pids, size_t n, struct nsv_arena *arena,
		  struct nsv_groups *ret)
{
	struct reading r = { 0 };
	int err = 0;

	for (size_t i = 0; err == 0 && i < n; i++)
		err = read_one(procfs, pids[i], &r);
	if (err == 0)
		err = sort_groups(&r, arena, ret);
	reading_done(&r);
	return err;
}
