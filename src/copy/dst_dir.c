/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dst_dir.c - makes a directory of the destination as the copy of one of the source. The last user,
 * in any thread, sets its metadata: until then the directory has mode 0700. Defends against links
 * in its place, which are never followed.
 */
#include "dst_dir.h"

#include "sink.h"
#include "source.h"

/* Sets the metadata of a directory whose last user is gone. Any thread. */
static void leave(struct nsv_dir *dir)
{
	struct nsv_copy *c = dir->s->c;
	const struct nsv_made made = {
		.fd = dir->dst,
		.acl_inherited = dir->acl_default,
		.existed = !dir->created,
		.dir = dir,
	};
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_meta m;
	struct stat st = {
		.st_mode = dir->mode,
		.st_uid = dir->uid,
		.st_gid = dir->gid,
		.st_atim = dir->times[0],
		.st_mtim = dir->times[1],
	};
	int r = 0;

	if (!dir->set_meta || dir->dst < 0)
		return;
	nsv_meta_from_stat(c, dir->s->from, &st, &m);
	if (nsv_xattrs_any(c))
		r = nsv_xattrs_read(c, dir->s->from, dir->src, dir->src_opath, &m.xattrs);
	if (r < 0)
		(void)nsv_fail_text(dir, NULL, -r, NSV_STAGE_READ, NULL);
	if (nsv_meta_set(c, &made, &m, &e) < 0)
		(void)nsv_fail(dir, NULL, &e);
	nsv_meta_clear(&m);
}

/* A dry run: opens the directory if there is one. */
static int look(struct nsv_dir *dir, int dstdir, const char *name, struct nsv_error *e)
{
	int fd = dstdir < 0 ? -ENOENT : nsv_open_dir_at(dstdir, *name ? name : ".");

	dir->created = fd == -ENOENT;
	if (fd == -ENOENT)
		return 0;
	if (fd == -ELOOP || fd == -ENOTDIR)
		return nsv_error_set(
		    e, ENOTDIR, NSV_STAGE_WRITE,
		    "what is in its place is no directory and can't be replaced by one");
	if (fd < 0)
		return nsv_err(e, -fd, NSV_STAGE_WRITE);
	dir->dst = fd;
	return nsv_dest_learn(dir, e);
}

static int make(struct nsv_dir *dir, int dstdir, const char *name, struct nsv_error *e)
{
	int r;

	if (*name) {
		r = nsv_put_dir(dir->s->c, dstdir, name, &dir->dst, &dir->created, e);
		return r < 0 ? r : nsv_dest_learn(dir, e);
	}
	r = nsv_open_dir_at(dstdir, ".");
	if (r < 0)
		return nsv_err(e, -r, NSV_STAGE_WRITE);
	dir->dst = r;
	return nsv_dest_learn(dir, e);
}

int nsv_dst_dir(struct nsv_dir *dir, int dstdir, const char *name, bool quiet)
{
	struct nsv_copy *c = dir->s->c;
	struct nsv_error e = NSV_ERROR_INIT;
	bool dry = nsv_has(c, NSV_COPY_DRY_RUN);
	int r = dry ? look(dir, dstdir, name, &e) : make(dir, dstdir, name, &e);

	if (r < 0)
		return nsv_fail(dir, NULL, &e);
	dir->leave = leave;
	/* As with cp, an existing directory keeps its attributes unless the run preserves the
	 * source's. */
	dir->set_meta = !dry && (dir->created || nsv_has(c, NSV_COPY_PRESERVE | NSV_COPY_XATTRS));
	if (quiet && !dir->created)
		return 0;
	nsv_count(c, NSV_N_DIRS, 1);
	nsv_done(dir, NULL);
	return 0;
}
