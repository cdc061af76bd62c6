/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * find.c - which folders a container's "/" is made of, and whether to believe it (changes.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "changes/internal.h"
#include "changes/layer.h"
#include "changes/layer_options.h"
#include "changes/proof.h"
#include "changes/storage.h"
#include "reach/pinned.h"

#define NOBODY UINT32_MAX

struct finding {
	struct nsv_changes *c;
	struct nsv_host host;
	char *storage; /* NULL: no engine is known */
	struct nsv_layer_options options;
};

void nsv_changes_unknown(struct nsv_changes *c, const char *fmt, ...)
{
	va_list ap;

	c->state = NSV_CHANGES_STATE_UNKNOWN;
	va_start(ap, fmt);
	(void)vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
}

/* ---- the root's mount ---- */

/* Its line, by the ID of the mount; what is mounted later at the same place has another. 1, 0, or
 * -errno. */
static int find_mount(struct nsv_mountinfo *table, int root, struct nsv_mount_line *ret)
{
	struct statx st;
	int r;

	/* A FUSE mount of another user namespace refuses all that is asked of it; the ID comes
	 * without. */
	if (statx(root, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &st) < 0 ||
	    !(st.stx_mask & STATX_MNT_ID))
		return -EOPNOTSUPP;
	while ((r = nsv_mountinfo_next(table, ret)) > 0)
		if (ret->id == st.stx_mnt_id)
			return 1;
	return r;
}

/* ---- whose folders are believed ---- */

/* The user that made the container's user namespace: who may own folders on the way. */
static uint32_t find_owner(const struct nsv_target *t)
{
	uid_t owner;

	if (t->own_userns)
		return 0;
	return t->userns >= 0 && ioctl(t->userns, NS_GET_OWNER_UID, &owner) == 0 ? owner : NOBODY;
}

static int open_layer(struct finding *f, const char *path)
{
	nsv_autofd int fd = NSV_FD_NONE;
	struct statx st;

	if (f->storage)
		fd = nsv_storage_open(&f->host, f->storage, path);
	else
		fd = nsv_host_open(&f->host, path, strlen(path) + 1);
	if (fd < 0)
		return fd;
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_UID, &st) < 0)
		return -errno;
	return nsv_is_its(&f->c->layers, &st) ? nsv_steal_fd(&fd) : -EXDEV;
}

static int open_layers(struct finding *f)
{
	struct nsv_layers *l = &f->c->layers;
	const struct nsv_layer_options *o = &f->options;

	if (o->upper) {
		l->upper = open_layer(f, o->upper);
		if (l->upper < 0) {
			nsv_changes_unknown(f->c, "its upper folder is not believed: %s",
					    nsv_host_why(-l->upper));
			return 0;
		}
	}
	for (size_t i = 0; i < o->n; i++) {
		l->lower[i] = open_layer(f, o->lower[i]);
		if (l->lower[i] < 0) {
			nsv_changes_unknown(f->c, "a folder of its image is not believed: %s",
					    nsv_host_why(-l->lower[i]));
			return 0;
		}
		l->n++;
	}
	l->n_data = (unsigned)o->n_data;
	return 1;
}

/* By what the container's "/" shows. Where no engine is known, every layer has to be proved. */
static int prove(struct finding *f)
{
	const struct nsv_layers *l = &f->c->layers;
	struct nsv_proof proof;
	int r = nsv_proof(f->c->target->root, l, !f->storage, &proof);

	if (r < 0)
		nsv_changes_unknown(f->c, "its \"/\" can't be compared with its upper folder: %s",
				    r == -ETIMEDOUT ? "it does not answer" : strerror(-r));
	else if (!proof.upper)
		nsv_changes_unknown(f->c, "the folder that its mount names is not the one that is "
					  "mounted");
	else if (!f->storage && !proof.whole)
		nsv_changes_unknown(f->c, "its \"/\" shows what the folders of its image have not");
	for (unsigned i = 0; r == 0 && proof.whole && !f->storage && i < l->n - l->n_data; i++)
		if (!proof.lower[i]) {
			nsv_changes_unknown(
			    f->c, "nothing proves that a folder of its image is the one that is "
				  "mounted");
			break;
		}
	return 0;
}

