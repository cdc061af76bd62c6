/* SPDX-License-Identifier: GPL-2.0-or-later */
/* held_locks.c - a list of open file descriptions by node and lock owner; it is short. */
#include "fuse/handles/held_locks.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "reach/util.h"

struct held {
	struct held *next;
	uint64_t number, owner;
	int fd;
};

struct held_locks {
	pthread_mutex_t lock;
	struct held *first;
	size_t n;
};

int held_locks_new(struct held_locks **ret_locks)
{
	struct held_locks *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	(void)pthread_mutex_init(&l->lock, NULL);
	*ret_locks = l;
	return 0;
}

struct held_locks *held_locks_free(struct held_locks *l)
{
	if (!l)
		return NULL;
	while (l->first)
		held_locks_drop(l, l->first->number, l->first->owner);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
	return NULL;
}

/* Call with the lock held. */
static struct held **find(struct held_locks *l, uint64_t number, uint64_t owner)
{
	struct held **at = &l->first;

	while (*at && ((*at)->number != number || (*at)->owner != owner))
		at = &(*at)->next;
	return at;
}

static int duplicate(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return copy < 0 ? -errno : copy;
}

int held_locks_find(struct held_locks *l, uint64_t number, uint64_t owner)
{
	struct held *found;
	int fd;

	(void)pthread_mutex_lock(&l->lock);
	found = *find(l, number, owner);
	fd = found ? duplicate(found->fd) : -ENOENT;
	(void)pthread_mutex_unlock(&l->lock);
	return fd;
}

int held_locks_add(struct held_locks *l, uint64_t number, uint64_t owner, int fd)
{
	struct held *mine = malloc(sizeof(*mine));
	struct held **at;
	int r;

	(void)pthread_mutex_lock(&l->lock);
	at = find(l, number, owner);
	if (*at) {
		/* Another thread of the same process was faster. */
		r = duplicate((*at)->fd);
	} else if (!mine) {
		r = -ENOMEM;
	} else if (l->n == HELD_LOCKS_MOST) {
		r = -ENOLCK;
	} else {
		*mine =
		    (struct held){ .next = l->first, .number = number, .owner = owner, .fd = fd };
		l->first = mine;
		l->n++;
		r = duplicate(fd);
		mine = NULL;
		fd = NSV_FD_NONE;
	}
	(void)pthread_mutex_unlock(&l->lock);
	free(mine);
	nsv_close(fd);
	return r;
}

void held_locks_drop(struct held_locks *l, uint64_t number, uint64_t owner)
{
	struct held **at, *gone;

	(void)pthread_mutex_lock(&l->lock);
	at = find(l, number, owner);
	gone = *at;
	if (gone) {
		*at = gone->next;
		l->n--;
	}
	(void)pthread_mutex_unlock(&l->lock);
	if (gone)
		nsv_close(gone->fd);
	free(gone);
}
