/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sink.c - makes files, links, nodes and directories in a directory that a container
 * may change meanwhile.
 *
 * Defends against: links lying in wait (O_NOFOLLOW, O_EXCL, renames over them), names that
 * are another thing by the time metadata is set (all by fd), half files (temporary names), and
 * against our own carelessness: a directory is never replaced by a file, a device or FIFO only when
 * forced.
 */
#include "sink.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

static int same_type(const struct stat *a, const struct stat *b)
{
	return (a->st_mode & S_IFMT) == (b->st_mode & S_IFMT);
}

int nsv_place_look(const struct nsv_dir *dir, const char *name, const struct stat *src,
		   struct nsv_place *ret, struct nsv_error *e)
{
	struct nsv_copy *c = dir->s->c;
	struct stat *st = &ret->st;

	ret->exists = false;
	if (dir->created)
		return 0;
	if (fstatat(dir->dst, name, st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : nsv_err(e, errno, NSV_STAGE_WRITE);
	ret->exists = true;
	if (!nsv_ids_may_change(c, st))
		return nsv_error_set(e, EPERM, NSV_STAGE_WRITE, NSV_NOT_THE_CONTAINERS);
	if (src && st->st_dev == src->st_dev && st->st_ino == src->st_ino)
		return nsv_error_set(e, EINVAL, NSV_STAGE_WRITE,
				     "source and destination are the same file");
	if (nsv_has(c, NSV_COPY_NO_CLOBBER)) {
		nsv_count(c, NSV_N_EXCLUDED, 1);
		return 1;
	}
	if (S_ISDIR(st->st_mode))
		return nsv_error_set(e, EISDIR, NSV_STAGE_WRITE,
				     "a directory is in its place and can't be replaced");
	if (S_ISLNK(st->st_mode) || nsv_has(c, NSV_COPY_FORCE))
		return 0;
	if (S_ISREG(st->st_mode))
		return faccessat(dir->dst, name, W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) < 0 &&
			       errno == EACCES
			   ? nsv_error_set(e, EACCES, NSV_STAGE_WRITE,
					   "the file in its place is not writable (-f replaces it)")
			   : 0;
	if (src && same_type(src, st))
		return 0;
	return nsv_error_set(e, EEXIST, NSV_STAGE_WRITE,
			     "a device, FIFO or socket is in its place (-f replaces it)");
}

static void random_name(struct nsv_worker *w, char name[static 24])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	uint64_t r;

	/* xorshift64*, Vigna 2016. */
	w->rng ^= w->rng >> 12;
	w->rng ^= w->rng << 25;
	w->rng ^= w->rng >> 27;
	r = w->rng * 0x2545f4914f6cdd1dULL;
	memcpy(name, ".nscp.", 6);
	for (int i = 6; i < 18; i++, r >>= 5)
		name[i] = letters[r & 31];
	name[18] = '\0';
}

#define NAME_TRIES 100

int nsv_tmp_open(struct nsv_worker *w, int dirfd, struct nsv_tmp *ret, struct nsv_error *e)
{
	for (int i = 0; i < NAME_TRIES; i++) {
		random_name(w, ret->name);
		ret->fd = openat(dirfd, ret->name,
				 O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (ret->fd >= 0) {
			ret->dirfd = dirfd;
			return 0;
		}
		if (errno != EEXIST && errno != EINTR)
			break;
	}
	return nsv_err(e, errno, NSV_STAGE_WRITE);
}

void nsv_tmp_drop(struct nsv_tmp *tmp)
{
	nsv_close_p(&tmp->fd);
	if (tmp->dirfd >= 0)
		(void)unlinkat(tmp->dirfd, tmp->name, 0);
	tmp->dirfd = NSV_FD_NONE;
}

/* Some file systems have no RENAME_NOREPLACE; link(2) does not replace either. */
static int rename_into_place(const struct nsv_copy *c, int dirfd, const char *from, const char *to)
{
	if (!nsv_has(c, NSV_COPY_NO_CLOBBER))
		return renameat(dirfd, from, dirfd, to) < 0 ? -errno : 0;
	if (renameat2(dirfd, from, dirfd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	if (linkat(dirfd, from, dirfd, to, 0) < 0)
		return -errno;
	(void)unlinkat(dirfd, from, 0);
	return 0;
}

int nsv_tmp_commit(struct nsv_copy *c, struct nsv_tmp *tmp, const char *name, struct nsv_error *e)
{
	int r = rename_into_place(c, tmp->dirfd, tmp->name, name);

	if (r == 0)
		tmp->dirfd = NSV_FD_NONE;
	nsv_tmp_drop(tmp);
	if (r == -EEXIST && nsv_has(c, NSV_COPY_NO_CLOBBER)) {
		nsv_count(c, NSV_N_EXCLUDED, 1);
		return 1;
	}
	return r < 0 ? nsv_err(e, -r, NSV_STAGE_WRITE) : 0;
}

static int make(int dirfd, const char *name, mode_t type, dev_t rdev, const char *target)
{
	int r = S_ISLNK(type) ? symlinkat(target, dirfd, name)
			      : mknodat(dirfd, name, type | 0600, rdev);

	return r < 0 ? -errno : 0;
}

/* Sets metadata on what was just made, if it is still that. */
static int finish_other(struct nsv_copy *c, const struct nsv_dir *dir, const char *name,
			const struct nsv_meta *m, struct nsv_error *e)
{
	nsv_autofd int fd = openat(dir->dst, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	const struct nsv_made made = { .fd = fd, .opath = true, .acl_inherited = dir->acl_default };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	if ((st.st_mode & S_IFMT) != (m->mode & S_IFMT) || st.st_nlink != 1)
		return nsv_error_set(e, ESTALE, NSV_STAGE_WRITE, "it was replaced meanwhile");
	return nsv_meta_set(c, &made, m, e);
}

int nsv_put_other(struct nsv_worker *w, const struct nsv_dir *dir, const char *name,
		  const struct nsv_place *place, const struct nsv_meta *m, dev_t rdev,
		  const char *target, struct nsv_error *e)
{
	struct nsv_tmp tmp = NSV_TMP_INIT;
	mode_t type = m->mode & S_IFMT;
	int r = -EEXIST, meta;

	if (!place->exists) {
		r = make(dir->dst, name, type, rdev, target);
		if (r == 0)
			return finish_other(w->c, dir, name, m, e);
	}
	for (int i = 0; i < NAME_TRIES && r == -EEXIST; i++) {
		random_name(w, tmp.name);
		r = make(dir->dst, tmp.name, type, rdev, target);
	}
	if (r < 0)
		return nsv_err(e, -r, NSV_STAGE_WRITE);
	tmp.dirfd = dir->dst;
	meta = finish_other(w->c, dir, tmp.name, m, e);
	r = nsv_tmp_commit(w->c, &tmp, name, meta < 0 ? NULL : e);
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
	/* Something else was put there since. */
	(void)unlinkat(dir->dst, name, 0);
	return -ESTALE;
}

int nsv_put_hardlink(struct nsv_worker *w, const struct nsv_dir *dir, const char *name,
		     const struct nsv_place *place, const struct nsv_link *link,
		     struct nsv_error *e)
{
	const char *old;
	nsv_autofd int olddir = nsv_open_beneath(w->c->dest.dirfd, link->path, &old);
	struct nsv_tmp tmp = NSV_TMP_INIT;
	int r = -EEXIST;

	if (olddir < 0)
		return nsv_err(e, ESTALE, NSV_STAGE_WRITE);
	if (place->exists && place->st.st_dev == link->dst_dev && place->st.st_ino == link->dst_ino)
		return 0; /* as it was left by an earlier run */
	if (!place->exists)
		r = link_new(olddir, old, dir, name, link);
	if (r == 0)
		return 0;
	for (int i = 0; i < NAME_TRIES && r == -EEXIST; i++) {
		random_name(w, tmp.name);
		r = link_new(olddir, old, dir, tmp.name, link);
	}
	if (r < 0)
		return nsv_err(e, r == -ENOENT ? ESTALE : -r, NSV_STAGE_WRITE);
	tmp.dirfd = dir->dst;
	r = nsv_tmp_commit(w->c, &tmp, name, e);
	/* rename(2) between two names of one file does nothing and leaves both. */
	if (r == 0)
		(void)unlinkat(dir->dst, tmp.name, 0);
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
	/* Ours is not the one that was opened: someone swapped it, and gets nothing. */
	if (!nsv_ids_may_make(c, &st))
		return nsv_error_set(e, EPERM, NSV_STAGE_WRITE, NSV_NOT_THE_CONTAINERS);
	if (created && (st.st_mode & 0777) != 0700)
		return nsv_error_set(e, ESTALE, NSV_STAGE_WRITE, "it was replaced meanwhile");
	*ret_fd = nsv_steal_fd(&fd);
	*ret_created = created;
	return 0;
}