/* ---- kinds of roots ---- */

static int from_layers(struct finding *f, bool proof)
{
	struct nsv_changes *c = f->c;
	int r;

	if (!f->options.upper) {
		c->state = NSV_CHANGES_STATE_NO_UPPER;
		(void)snprintf(c->why, sizeof(c->why),
			       "it has read-only layers and no writable one");
		return 0;
	}
	r = open_layers(f);
	return r > 0 && proof ? prove(f) : r < 0 ? r : 0;
}

static int from_overlay(struct finding *f, char *super)
{
	struct nsv_layers *l = &f->c->layers;
	int r = nsv_layer_options_parse(super, &f->options);

	if (r == -E2BIG)
		nsv_changes_unknown(f->c, "it has too many layers");
	if (r < 0)
		return r == -E2BIG ? 0 : r;
	l->marks = f->options.userxattr ? NSV_MARKS_USER : NSV_MARKS_TRUSTED;
	l->no_redirect = f->options.no_redirect;
	return from_layers(f, true);
}

/* Nothing of the mount itself is asked: its server is the user's. */
static int from_fuse(struct finding *f)
{
	struct nsv_changes *c = f->c;
	int r = f->storage ? nsv_storage_layers(&f->host, f->storage, &c->o, &f->options) : -ENOENT;

	c->fuse_root = true;
	c->layers.marks = NSV_MARKS_FUSE;
	if (r == -ENOMEM)
		return r;
	if (r == 0)
		return from_layers(f, false);
	nsv_changes_unknown(
	    c, "its \"/\" is of fuse-overlayfs, and no engine's files name its layers");
	return 0;
}

static int from_mount(struct finding *f, struct nsv_mount_line *m)
{
	if (strcmp(m->type, "overlay") == 0) {
		if (strcmp(m->root, "/") == 0)
			return from_overlay(f, m->super);
		nsv_changes_unknown(f->c, "its \"/\" is a folder of an overlay");
		return 0;
	}
	if (strcmp(m->type, "fuse.fuse-overlayfs") == 0)
		return from_fuse(f);
	f->c->fuse_root = nsv_fs_flags(m->type) & NSV_FS_SERVED;
	nsv_changes_unknown(f->c,
			    "its \"/\" is of %s and no overlay: there is nothing of an image to "
			    "compare with",
			    m->type);
	return 0;
}

int nsv_changes_find(struct nsv_changes *c)
{
	const struct nsv_target *t = c->target;
	nsv_automountinfo struct nsv_mountinfo table = { .fd = NSV_FD_NONE };
	struct finding f = { .c = c, .host = { .procfs = t->procfs, .own = t->joined } };
	struct nsv_mount_line m = { 0 };
	int r;

	if (t->pid == 0) {
		nsv_changes_unknown(c, "a namespace without a process has no table of mounts");
		return 0;
	}
	r = nsv_mountinfo_open(&table, t->procdir, ".", NSV_MOUNTINFO_MAX);
	if (r == 0)
		r = find_mount(&table, t->root, &m);
	if (r <= 0 || !m.type) {
		c->fuse_root = true;
		nsv_changes_unknown(c, "its \"/\" is no mount of its own");
		return r == -ENOMEM ? r : 0;
	}
	f.host.owner = find_owner(t);
	f.host.own = f.host.own || geteuid() != 0;
	f.storage = nsv_storage_root(&c->o);
	if (!t->own_userns)
		c->layers.ids = t;
	r = from_mount(&f, &m);
	nsv_layer_options_free(&f.options);
	nsv_host_done(&f.host);
	free(f.storage);
	return r;
}
