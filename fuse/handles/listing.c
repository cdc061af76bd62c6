/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listing.c - getdents64(2) into records of one buffer, and a sorted table of their places.
 *
 * A place has 55 bits of the hash of the name and 8 that tell names apart which share it: those
 * keep theirs as long as the listing before is known. "." and ".." have the first two.
 */
#include "fuse/handles/listing.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuse/tree/siphash.h"
#include "reach/util.h"

#define FIRST	  ((size_t)4096)
#define MAPPED	  ((size_t)128 << 10) /* so large memory goes back to the kernel at once */
#define READ_SIZE ((size_t)32 << 10)
#define AHEAD	  8 /* entries that are prefetched */
#define HASH_BITS 55
#define SLOT_BITS 8
#define SLOTS	  (1u << SLOT_BITS)

struct record {
	uint64_t ino;
	unsigned char type, len;
	char name[];
};

static const struct record *record_at(const struct listing *l, size_t at)
{
	return (const struct record *)(l->records + at);
}

static size_t record_size(size_t len)
{
	return (offsetof(struct record, name) + len + 1 + 7) & ~(size_t)7;
}

/* ---- memory ---- */

static void *resize(void *old, size_t old_size, size_t size)
{
	void *new;

	if (size < MAPPED)
		return realloc(old, size);
	if (old_size >= MAPPED) {
		new = mremap(old, old_size, size, MREMAP_MAYMOVE);
		return new == MAP_FAILED ? NULL : new;
	}
	new = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (new == MAP_FAILED)
		return NULL;
	if (old_size)
		memcpy(new, old, old_size);
	free(old);
	return new;
}

static void release(void *p, size_t size)
{
	if (size >= MAPPED)
		(void)munmap(p, size);
	else
		free(p);
}

size_t listing_bytes(const struct listing *l)
{
	return l->size + l->n_size * sizeof(*l->places);
}

void listing_done(struct listing *l)
{
	release(l->records, l->size);
	release(l->places, l->n_size * sizeof(*l->places));
	*l = (struct listing){ 0 };
}

/* Half as much again, in whole pages: twice would take twice of what there is. */
static size_t larger(size_t size, size_t least)
{
	size_t wanted = size + size / 2;

	if (wanted < least)
		wanted = least;
	if (wanted < FIRST)
		wanted = FIRST;
	return (wanted + FIRST - 1) & ~(FIRST - 1);
}

static bool may_take(const struct listing *l, const struct listing_budget *budget, size_t more)
{
	const bool must = listing_bytes(l) + more <= LISTING_LEAST;

	return !budget || budget->more(budget->data, more, must) || must;
}

/* Room for a record of @more bytes. -EDQUOT: the budget has none. */
static int grow(struct listing *l, const struct listing_budget *budget, size_t more)
{
	void *bigger;
	size_t size;

	if (l->size - l->len < more) {
		size = larger(l->size, l->len + more);
		/* Places are found by 32 bits. */
		if (size > UINT32_MAX || !may_take(l, budget, size - l->size))
			return -EDQUOT;
		bigger = resize(l->records, l->size, size);
		if (!bigger)
			return -ENOMEM;
		l->records = bigger;
		l->size = size;
	}
	if (l->n == l->n_size) {
		size_t old = l->n_size * sizeof(*l->places);

		size = larger(old, 0);
		if (!may_take(l, budget, size - old))
			return -EDQUOT;
		bigger = resize(l->places, old, size);
		if (!bigger)
			return -ENOMEM;
		l->places = bigger;
		l->n_size = size / sizeof(*l->places);
	}
	return 0;
}

/* ---- places ---- */

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static uint64_t place_of(const struct listing_order *order, const char *name, size_t len)
{
	const uint64_t most = ((uint64_t)1 << HASH_BITS) - 2;
	uint64_t hash;

	if (is_dots(name))
		return len;
	hash = siphash64(order->key, 0, name, len) & order->mask & most;
	return (hash + 1) << SLOT_BITS;
}

static uint64_t hash_of(uint64_t place)
{
	return place >> SLOT_BITS;
}

