/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * names.c - see names.h. Within a part a name of several folders is dropped by sorting; across
 * parts it is that of the first folder which has it.
 */
#include "changes/names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reach/util.h"

#define LEAST ((size_t)16 * 1024) /* of memory for a part, whatever is left */
#define NAME  256

void nsv_names_begin(struct nsv_names *n, const int *dirs, size_t n_dirs, size_t *budget)
{
	*n = (struct nsv_names){ .dirs = dirs, .n_dirs = n_dirs, .budget = budget };
}

static bool in_earlier(const struct nsv_names *n, const char *name)
{
	for (size_t i = 0; n->parts && i < n->dir; i++)
		if (faccessat(n->dirs[i], name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	return false;
}

/* False: the part is full. */
static bool has_room(const struct nsv_names *n, size_t max)
{
	return n->used + NAME + (n->n + 1) * sizeof(*n->index) <= max;
}

static int grow(struct nsv_names *n)
{
	if (n->used + NAME > n->size) {
		size_t size = n->size ? n->size * 2 : 4096;
		char *text = realloc(n->text, size);

		if (!text)
			return -ENOMEM;
		n->text = text;
		n->size = size;
	}
	if (n->n == n->room) {
		size_t room = n->room ? n->room * 2 : 64;
		uint32_t *index = reallocarray(n->index, room, sizeof(*index));

		if (!index)
			return -ENOMEM;
		n->index = index;
		n->room = room;
	}
	return 0;
}

static int add(struct nsv_names *n, const char *name)
{
	size_t len = strlen(name) + 1;
	int r;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || len > NAME || in_earlier(n, name))
		return 0;
	r = grow(n);
	if (r < 0)
		return r;
	n->index[n->n++] = (uint32_t)n->used;
	memcpy(n->text + n->used, name, len);
	n->used += len;
	return 0;
}

/* Reads the folder at hand until it ends (1) or the part is full (0). */
static int read_names(struct nsv_names *n, size_t max)
{
	char buf[16 * 1024] __attribute__((aligned(8)));
	int fd = n->dirs[n->dir];
	ssize_t got;

	if (lseek(fd, n->at, SEEK_SET) < 0)
		return -errno;
	while ((got = getdents64(fd, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < got;) {
			const struct dirent64 *d = (const void *)(buf + at);
			int r;

			if (!has_room(n, max)) {
				n->parts = true;
				return 0;
			}
			r = add(n, d->d_name);
			if (r < 0)
				return r;
			n->at = (off_t)d->d_off;
			at += d->d_reclen;
		}
	/* A folder that was removed meanwhile is empty. */
	return got < 0 && errno != ENOENT ? -errno : 1;
}

static int by_name(const void *a, const void *b, void *text)
{
	const char *t = text;

	return strcmp(t + *(const uint32_t *)a, t + *(const uint32_t *)b);
}

static void sort(struct nsv_names *n)
{
	size_t kept = 0;

	if (n->n > 1)
		qsort_r(n->index, n->n, sizeof(*n->index), by_name, n->text);
	for (size_t i = 0; i < n->n; i++)
		if (!kept || by_name(&n->index[kept - 1], &n->index[i], n->text) != 0)
			n->index[kept++] = n->index[i];
	n->n = kept;
}

int nsv_names_next(struct nsv_names *n)
{
	size_t max;
	int r = 1;

	if (n->end)
		return 0;
	n->n = n->used = 0;
	*n->budget += n->taken;
	n->taken = 0;
	max = *n->budget / 2 > LEAST ? *n->budget / 2 : LEAST;
	while (r == 1 && n->dir < n->n_dirs) {
		r = read_names(n, max);
		if (r == 1) {
			n->dir++;
			n->at = 0;
		}
	}
	n->end = n->dir == n->n_dirs;
	if (r < 0)
		return r;
	n->taken = nsv_min(n->size + n->room * sizeof(*n->index), *n->budget);
	*n->budget -= n->taken;
	sort(n);
	return n->n > 0;
}

const char *nsv_names_get(const struct nsv_names *n, size_t i)
{
	return n->text + n->index[i];
}

void nsv_names_free(struct nsv_names *n)
{
	*n->budget += n->taken;
	free(n->text);
	free(n->index);
	n->text = NULL;
	n->index = NULL;
	n->taken = 0;
}
