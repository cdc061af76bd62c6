/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* path.c - where a walk is, what it could not look at, and whether it is to end. See walk.h. */
#include <errno.h>
#include <string.h>

#include "changes/walk.h"

int nsv_walk_push(struct nsv_changes_walk *w, const char *name)
{
	size_t len = strlen(name);

	if (w->len + len + 2 > w->size) {
		size_t size = (w->len + len + 2) * 2;
		char *path = realloc(w->path, size);

		if (!path)
			return -ENOMEM;
		w->path = path;
		w->size = size;
	}
	w->path[w->len] = '/';
	memcpy(w->path + w->len + 1, name, len + 1);
	w->len += len + 1;
	return 0;
}

void nsv_walk_cut(struct nsv_changes_walk *w, size_t len)
{
	w->len = len;
	w->path[len] = '\0';
}

bool nsv_walk_cancelled(const struct nsv_changes_walk *w)
{
	const int *cancel = w->c->o.cancel;

	return cancel && __atomic_load_n(cancel, __ATOMIC_RELAXED);
}

static const char *why(int err)
{
	switch (err) {
	case EPERM:
		return "its owner is none of the container's users";
	case EBADMSG:
		return "a mark of overlayfs that is not valid";
	case EXDEV:
		return "a mount of the host lies over it";
	case ENAMETOOLONG:
		return "folders are nested too deep";
	default:
		return strerror(err);
	}
}

int nsv_walk_problem(struct nsv_changes_walk *w, int err)
{
	const struct nsv_change_side none = { .fd = NSV_FD_NONE, .attributes_fd = NSV_FD_NONE };
	struct nsv_change c = { .kind = NSV_CHANGE_PROBLEM,
				.path = w->len ? w->path : "/",
				.text = why(err),
				.old = &none,
				.now = &none };

	if (err == ENOMEM || err == ECANCELED)
		return -err;
	return w->fn(&c, w->data);
}