static int by_place(const void *a, const void *b)
{
	const struct listing_place *x = a, *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

static int by_record(const void *a, const void *b)
{
	const struct listing_place *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* Which slot @name had in @before, among those of its hash; -1: it was not there. */
static int slot_before(const struct listing *before, uint64_t hash, const char *name)
{
	size_t i = before ? listing_find(before, (hash << SLOT_BITS) - 1) : 0;

	for (; before && i < before->n && hash_of(before->places[i].place) == hash; i++)
		if (!strcmp(record_at(before, before->places[i].at)->name, name))
			return (int)(before->places[i].place % SLOTS);
	return -1;
}

/*
 * Names that share a hash, @n from @first on: each keeps the slot that it had, and a new one takes
 * one that no name had. More than there are can't be told apart; nobody can make so many.
 */
static void give_slots(struct listing *l, const struct listing *before, size_t first, size_t n)
{
	const uint64_t hash = hash_of(l->places[first].place);
	bool taken[SLOTS] = { false };
	size_t i = before ? listing_find(before, (hash << SLOT_BITS) - 1) : 0;
	unsigned slot = 0;

	for (; before && i < before->n && hash_of(before->places[i].place) == hash; i++)
		taken[before->places[i].place % SLOTS] = true;
	for (i = first; i < first + n; i++) {
		int old = slot_before(before, hash, record_at(l, l->places[i].at)->name);

		if (old < 0) {
			while (slot < SLOTS - 1 && taken[slot])
				slot++;
			old = (int)slot;
			taken[slot] = true;
		}
		l->places[i].place = hash << SLOT_BITS | (unsigned)old;
		l->shared = l->shared || old > 0;
	}
	qsort(l->places + first, n, sizeof(*l->places), by_place);
}

static void sort(struct listing *l, const struct listing *before)
{
	size_t n;

	if (l->n)
		qsort(l->places, l->n, sizeof(*l->places), by_place);
	for (size_t i = 0; i < l->n; i += n) {
		uint64_t hash = hash_of(l->places[i].place);

		for (n = 1; i + n < l->n && hash_of(l->places[i + n].place) == hash; n++)
			;
		if (hash && (n > 1 || (before && before->shared)))
			give_slots(l, before, i, n);
	}
}

void listing_sort(struct listing *l)
{
	sort(l, NULL);
}

size_t listing_find(const struct listing *l, uint64_t place)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->places[middle].place <= place)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct listing_entry listing_get(const struct listing *l, size_t i)
{
	const struct record *r = record_at(l, l->places[i].at);

	/* Records are in the order in which they were read: the next ones are anywhere. */
	if (i + AHEAD < l->n)
		__builtin_prefetch(record_at(l, l->places[i + AHEAD].at));
	return (struct listing_entry){ r->ino, l->places[i].place, r->type, r->name };
}

/* ---- reading ---- */

/*
 * Keeps the first half in the order, those of one hash together. False: there is nothing to give
 * up.
 */
static bool halve(struct listing *l)
{
	size_t keep = l->n / 2, len = 0;

	qsort(l->places, l->n, sizeof(*l->places), by_place);
	while (keep && hash_of(l->places[keep].place) == hash_of(l->places[keep - 1].place))
		keep--;
	if (keep == 0)
		return false;
	l->before = l->places[keep].place;
	l->n = keep;
	qsort(l->places, l->n, sizeof(*l->places), by_record);
	for (size_t i = 0; i < l->n; i++) {
		const struct record *r = record_at(l, l->places[i].at);
		size_t size = record_size(r->len);

		memmove(l->records + len, r, size);
		l->places[i].at = (uint32_t)len;
		len += size;
	}
	l->len = len;
	return true;
}

static int add(struct listing *l, const struct listing_budget *budget, uint64_t place,
	       const char *name, uint64_t ino, unsigned char type)
{
	size_t len = strlen(name);
	struct record *to;
	int r;

	if (place >= l->before || hash_of(place) < hash_of(l->after))
		return 0;
	while ((r = grow(l, budget, record_size(len))) == -EDQUOT) {
		if (!halve(l))
			return -ENOMEM;
		if (place >= l->before)
			return 0;
	}
	if (r < 0)
		return r;
	l->places[l->n++] = (struct listing_place){ place, (uint32_t)l->len };
	to = (struct record *)(l->records + l->len);
	to->ino = ino;
	to->type = type;
	to->len = (unsigned char)len;
	memcpy(to->name, name, len + 1);
	l->len += record_size(len);
	return 0;
}

int listing_add(struct listing *l, const struct listing_order *order, const char *name,
		uint64_t ino, unsigned char type)
{
	l->before = LISTING_END;
	return add(l, NULL, place_of(order, name, strlen(name)), name, ino, type);
}

/* A name that the kernel would refuse spoils the whole folder. */
static bool is_good(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= 255 && !strchr(name, '/');
}

static int add_records(struct listing *l, const struct listing_order *order,
		       const struct listing_source *source, const struct listing_budget *budget,
		       const char *buf, size_t n)
{
	const struct dirent64 *d;
	int r = 0;

	for (size_t at = 0; r == 0 && at < n; at += d->d_reclen) {
		d = (const struct dirent64 *)(buf + at);
		if (!is_good(d->d_name) || (source->leaves_out && !is_dots(d->d_name) &&
					    source->leaves_out(source->data, d->d_name)))
			continue;
		r = add(l, budget, place_of(order, d->d_name, strlen(d->d_name)), d->d_name,
			d->d_ino, d->d_type);
	}
	return r;
}

int listing_read(struct listing *l, const struct listing_order *order,
		 const struct listing_source *source, const struct listing_budget *budget)
{
	char buf[READ_SIZE] __attribute__((aligned(8)));
	size_t all = 0;
	int r = 0;

	l->after = source->after;
	l->before = LISTING_END;
	while (r == 0) {
		long n = syscall(SYS_getdents64, source->fd, buf, sizeof(buf));

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		all += (size_t)n;
		if (all > source->max)
			return -EFBIG;
		r = add_records(l, order, source, budget, buf, (size_t)n);
	}
	if (r == 0)
		sort(l, source->before);
	return r;
}
