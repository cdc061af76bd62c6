/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sink.c - makes links, nodes and directories in a directory that a container may change meanwhile.
 *
 * Defends against planted links (O_NOFOLLOW, O_EXCL, renames over them), and against a name that
 * another file takes before metadata is set (always by fd).
 */
#include "sink.h"

#include <fcntl.h>
#include <string.h>

static int make(int dirfd, const char *name, mode_t type, dev_t rdev, const char *target)
{
	int r = S_ISLNK(type) ? symlinkat(target, dirfd, name)
			      : mknodat(dirfd, name, type | 0600, rdev);

	return r < 0 ? -errno : 0;
}

/* Sets metadata of the new link or node, unless another file has taken its name. */
static int finish_other(struct nsv_copy *c, struct nsv_dir *dir, const char *name,
			const struct nsv_meta *m, struct nsv_error *e)
{
	nsv_autofd int fd = openat(dir->dst, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	const struct nsv_made made = {
		.fd = fd,
		.opath = true,
		.by_name = true,
		.acl_inherited = dir->acl_default,
		.dir = dir,
	};
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	if ((st.st_mode & S_IFMT) != (m->mode & S_IFMT) || st.st_nlink != 1)
		return nsv_error_set(e, ESTALE, NSV_STAGE_WRITE, "it was replaced meanwhile");
	return nsv_meta_set(c, &made, m, e);
}

/* Links and nodes can replace an entry by rename(2) only. */
static int may_rename(const struct nsv_dir *dir, const struct nsv_dest_entry *place,
		      struct nsv_error *e)
{
	const char *fixed;

	if (!place->exists)
		return 0;
	if (place->mount)
		return nsv_error_set(e, EBUSY, NSV_STAGE_WRITE,
				     "a mount point is in its place and can't be replaced");
	fixed = nsv_dest_fixed_name(dir, &place->st);
	if (!fixed)
		return 0;
	return nsv_error_set(e, EPERM, NSV_STAGE_WRITE, "what is there can't be replaced: %s",
			     fixed);
}

int nsv_put_other(struct nsv_worker *w, struct nsv_dir *dir, const char *name,
		  const struct nsv_dest_entry *place, const struct nsv_meta *m, dev_t rdev,
		  const char *target, struct nsv_error *e)
{
	char tmp[NSV_TMP_NAME];
	mode_t type = m->mode & S_IFMT;
	int r = may_rename(dir, place, e), meta;

	if (r < 0)
		return r;
	r = -EEXIST;
	if (!place->exists) {
		r = make(dir->dst, name, type, rdev, target);
		if (r == 0)
			return finish_other(w->c, dir, name, m, e);
	}
	for (int i = 0; i < NSV_TMP_TRIES && r == -EEXIST; i++) {
		nsv_tmp_name(w, tmp);
		r = make(dir->dst, tmp, type, rdev, target);
	}
	if (r < 0)
		return nsv_err(e, -r, NSV_STAGE_WRITE);
	meta = finish_other(w->c, dir, tmp, m, e);
	r = nsv_tmp_rename(w->c, dir, tmp, name, meta < 0 ? NULL : e);
	return meta < 0 ? meta : r;
}

static int link_new(int olddir, const char *old, const struct nsv_dir *dir, const char *name,
		    const struct nsv_link *link)
{
	struct stat st;

	if (linkat(olddir, old, dir->dst, name, 0) < 0)
		return -errno;
	if (fstatat(dir->dst, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == link->dst_dev &&
	    st.st_ino == link->dst_ino)
		return 0;
	/* Another file has taken the name since. */
	(void)unlinkat(dir->dst, name, 0);
	return -ESTALE;
}

int nsv_put_hardlink(struct nsv_worker *w, struct nsv_dir *dir, const char *name,
		     const struct nsv_dest_entry *place, const struct nsv_link *link,
		     struct nsv_error *e)
{
	const char *old;
	nsv_autofd int olddir = nsv_open_beneath(w->c->dest.dirfd, link->path, &old);
	char tmp[NSV_TMP_NAME];
	int r;

	if (olddir < 0)
		return nsv_err(e, ESTALE, NSV_STAGE_WRITE);
	if (place->exists && place->st.st_dev == link->dst_dev && place->st.st_ino == link->dst_ino)
		return 0; /* an earlier run has made this link */
	r = may_rename(dir, place, e);
	if (r < 0)
		return r;
	r = -EEXIST;
	if (!place->exists)
		r = link_new(olddir, old, dir, name, link);
	if (r == 0)
		return 0;
	for (int i = 0; i < NSV_TMP_TRIES && r == -EEXIST; i++) {
		nsv_tmp_name(w, tmp);
		r = link_new(olddir, old, dir, tmp, link);
	}
	if (r < 0)
		return nsv_err(e, r == -ENOENT ? ESTALE : -r, NSV_STAGE_WRITE);
	r = nsv_tmp_rename(w->c, dir, tmp, name, e);
	/* rename(2) between two names of one file does nothing and leaves both. */
	if (r == 0)
		nsv_tmp_remove(dir, tmp);
	return r;
}

int nsv_put_dir(struct nsv_copy *c, int dirfd, const char *name, int *ret_fd, bool *ret_created,
		struct nsv_error *e)
{
	bool created = mkdirat(dirfd, name, 0700) == 0;
	nsv_autofd int fd = NSV_FD_NONE;
	struct stat st;

	if (!created && errno != EEXIST)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return nsv_error_set(
		    e, ENOTDIR, NSV_STAGE_WRITE,
		    "what is in its place is no directory and can't be replaced by one");
	if (fd < 0 || fstat(fd, &st) < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	if (!nsv_ids_may_make(c, &st))
		return nsv_error_set(e, EPERM, NSV_STAGE_WRITE, NSV_NOT_THE_CONTAINERS);
	/* The new directory had mode 0700: this is another in its place, and gets no contents. */
	if (created && (st.st_mode & 0077))
		return nsv_error_set(e, ESTALE, NSV_STAGE_WRITE, "it was replaced meanwhile");
	/* A default ACL or the umask may have taken the owner's permissions. */
	if (created && (st.st_mode & 0700) != 0700 && fchmod(fd, (st.st_mode & 07000) | 0700) < 0)
		return nsv_err(e, errno, NSV_STAGE_META);
	*ret_fd = nsv_steal_fd(&fd);
	*ret_created = created;
	return 0;
}

void nsv_dir_make_plain(struct nsv_copy *c, const struct nsv_dir *in, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return;
	if (c->to)
		nsv_ids_give_root(c, fd);
	(void)fchmod(fd, nsv_dest_new_mode(in, 0777) | (st.st_mode & S_ISGID));
}
