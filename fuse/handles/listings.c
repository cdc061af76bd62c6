// SPDX-License-Identifier: GPL-2.0-or-later
/* listings.c - see listings.h. The list is short and has the newest first. */
#include "fuse/handles/listings.h"

#include <errno.h>
#include <stdlib.h>

#include "reach/util.h"

#define KEPT 32

struct listings {
	pthread_mutex_t lock;
	struct open_dir *first;
	unsigned n;
	uint64_t next_number;
};

struct open_dir *open_dir_new(void)
{
	struct open_dir *d = calloc(1, sizeof(*d));

	if (d)
		(void)pthread_mutex_init(&d->lock, NULL);
	return d;
}

void open_dir_free(struct open_dir *d)
{
	listing_done(&d->listing);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
}

int listings_new(struct listings **ret_l)
{
	struct listings *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	(void)pthread_mutex_init(&l->lock, NULL);
	l->next_number = 1;
	*ret_l = l;
	return 0;
}

struct listings *listings_free(struct listings *l)
{
	struct open_dir *next;

	if (!l)
		return NULL;
	for (struct open_dir *d = l->first; d; d = next) {
		next = d->next;
		open_dir_free(d);
	}
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
	return NULL;
}

/* With the lock held: takes it off the list. True: it is to be freed. */
static bool drop(struct listings *l, struct open_dir *d)
{
	struct open_dir **at = &l->first;

	if (!d->kept)
		return false;
	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	d->kept = false;
	l->n--;
	return d->refs == 0;
}

/* With the lock held. */
static void add(struct listings *l, struct open_dir *d)
{
	struct open_dir *last;

	d->number = l->next_number;
	/* The kernel's offsets have a sign. */
	l->next_number = (l->next_number + 1) & 0x7fffffff;
	if (l->next_number == 0)
		l->next_number = 1;
	d->kept = true;
	d->next = l->first;
	l->first = d;
	if (l->n++ < KEPT)
		return;
	for (last = d; last->next; last = last->next)
		;
	if (drop(l, last))
		open_dir_free(last);
}

struct open_dir *listings_get(struct listings *l, uint64_t ino, off_t off)
{
	struct open_dir *d;

	(void)pthread_mutex_lock(&l->lock);
	for (d = off > 0 ? l->first : NULL; d; d = d->next)
		if (d->ino == ino && d->number == (uint64_t)off >> 32)
			break;
	if (!d && (d = open_dir_new())) {
		d->ino = ino;
		add(l, d);
	}
	if (d)
		d->refs++;
	(void)pthread_mutex_unlock(&l->lock);
	return d;
}

void listings_put(struct listings *l, struct open_dir *d, bool ends)
{
	bool gone;

	(void)pthread_mutex_lock(&l->lock);
	d->refs--;
	gone = d->refs == 0 && !d->kept;
	if (ends)
		gone = drop(l, d) || gone;
	(void)pthread_mutex_unlock(&l->lock);
	if (gone)
		open_dir_free(d);
}

off_t listings_offset(const struct open_dir *d, size_t i)
{
	return (off_t)(d->number << 32 | i);
}

size_t listings_entry(off_t off)
{
	return off < 0 ? 0 : (size_t)(off & 0xffffffff);
}
