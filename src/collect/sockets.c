/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sockets.c - sockets by their inode numbers, and who has them. Bounded; no locks. */
#include <errno.h>
#include <stdlib.h>

#include "collect/processes.h"

#define SOCKETS_MAX ((size_t)1 << 19)

struct holder {
	uint64_t inode;
	pid_t pid;
	int fd;
};

struct nsv_sockets {
	struct holder *list;
	size_t n, room;
	bool sorted;
};

int nsv_sockets_new(struct nsv_sockets **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

struct nsv_sockets *nsv_sockets_free(struct nsv_sockets *s)
{
	if (s)
		free(s->list);
	free(s);
	return NULL;
}

void nsv_sockets_add(struct nsv_sockets *s, uint64_t inode, pid_t pid, int fd)
{
	if (s->n == s->room) {
		size_t room = s->room ? s->room * 2 : 256;
		struct holder *list;

		if (room > SOCKETS_MAX)
			return;
		list = realloc(s->list, room * sizeof(*list));
		if (!list)
			return;
		s->list = list;
		s->room = room;
	}
	s->list[s->n++] = (struct holder){ inode, pid, fd };
	s->sorted = false;
}

static int by_inode(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->fd < y->fd ? -1 : x->fd > y->fd;
}

/* The first holder of @inode, or where it would be. */
static size_t find(struct nsv_sockets *s, uint64_t inode)
{
	size_t low = 0, high = s->n;

	if (!s->sorted && s->n)
		qsort(s->list, s->n, sizeof(*s->list), by_inode);
	s->sorted = true;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (s->list[mid].inode < inode)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool nsv_sockets_has(struct nsv_sockets *s, uint64_t inode)
{
	size_t at = find(s, inode);

	return inode && at < s->n && s->list[at].inode == inode;
}

void nsv_sockets_put(struct nsv_sockets *s, uint64_t inode, struct nsv_jout *j)
{
	nsv_jout_begin(j, "processes", '[');
	for (size_t i = find(s, inode); inode && i < s->n && s->list[i].inode == inode; i++) {
		nsv_jout_begin(j, NULL, '{');
		nsv_jout_i64(j, "pid", s->list[i].pid);
		nsv_jout_i64(j, "fd", s->list[i].fd);
		nsv_jout_end(j, '{');
	}
	nsv_jout_end(j, '[');
}
