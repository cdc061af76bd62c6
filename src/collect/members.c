/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* members.c - one look at each process of the machine. See members.h. No locks. */
#include "collect/members.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "reach/proc.h"

#define PROCESSES_MAX ((size_t)1 << 18)

static int by_pid(const void *a, const void *b)
{
	const struct nsv_process *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static struct nsv_process *find(struct nsv_members *m, pid_t pid)
{
	struct nsv_process key = { .pid = pid };

	return bsearch(&key, m->list, m->n, sizeof(key), by_pid);
}

static int add(struct nsv_members *m, const struct nsv_process *p)
{
	if (m->n == m->room) {
		size_t room = m->room ? m->room * 2 : 256;
		struct nsv_process *list = realloc(m->list, room * sizeof(*list));

		if (!list)
			return -ENOMEM;
		m->list = list;
		m->room = room;
	}
	m->list[m->n++] = *p;
	return 0;
}

struct looker {
	struct nsv_collection *c;
	uint64_t own_pidns, its_pidns;
};

static int look(const struct looker *l, struct nsv_members *m, pid_t pid)
{
	int procfs = l->c->target->procfs;
	struct nsv_process p = { .pid = pid };
	struct nsv_process_stat st;
	char dir[NSV_PROCESS_DIR], name[16];
	uint64_t pidns = 0;

	(void)snprintf(name, sizeof(name), "%d", (int)pid);
	if (nsv_process_stat(procfs, name, &st) < 0 || st.kthread)
		return 0;
	p.ppid = st.ppid;
	/* A zombie has no namespaces any more: its parent tells. */
	if (nsv_process_mntns(procfs, pid, dir, &p.mntns) == 0) {
		(void)nsv_process_ns(procfs, dir, "net", &p.netns);
		(void)nsv_process_ns(procfs, dir, "pid", &pidns);
	}
	p.in = p.mntns && p.mntns == l->c->target->mntns_ino;
	if (pidns && pidns == l->its_pidns && l->its_pidns != l->own_pidns)
		p.in = true;
	if (m->n >= PROCESSES_MAX) {
		m->cut = true;
		return 0;
	}
	return add(m, &p);
}

/* Children of members are members, and theirs. */
static void take_children(struct nsv_members *m)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < m->n; i++) {
			const struct nsv_process *up;

			if (m->list[i].in)
				continue;
			up = find(m, m->list[i].ppid);
			if (up && up->in)
				m->list[i].in = more = true;
		}
	}
}

int nsv_members_find(struct nsv_collection *c, struct nsv_members *ret)
{
	struct looker l = { .c = c };
	struct nsv_members m = { 0 };
	struct dirent *entry;
	size_t kept = 0;
	int fd = openat(c->target->procfs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		nsv_close(fd);
		return -errno;
	}
	l.own_pidns = nsv_ns_inode(c->target->procfs, "self/ns/pid");
	l.its_pidns = nsv_ns_inode(c->target->procdir, "ns/pid");
	while (r == 0 && (entry = readdir(dir))) {
		uint64_t pid;

		if (nsv_parse_u64(entry->d_name, INT32_MAX, &pid) == 0)
			r = look(&l, &m, (pid_t)pid);
	}
	(void)closedir(dir);
	if (r < 0) {
		nsv_members_free(&m);
		return r;
	}
	if (m.n)
		qsort(m.list, m.n, sizeof(*m.list), by_pid);
	take_children(&m);
	for (size_t i = 0; i < m.n; i++)
		if (m.list[i].in)
			m.list[kept++] = m.list[i];
	m.n = kept;
	*ret = m;
	return 0;
}

void nsv_members_free(struct nsv_members *m)
{
	nsv_free_p(&m->list);
	m->n = m->room = 0;
}
