/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inspector.c - what every part of an inspection uses: lists that grow, notes of what is missing,
 * files read whole. No locks: one thread.
 */
#include "discover/inspect/inspector.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "reach/util.h"

void *nsv_inspect_grow(struct nsv_inspector *in, const void *list, size_t n, size_t *room,
		       size_t size)
{
	void *bigger;
	size_t want;

	if (n < *room)
		return (void *)list;
	want = *room ? 2 * *room : 16;
	bigger = nsv_arena_alloc(&in->arena, want * size);
	if (!bigger)
		return NULL;
	if (n)
		memcpy(bigger, list, n * size);
	*room = want;
	return bigger;
}

int nsv_inspect_missing(struct nsv_inspector *in, const char *what, int err, const char *why)
{
	const char **list =
	    nsv_inspect_grow(in, in->i.missing, in->i.n_missing, &in->missing_room, sizeof(*list));
	const char *text =
	    nsv_arena_printf(&in->arena, "%s: %s", what, why ? why : strerror(abs(err)));

	if (!list || !text)
		return -ENOMEM;
	list[in->i.n_missing++] = text;
	in->i.missing = list;
	return 0;
}

int nsv_slurp(int dirfd, const char *name, size_t max, char **ret, size_t *ret_len, bool *ret_cut)
{
	nsv_autofd int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	nsv_autofree char *text = NULL;
	size_t used = 0, room = 0;

	if (fd < 0)
		return -errno;
	while (used < max) {
		ssize_t n;

		if (room - used < 2) {
			char *bigger = realloc(text, room ? 2 * room : 16384);

			if (!bigger)
				return -ENOMEM;
			text = bigger;
			room = room ? 2 * room : 16384;
		}
		n = read(fd, text + used, nsv_min(room - used - 1, max - used));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	text[used] = '\0';
	if (ret_cut)
		*ret_cut = used == max;
	if (ret_len)
		*ret_len = used;
	*ret = nsv_steal_ptr(text);
	return 0;
}
