/* SPDX-License-Identifier: GPL-2.0-or-later */
/* listing.c - getdents64(2) into one buffer, and where each record begins. */
#include "fuse/handles/listing.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST ((size_t)4096)
#define MOST  ((size_t)256 << 10) /* read at once */

/* Room for @more bytes, at most @max in all. */
static int grow(struct listing *l, size_t more, size_t max)
{
	size_t size = l->size ? l->size : FIRST;
	char *bigger;

	while (size - l->len < more)
		size *= 2;
	if (size == l->size)
		return 0;
	if (size > max)
		return -EFBIG;
	bigger = realloc(l->buf, size);
	if (!bigger)
		return -ENOMEM;
	l->buf = bigger;
	l->size = size;
	return 0;
}

static int note(struct listing *l, size_t at)
{
	if (l->n == l->n_size) {
		size_t size = l->n_size ? l->n_size * 2 : 64;
		size_t *bigger = reallocarray(l->at, size, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		l->at = bigger;
		l->n_size = size;
	}
	l->at[l->n++] = at;
	return 0;
}

static const struct dirent64 *record(const struct listing *l, size_t at)
{
	return (const struct dirent64 *)(l->buf + at);
}

/* A name that the kernel would refuse spoils the whole folder. */
static bool is_good(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= 255 && !strchr(name, '/');
}

int listing_read(struct listing *l, int dirfd, size_t max)
{
	for (;;) {
		int r = grow(l, l->len > MOST ? MOST : FIRST / 2, max);
		size_t end;
		long n;

		if (r < 0)
			return r;
		n = syscall(SYS_getdents64, dirfd, l->buf + l->len,
			    l->size - l->len < MOST ? l->size - l->len : MOST);
		if (n == 0)
			return 0;
		if (n < 0)
			return -errno;
		for (end = l->len + (size_t)n; l->len < end; l->len += record(l, l->len)->d_reclen)
			if (is_good(record(l, l->len)->d_name)) {
				r = note(l, l->len);
				if (r < 0)
					return r;
			}
	}
}

int listing_add(struct listing *l, const char *name, uint64_t ino, unsigned char type)
{
	size_t len = offsetof(struct dirent64, d_name) + strlen(name) + 1;
	size_t reclen = (len + 7) & ~(size_t)7;
	struct dirent64 *d;
	int r = grow(l, reclen, LISTING_MAX);

	if (r == 0)
		r = note(l, l->len);
	if (r < 0)
		return r;
	d = (struct dirent64 *)(l->buf + l->len);
	d->d_ino = ino;
	d->d_off = 0;
	d->d_reclen = (unsigned short)reclen;
	d->d_type = type;
	memcpy(d->d_name, name, strlen(name) + 1);
	l->len += reclen;
	return 0;
}

struct listing_entry listing_get(const struct listing *l, size_t i)
{
	const struct dirent64 *d = record(l, l->at[i]);

	return (struct listing_entry){ d->d_ino, d->d_type, d->d_name };
}

void listing_clear(struct listing *l)
{
	if (l->size > 2 * FIRST)
		listing_done(l);
	l->len = l->n = 0;
}

void listing_done(struct listing *l)
{
	free(l->buf);
	free(l->at);
	*l = (struct listing){ 0 };
}
