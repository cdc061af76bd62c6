/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opened.c - a linked list of open files. A search is rare: only for files that their path does
 * not find. Lock: opened.lock protects the list.
 */
#include "fuse/handles/opened.h"

#include <errno.h>
#include <fcntl.h>

void opened_init(struct opened *o)
{
	(void)pthread_mutex_init(&o->lock, NULL);
	o->first = NULL;
}

void opened_done(struct opened *o)
{
	(void)pthread_mutex_destroy(&o->lock);
}

void opened_add(struct opened *o, struct opened_file *f, uint64_t number, int fd)
{
	f->number = number;
	f->fd = fd;
	(void)pthread_mutex_lock(&o->lock);
	f->next = o->first;
	f->link = &o->first;
	if (f->next)
		f->next->link = &f->next;
	o->first = f;
	(void)pthread_mutex_unlock(&o->lock);
}

void opened_remove(struct opened *o, struct opened_file *f)
{
	(void)pthread_mutex_lock(&o->lock);
	if (f->link) {
		*f->link = f->next;
		if (f->next)
			f->next->link = f->link;
		f->link = NULL;
	}
	(void)pthread_mutex_unlock(&o->lock);
}

struct opened_file *opened_take(struct opened *o)
{
	struct opened_file *f;

	(void)pthread_mutex_lock(&o->lock);
	f = o->first;
	(void)pthread_mutex_unlock(&o->lock);
	if (f)
		opened_remove(o, f);
	return f;
}

int opened_fd(struct opened *o, uint64_t number)
{
	struct opened_file *f;
	int fd = -EBADF;

	(void)pthread_mutex_lock(&o->lock);
	f = o->first;
	while (f && (f->fd < 0 || f->number != number))
		f = f->next;
	if (f) {
		fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 3);
		fd = fd < 0 ? -errno : fd;
	}
	(void)pthread_mutex_unlock(&o->lock);
	return fd;
}
