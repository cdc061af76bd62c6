/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dest_look.c - looks at a directory of the destination and at the entry that a copy would replace.
 *
 * Defends against the copy's own power: rename(2) and unlink(2) from another mount namespace detach
 * a container's mount without an error, so these calls recognise a mount point first. A file never
 * replaces a directory, and replaces a device or FIFO only with NSV_COPY_FORCE.
 */
#include "dest_look.h"
#include "creds.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "backup.h"
#include "xattr.h"

#define DEFAULT_ACL_MAX 65536

static void learn_acl(struct nsv_dir *dir)
{
	const struct nsv_copy *c = dir->s->c;
	nsv_autofree char *acl = NULL;
	ssize_t len;
	int mode;

	dir->allow = 0777 & ~c->o.umask;
	if (dir->created && dir->up) {
		dir->acl_default = dir->up->acl_default;
		dir->allow = dir->up->allow;
		return;
	}
	len = nsv_default_acl(dir->dst, NULL, 0);
	if (len <= 0 || len > DEFAULT_ACL_MAX)
		return;
	dir->acl_default = true;
	acl = malloc((size_t)len);
	if (acl)
		len = nsv_default_acl(dir->dst, acl, (size_t)len);
	mode = acl && len > 0 ? nsv_acl_mode(acl, (size_t)len) : -1;
	/* A default ACL takes the place of the umask. */
	if (mode >= 0)
		dir->allow = (mode_t)mode;
}

static void to_stat(const struct statx *stx, struct stat *st)
{
	*st = (struct stat){
		.st_dev = makedev(stx->stx_dev_major, stx->stx_dev_minor),
		.st_ino = stx->stx_ino,
		.st_mode = stx->stx_mode,
		.st_nlink = stx->stx_nlink,
		.st_uid = stx->stx_uid,
		.st_gid = stx->stx_gid,
		.st_size = (off_t)stx->stx_size,
		.st_mtim = { .tv_sec = stx->stx_mtime.tv_sec, .tv_nsec = stx->stx_mtime.tv_nsec },
	};
}

int nsv_dest_learn(struct nsv_dir *dir, struct nsv_error *e)
{
	struct statx stx;
	struct stat st;

	if (statx(dir->dst, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx) < 0)
		return nsv_err(e, errno, NSV_STAGE_WRITE);
	to_stat(&stx, &st);
	if (!nsv_ids_may_make(dir->s->c, &st))
		return nsv_error_set(e, EPERM, NSV_STAGE_WRITE, NSV_NOT_THE_CONTAINERS);
	dir->dst_dev = makedev(stx.stx_dev_major, stx.stx_dev_minor);
	dir->dst_ino = stx.stx_ino;
	dir->append_only = (stx.stx_attributes & STATX_ATTR_APPEND) != 0;
	dir->sticky = (stx.stx_mode & S_ISVTX) != 0;
	dir->dst_uid = stx.stx_uid;
	learn_acl(dir);
	return 0;
}

static bool same_type(const struct stat *a, const struct stat *b)
{
	return (a->st_mode & S_IFMT) == (b->st_mode & S_IFMT);
}

/* 0: @src may replace the entry, or be written into it if it is a mount point. */
static int may_replace(const struct nsv_dir *dir, const char *name, const struct stat *src,
		       struct nsv_dest_entry *p, struct nsv_error *e)
{
	bool force = nsv_has(dir->s->c, NSV_COPY_FORCE);

	if (S_ISDIR(p->st.st_mode))
		return nsv_error_set(e, EISDIR, NSV_STAGE_WRITE,
				     "a directory is in its place and can't be replaced");
	if (p->mount && !S_ISREG(p->st.st_mode))
		return nsv_error_set(e, EBUSY, NSV_STAGE_WRITE,
				     "a mount point is in its place and can't be replaced");
	if (nsv_backs_up(dir->s->c)) {
		p->fresh = !p->mount;
		return nsv_backup_look(dir, name, src, e);
	}
	if (S_ISLNK(p->st.st_mode))
		return 0;
	if (S_ISREG(p->st.st_mode)) {
		if (faccessat(dir->dst, name, W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) == 0 ||
		    errno != EACCES)
			return 0;
		p->fresh = force;
		return force ? 0
			     : nsv_error_set(e, EACCES, NSV_STAGE_WRITE,
					     "the file in its place is not writable (-f replaces "
					     "it)");
	}
	if (force || (src && same_type(src, &p->st)))
		return 0;
	return nsv_error_set(e, EEXIST, NSV_STAGE_WRITE,
			     "a device, FIFO or socket is in its place (-f replaces it)");
}

static bool is_older(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

int nsv_dest_look(const struct nsv_dir *dir, const char *name, const struct stat *src,
		  struct nsv_dest_entry *ret, struct nsv_error *e)
{
	struct nsv_copy *c = dir->s->c;
	const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
	struct statx stx;
	int r;

	*ret = (struct nsv_dest_entry){ 0 };
	if (dir->created)
		return 0;
	if (statx(dir->dst, name, flags, STATX_BASIC_STATS, &stx) < 0)
		return errno == ENOENT ? 0 : nsv_err(e, errno, NSV_STAGE_WRITE);
	ret->exists = true;
	ret->mount = (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
	to_stat(&stx, &ret->st);
	if (!nsv_ids_may_change(c, &ret->st))
		return nsv_error_set(e, EPERM, NSV_STAGE_WRITE, NSV_NOT_THE_CONTAINERS);
	if (src && ret->st.st_dev == src->st_dev && ret->st.st_ino == src->st_ino)
		return nsv_error_set(e, EINVAL, NSV_STAGE_WRITE,
				     "source and destination are the same file");
	if (nsv_has(c, NSV_COPY_NO_CLOBBER)) {
		nsv_count(c, NSV_N_EXCLUDED, 1);
		return 1;
	}
	if (src && nsv_has(c, NSV_COPY_UPDATE) && !is_older(&ret->st.st_mtim, &src->st_mtim)) {
		nsv_count(c, NSV_N_EXCLUDED, 1);
		ret->current = true;
		return 1;
	}
	r = may_replace(dir, name, src, ret, e);
	if (r == 0 && !nsv_has(c, NSV_COPY_DRY_RUN) && !nsv_ask(dir, name))
		return 1;
	return r;
}
