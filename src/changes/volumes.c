/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * volumes.c - what lies on other mounts than the root: volumes, tmpfs, files that the engine
 * mounts. No image has had it, so it is listed and compared with nothing. Left out: file systems of
 * the kernel, and those of a server that may never answer, with all that is mounted below them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "changes/layer.h"
#include "changes/names.h"
#include "changes/walk.h"
#include "reach/mountinfo.h"
#include "reach/pinned.h"

struct volume {
	struct nsv_changes_walk *w;
	const char *mount, *type;
	bool dev; /* what stands in /dev anyway is not told */
};

static int list(struct volume *v, int dir);

static int tell(struct volume *v, const struct nsv_layered *f, const char *type)
{
	struct nsv_changes_walk *w = v->w;
	const struct nsv_change_side old = { .fd = NSV_FD_NONE, .attributes_fd = NSV_FD_NONE };
	struct nsv_change_side now;
	struct nsv_change c = { .kind = NSV_CHANGE_VOLUME,
				.path = w->path,
				.text = type,
				.mount = v->mount,
				.old = &old,
				.now = &now };
	int r;

	nsv_side_fill(w->c->target, f, &now);
	r = w->fn(&c, w->data); /* a volume may hold a database: it is not hashed */
	free((char *)now.link);
	return r;
}

static int list_name(struct volume *v, int dir, const char *name)
{
	struct nsv_layered f = NSV_LAYERED_NONE;
	size_t len = v->w->len;
	int r = nsv_walk_push(v->w, name);

	if (r < 0)
		return r;
	f.fd = nsv_layer_open(dir, name, O_PATH);
	/* Another mount, or gone meanwhile. */
	if (f.fd == -EXDEV || f.fd == -ENOENT)
		r = 0;
	else if (f.fd < 0)
		r = nsv_walk_problem(v->w, -f.fd);
	else if (statx(f.fd, "", AT_EMPTY_PATH, NSV_FACTS, &f.st) < 0)
		r = nsv_walk_problem(v->w, errno);
	else if (!v->dev || S_ISREG(f.st.stx_mode) || S_ISDIR(f.st.stx_mode))
		r = tell(v, &f, NULL);
	if (r == 0 && nsv_is_folder(&f)) {
		nsv_autofd int below = nsv_layer_open_dir(f.fd);

		nsv_layered_free(&f);
		if (v->w->depth == NSV_CHANGES_DEPTH)
			r = nsv_walk_problem(v->w, ENAMETOOLONG);
		else
			r = below < 0 ? nsv_walk_problem(v->w, -below) : list(v, below);
	}
	nsv_layered_free(&f);
	nsv_walk_cut(v->w, len);
	return r;
}

static int list(struct volume *v, int dir)
{
	struct nsv_names names;
	int r;

	v->w->depth++;
	nsv_names_begin(&names, &dir, 1, &v->w->budget);
	while ((r = nsv_names_next(&names)) > 0) {
		for (size_t i = 0; i < names.n && r >= 0; i++) {
			r = nsv_walk_cancelled(v->w) ? -ECANCELED
						     : list_name(v, dir, nsv_names_get(&names, i));
			if (r)
				break;
		}
		if (r)
			break;
	}
	nsv_names_free(&names);
	v->w->depth--;
	return r;
}

/* One mount, unless another one lies over it by now. */
static int list_mount(struct nsv_changes_walk *w, const struct nsv_mount_line *m)
{
	struct volume v = { .w = w, .mount = m->point, .type = m->type };
	struct nsv_layered f = NSV_LAYERED_NONE;
	int r = nsv_walk_push(w, m->point + 1);

	if (r < 0)
		return r;
	v.dev = strcmp(m->point, "/dev") == 0;
	f.fd = nsv_root_open_path(w->c->root, m->point, NSV_ROOT_NOFOLLOW, NULL);
	if (f.fd >= 0 &&
	    statx(f.fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, NSV_FACTS, &f.st) == 0 &&
	    f.st.stx_mnt_id == m->id && !S_ISCHR(f.st.stx_mode) && !S_ISBLK(f.st.stx_mode)) {
		r = tell(&v, &f, m->type);
		if (r == 0 && nsv_is_folder(&f)) {
			nsv_autofd int dir = nsv_layer_open_dir(f.fd);

			nsv_layered_free(&f);
			r = dir < 0 ? nsv_walk_problem(w, -dir) : list(&v, dir);
		}
	}
	nsv_layered_free(&f);
	nsv_walk_cut(w, 0);
	return r;
}

/* Mounts that are left out, and with them what is mounted below. */
struct skipped {
	uint32_t ids[1024];
	size_t n;
};

static bool is_skipped(const struct nsv_changes_options *o, struct skipped *s,
		       const struct nsv_mount_line *m)
{
	bool skip = nsv_fs_flags(m->type) & (NSV_FS_SERVED | NSV_FS_KERNEL) ||
		    (o->leave_out && o->leave_out(m->major, m->minor, o->data));

	for (size_t i = 0; i < s->n && !skip; i++)
		skip = s->ids[i] == m->parent;
	if (skip && s->n < NSV_ARRAY_SIZE(s->ids))
		s->ids[s->n++] = m->id;
	return skip || s->n == NSV_ARRAY_SIZE(s->ids);
}

static int list_mounts(struct nsv_changes_walk *w, struct nsv_mountinfo *table)
{
	struct skipped skipped = { .n = 0 };
	struct nsv_mount_line m;
	int r;

	while ((r = nsv_mountinfo_next(table, &m)) > 0) {
		if (strcmp(m.point, "/") == 0 || *m.point != '/' ||
		    is_skipped(&w->c->o, &skipped, &m))
			continue;
		r = list_mount(w, &m);
		if (r)
			return r;
	}
	return r;
}

int nsv_walk_volumes(struct nsv_changes_walk *w)
{
	const struct nsv_target *t = w->c->target;
	nsv_automountinfo struct nsv_mountinfo table = { .fd = NSV_FD_NONE };
	int r;

	/* The way to a mount goes through the root. */
	if (t->pid == 0 || w->c->fuse_root)
		return 0;
	r = nsv_mountinfo_open(&table, t->procdir, ".", NSV_MOUNTINFO_MAX);
	if (r == 0)
		r = list_mounts(w, &table);
	return r < 0 && r != -ECANCELED ? nsv_walk_problem(w, -r) : r;
}
