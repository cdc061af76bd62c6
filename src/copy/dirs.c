/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dirs.c - the directories of a walk: counts their users and references, and makes their paths. The
 * counts are atomic; the last user closes the fds.
 */
#include <string.h>

#include "internal.h"

struct nsv_dir *nsv_dir_new(struct nsv_source *s, struct nsv_dir *up, const char *name)
{
	size_t len = strlen(name);
	struct nsv_dir *dir = calloc(1, sizeof(*dir) + len + 1);

	if (!dir)
		return NULL;
	dir->s = s;
	dir->up = up;
	dir->src = dir->dst = NSV_FD_NONE;
	dir->len = (unsigned)len;
	memcpy(dir->name, name, len + 1);
	atomic_init(&dir->refs, 1);
	atomic_init(&dir->users, 1);
	if (up) {
		dir->depth = up->depth + 1;
		(void)atomic_fetch_add(&up->refs, 1);
	}
	return dir;
}

void nsv_dir_hold(struct nsv_dir *dir)
{
	(void)atomic_fetch_add(&dir->users, 1);
}

/* A loop, not a recursion: the chain may be as deep as the tree. */
static void unref(struct nsv_dir *dir)
{
	while (dir && atomic_fetch_sub(&dir->refs, 1) == 1) {
		struct nsv_dir *up = dir->up;

		free(dir);
		dir = up;
	}
}

void nsv_dir_drop(struct nsv_dir *dir)
{
	if (atomic_fetch_sub(&dir->users, 1) != 1)
		return;
	if (dir->leave)
		dir->leave(dir);
	nsv_close_p(&dir->src);
	nsv_close_p(&dir->dst);
	unref(dir);
}

void nsv_dir_set_stat(struct nsv_dir *dir, const struct stat *st)
{
	dir->src_dev = st->st_dev;
	dir->src_ino = st->st_ino;
	dir->mode = st->st_mode;
	dir->uid = st->st_uid;
	dir->gid = st->st_gid;
	dir->times[0] = st->st_atim;
	dir->times[1] = st->st_mtim;
}

/* Writes backwards from the end, as the chain leads upwards; with a NULL buffer only counts. */
static size_t put_path(const struct nsv_dir *dir, const char *base, const char *name, char *buf,
		       size_t size)
{
	size_t at = size;
	size_t total = 0;
	size_t len = name ? strlen(name) : 0;
	bool slash = false;

#define PUT(text, n)                                 \
	do {                                         \
		total += (n);                        \
		if (buf) {                           \
			at -= (n);                   \
			memcpy(buf + at, (text), n); \
		}                                    \
	} while (0)

	if (len && !dir->is_arg) {
		PUT(name, len);
		slash = true;
	}
	for (; dir; dir = dir->up) {
		if (!dir->len)
			continue;
		if (slash)
			PUT("/", (size_t)1);
		PUT(dir->name, (size_t)dir->len);
		slash = true;
	}
	len = strlen(base);
	/* "" begins a relative path, "/" already ends in a slash. */
	if (len && slash && base[len - 1] != '/')
		PUT("/", (size_t)1);
	PUT(base, len);
#undef PUT
	return total;
}

char *nsv_dir_path(const struct nsv_dir *dir, const char *base, const char *name)
{
	size_t size = put_path(dir, base, name, NULL, 0);
	char *text = malloc(size + 1);

	if (!text)
		return NULL;
	(void)put_path(dir, base, name, text, size);
	text[size] = '\0';
	return text;
}
