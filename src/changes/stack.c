/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stack.c - see stack.h. */
#include "changes/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "changes/layer.h"

struct finder {
	const struct nsv_layers *l;
	struct nsv_layered *found;
	char path[NSV_REDIRECT_MAX + 1]; /* what is looked for in the next layer */
	bool want_data;
	unsigned room;
};

static int push(struct finder *f, int fd, unsigned layer)
{
	struct nsv_stack *s = &f->found->dirs;

	if (s->n == f->room) {
		unsigned room = f->room ? f->room * 2 : 4;
		struct nsv_level *dirs = reallocarray(s->dirs, room, sizeof(*dirs));

		if (!dirs)
			return -ENOMEM;
		s->dirs = dirs;
		f->room = room;
	}
	s->dirs[s->n].fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (s->dirs[s->n].fd < 0)
		return -errno;
	s->dirs[s->n++].layer = layer;
	return 0;
}

/* These say whether lower layers are to be looked at, too: 1, 0, or -errno. */

static int take_folder(struct finder *f, int fd, unsigned layer)
{
	int r;

	if (f->want_data)
		return 0;
	r = push(f, fd, layer);
	if (r < 0)
		return r;
	if (nsv_is_opaque(f->l, fd))
		return 0;
	r = nsv_redirect(f->l, fd, f->path);
	return r < 0 ? r : 1;
}

static int take_file(struct finder *f, int fd, const struct statx *st)
{
	int r, copy;

	if (f->found->dirs.n)
		return 0;
	if (f->want_data && !S_ISREG(st->stx_mode))
		return 0;
	if (S_ISREG(st->stx_mode) && nsv_is_metacopy(f->l, fd)) {
		r = nsv_redirect(f->l, fd, f->path);
		if (r < 0)
			return r;
		f->want_data = true;
		return 1;
	}
	if (f->want_data) {
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (copy < 0)
			return -errno;
		f->found->data = copy;
	}
	return 0;
}

static int look(struct finder *f, int dirfd, unsigned layer)
{
	const char *path = f->path + (*f->path == '/');
	nsv_autofd int fd = nsv_layer_open(dirfd, *path ? path : ".", O_PATH);
	struct statx st;
	bool first = f->found->fd < 0;
	int r;

	if (fd == -ENOENT)
		return !nsv_is_whited_out(f->l, dirfd, path);
	if (fd == -ENOTDIR || fd == -ELOOP || fd == -ENAMETOOLONG)
		return 0;
	if (fd < 0)
		return fd;
	if (statx(fd, "", AT_EMPTY_PATH, NSV_FACTS, &st) < 0)
		return -errno;
	if (nsv_is_whiteout(f->l, fd, &st))
		return 0;
	if (!nsv_is_its(f->l, &st))
		return -EPERM;
	if (S_ISDIR(st.stx_mode))
		r = take_folder(f, fd, layer);
	else
		r = take_file(f, fd, &st);
	if (r >= 0 && first) {
		f->found->fd = nsv_steal_fd(&fd);
		f->found->st = st;
	}
	return r;
}

/* From layer @from on by the path that a redirect gives; content alone may lie deeper. */
static int look_from_tops(struct finder *f, unsigned from)
{
	const struct nsv_layers *l = f->l;
	unsigned end = l->n - l->n_data;
	int r = 1;

	while (r > 0 && from < l->n && (from < end || f->want_data)) {
		r = look(f, l->lower[from], from);
		from++;
	}
	return r;
}

int nsv_stack_find(const struct nsv_layers *l, const struct nsv_stack *s, const char *path,
		   struct nsv_layered *ret)
{
	struct nsv_layered found = NSV_LAYERED_NONE;
	struct finder f = { .l = l, .found = &found };
	int r = 1;

	if (strlen(path) > NSV_REDIRECT_MAX)
		return -ENAMETOOLONG;
	memcpy(f.path, path, strlen(path) + 1);
	if (*path == '/')
		r = look_from_tops(&f, 0);
	for (unsigned i = 0; *path != '/' && r > 0 && i < s->n; i++) {
		r = look(&f, s->dirs[i].fd, s->dirs[i].layer);
		if (*f.path == '/') {
			if (r > 0)
				r = look_from_tops(&f, s->dirs[i].layer + 1);
			break;
		}
	}
	if (r < 0)
		nsv_layered_free(&found);
	else
		*ret = found;
	return r < 0 ? r : 0;
}

int nsv_stack_one(int fd_take, struct nsv_stack *ret)
{
	struct nsv_level *dirs = calloc(1, sizeof(*dirs));

	if (!dirs) {
		nsv_close(fd_take);
		return -ENOMEM;
	}
	dirs->fd = fd_take;
	*ret = (struct nsv_stack){ dirs, 1 };
	return 0;
}

int nsv_stack_tops(const struct nsv_layers *l, struct nsv_stack *ret)
{
	struct nsv_layered found = NSV_LAYERED_NONE;
	struct finder f = { .l = l, .found = &found };
	int r = 0;

	for (unsigned i = 0; r == 0 && i < l->n - l->n_data; i++)
		r = push(&f, l->lower[i], i);
	if (r < 0)
		nsv_stack_free(&found.dirs);
	else
		*ret = found.dirs;
	return r;
}

void nsv_stack_free(struct nsv_stack *s)
{
	for (unsigned i = 0; i < s->n; i++)
		nsv_close(s->dirs[i].fd);
	free(s->dirs);
	*s = (struct nsv_stack){ 0 };
}

void nsv_layered_free(struct nsv_layered *f)
{
	nsv_close(f->fd);
	nsv_close(f->data);
	nsv_stack_free(&f->dirs);
	*f = (struct nsv_layered)NSV_LAYERED_NONE;
}
