/* SPDX-License-Identifier: GPL-2.0-or-later */
/* listings.c - a hash table of folders, a list of those that rest, and the account of their memory.
 */
#include "fuse/handles/listings.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <linux/fuse.h>

#include "reach/util.h"

#define BUCKETS 256

/* Of one container. */
struct listings_share {
	struct listings_share *next;
	uint64_t serial;
	size_t bytes;
	unsigned folders;
};

struct listings {
	pthread_mutex_t lock;
	struct listing_order order;
	_Atomic uint64_t time;
	size_t bytes; /* charged, of all */
	struct listings_share *shares;
	struct folder *oldest, **newest;
	unsigned n_resting;
	struct folder *buckets[BUCKETS];
};

int listings_new(struct listings **ret_l)
{
	struct listings *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->order.mask = UINT64_MAX;
	if (getrandom(l->order.key, sizeof(l->order.key), 0) != (ssize_t)sizeof(l->order.key)) {
		free(l);
		return -EIO;
	}
	(void)pthread_mutex_init(&l->lock, NULL);
	l->newest = &l->oldest;
	*ret_l = l;
	return 0;
}

const struct listing_order *listings_order(const struct listings *l)
{
	return &l->order;
}

uint64_t listings_time(struct listings *l)
{
	return atomic_fetch_add(&l->time, 1) + 1;
}

/* ---- shares, with the lock held ---- */

static struct listings_share *share_get(struct listings *l, uint64_t serial)
{
	struct listings_share *s = l->shares;

	while (s && s->serial != serial)
		s = s->next;
	if (!s) {
		s = calloc(1, sizeof(*s));
		if (!s)
			return NULL;
		s->serial = serial;
		s->next = l->shares;
		l->shares = s;
	}
	s->folders++;
	return s;
}

static void share_put(struct listings *l, struct listings_share *s)
{
	struct listings_share **at = &l->shares;

	if (--s->folders)
		return;
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	free(s);
}

/* ---- folders, with the lock held ---- */

static struct folder **bucket_of(struct listings *l, const struct folder_id *id)
{
	return &l->buckets[(id->number * 0x9e3779b97f4a7c15ULL >> 32) % BUCKETS];
}

static bool is_same(const struct folder_id *a, const struct folder_id *b)
{
	return a->number == b->number && a->ino == b->ino && a->dev == b->dev &&
	       a->serial == b->serial;
}

static struct folder *folder_new(struct listings *l, const struct folder_id *id)
{
	struct folder *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->share = share_get(l, id->serial);
	if (!f->share) {
		free(f);
		return NULL;
	}
	(void)pthread_mutex_init(&f->lock, NULL);
	f->id = *id;
	f->chain = *bucket_of(l, id);
	*bucket_of(l, id) = f;
	return f;
}

static void forget_listing(struct listings *l, struct folder *f)
{
	listing_done(&f->listing);
	f->taken = 0;
	l->bytes -= f->charged;
	f->share->bytes -= f->charged;
	f->charged = 0;
}

/* Of those that nobody uses. */
static void folder_free(struct listings *l, struct folder *f)
{
	struct folder **at = bucket_of(l, &f->id);

	while (*at != f)
		at = &(*at)->chain;
	*at = f->chain;
	forget_listing(l, f);
	share_put(l, f->share);
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
}

static void rest(struct listings *l, struct folder *f)
{
	f->next = NULL;
	f->link = l->newest;
	*l->newest = f;
	l->newest = &f->next;
	l->n_resting++;
}

static void rest_no_more(struct listings *l, struct folder *f)
{
	*f->link = f->next;
	if (f->next)
		f->next->link = f->link;
	else
		l->newest = f->link;
	f->link = NULL;
	l->n_resting--;
}

/* Drops the oldest that nobody uses, of the share @s if it isn't NULL. False: there is none. */
static bool drop_oldest(struct listings *l, const struct listings_share *s)
{
	struct folder *f = l->oldest;

	while (f && s && f->share != s)
		f = f->next;
	if (!f)
		return false;
	rest_no_more(l, f);
	folder_free(l, f);
	return true;
}

/* ---- what others call ---- */

struct listings *listings_free(struct listings *l)
{
	if (!l)
		return NULL;
	while (drop_oldest(l, NULL))
		;
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
	return NULL;
}

struct folder *listings_get(struct listings *l, const struct folder_id *id)
{
	struct folder *f;

	(void)pthread_mutex_lock(&l->lock);
	f = *bucket_of(l, id);
	while (f && !is_same(&f->id, id))
		f = f->chain;
	if (!f)
		f = folder_new(l, id);
	else if (f->link)
		rest_no_more(l, f);
	if (f)
		f->users++;
	(void)pthread_mutex_unlock(&l->lock);
	return f;
}

void listings_put(struct listings *l, struct folder *f, bool ends)
{
	(void)pthread_mutex_lock(&l->lock);
	if (--f->users == 0) {
		if (!f->taken || (ends && f->charged > LISTING_LEAST))
			folder_free(l, f);
		else
			rest(l, f);
	}
	while (l->n_resting > LISTINGS_KEPT)
		(void)drop_oldest(l, NULL);
	(void)pthread_mutex_unlock(&l->lock);
}

void listings_drop(struct listings *l, struct folder *f)
{
	(void)pthread_mutex_lock(&l->lock);
	forget_listing(l, f);
	(void)pthread_mutex_unlock(&l->lock);
}

static bool may_take(void *data, size_t more, bool must)
{
	const struct listings_claim *c = data;
	struct listings *l = c->l;
	struct folder *f = c->f;
	bool fits;

	(void)pthread_mutex_lock(&l->lock);
	while (f->share->bytes + more > LISTINGS_SHARE && drop_oldest(l, f->share))
		;
	while (l->bytes + more > LISTINGS_MOST && drop_oldest(l, NULL))
		;
	fits = f->share->bytes + more <= LISTINGS_SHARE && l->bytes + more <= LISTINGS_MOST;
	if (fits || must) {
		l->bytes += more;
		f->share->bytes += more;
		f->charged += more;
	}
	(void)pthread_mutex_unlock(&l->lock);
	return fits;
}

void listings_claim(struct listings *l, struct folder *f, struct listings_claim *ret_claim)
{
	*ret_claim = (struct listings_claim){ .l = l, .f = f };
	ret_claim->budget = (struct listing_budget){ .more = may_take, .data = ret_claim };
}

size_t listings_bytes(struct listings *l)
{
	size_t bytes;

	(void)pthread_mutex_lock(&l->lock);
	bytes = l->bytes;
	(void)pthread_mutex_unlock(&l->lock);
	return bytes;
}

bool listings_fill_page(const struct listing *l, size_t page)
{
	size_t used = 0;

	for (size_t i = 0; i < l->n; i++) {
		size_t len = strlen(listing_get(l, i).name);
		size_t size = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + len);

		/* None is kept in two pages. */
		used = used + size > page ? size : used + size;
	}
	return used == page;
}
