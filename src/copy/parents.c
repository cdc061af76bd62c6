/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * parents.c - makes the directories that a source's path names, below DEST.
 *
 * At the source each directory is resolved within the container's root; at the destination each is
 * one name in the open directory above, and links are not followed. ".." is refused: cp(1) would
 * leave DEST by such a path. One thread.
 */
#include "parents.h"

#include <string.h>

#include "dst_dir.h"
#include "source.h"

char *nsv_parents_path(const char *path)
{
	char *out = malloc(strlen(path) + 1);
	size_t at = 0;

	while (out && *path) {
		size_t len = strcspn(path, "/");

		if (len > 0 && !(len == 1 && *path == '.')) {
			if (at)
				out[at++] = '/';
			memcpy(out + at, path, len);
			at += len;
		}
		path += len;
		path += *path == '/';
	}
	if (out)
		out[at] = '\0';
	return out;
}

static bool has_dotdot(const char *path)
{
	while (path) {
		if (!strncmp(path, "..", 2) && (path[2] == '/' || !path[2]))
			return true;
		path = strchr(path, '/');
		path += path != NULL;
	}
	return false;
}

/* Makes one more level: @prefix is the path at the source, @name its last name. */
static int add(struct nsv_parents *p, const char *prefix, const char *name)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_dir *up = p->last;
	struct nsv_dir *dir = nsv_dir_new(&p->s, up, name);
	struct stat st;
	int r;

	if (!dir)
		return -ENOMEM;
	p->last = dir;
	if (dir->depth >= p->s.c->max_fds / 16)
		return nsv_fail_text(dir, NULL, ENAMETOOLONG, NSV_STAGE_READ,
				     "too many directories in its path for --parents");
	dir->src = nsv_source_open(p->s.root, prefix, true, &e);
	if (dir->src < 0) {
		dir->src = NSV_FD_NONE;
		return nsv_fail(dir, NULL, &e);
	}
	dir->src_opath = true;
	if (fstat(dir->src, &st) < 0 || !S_ISDIR(st.st_mode))
		return nsv_fail_text(dir, NULL, ENOTDIR, NSV_STAGE_READ, NULL);
	nsv_dir_set_stat(dir, &st);
	r = nsv_dst_dir(dir, up ? up->dst : p->s.c->dest.dirfd, name, true);
	return r;
}

int nsv_parents_make(struct nsv_source *s, const char *path, struct nsv_parents *ret)
{
	struct nsv_dir arg = { .s = s, .is_arg = true };
	nsv_autofree char *prefix = NULL;
	size_t at = *path == '/';
	int r = 0;

	if (!nsv_has(s->c, NSV_COPY_PARENTS))
		return 0;
	if (has_dotdot(s->base))
		return nsv_fail_text(&arg, NULL, EINVAL, NSV_STAGE_READ,
				     "'..' in a path leads out of DEST: refused with --parents");
	prefix = malloc(strlen(s->base) + 2);
	if (!prefix)
		return -ENOMEM;
	ret->of = s;
	ret->s = *s;
	ret->s.text = (char *)(at ? "/" : "");
	ret->s.dest = s->c->dest.text;
	ret->s.base = ret->s.last = "";
	prefix[0] = '/';
	for (const char *p = s->base; r == 0 && p != s->last;) {
		size_t len = strcspn(p, "/");
		nsv_autofree char *name = strndup(p, len);

		memcpy(prefix + at, p, len);
		prefix[at + len] = '\0';
		r = name ? add(ret, prefix, name) : -ENOMEM;
		prefix[at + len] = '/';
		at += len + 1;
		p += len + 1;
	}
	if (ret->last)
		s->dstdir = ret->last->dst;
	return r;
}

void nsv_parents_end(struct nsv_parents *p)
{
	int none = 0;

	while (p->last) {
		struct nsv_dir *up = p->last->up;

		nsv_dir_drop(p->last);
		p->last = up;
	}
	if (p->of && p->s.first_error)
		(void)atomic_compare_exchange_strong(&p->of->first_error, &none, p->s.first_error);
}
